import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { isPublicRoute } from './public-routes.ts'

const folder = fileURLToPath(new URL('../../routes', import.meta.url))
const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && /^\+(page|layout)?\.?server\.ts$/.test(entry.name))
  .map((entry) => join(entry.parentPath, entry.name))
  .filter((file) => !isPublicRoute(file.slice(folder.length).replace(/\/[^/]+$/, '')))
  // around every page, those without an account among them: it tells of the session that there is
  .filter((file) => file !== join(folder, '+layout.server.ts'))

test('there are routes to look at', () => {
  expect(files.length).toBeGreaterThan(6)
})

// A layout's load does not run before an action or an endpoint: each one asks for itself.
test.each(files.map((file) => [file.slice(folder.length), file]))(
  'every load, action and endpoint of %s asks for the session first',
  async (_, file) => {
    const source = await readFile(file, 'utf8')
    const handlers = [
      ...source.matchAll(
        /export const (?:load|GET|POST|PUT|PATCH|DELETE)\b[^=]*= (?:async )?\([^)]*\) => \{\n(.*)\n/g,
      ),
      ...source.matchAll(/^ {2}\w+: async \([^)]*\) => \{\n(.*)\n/gm),
    ]
    expect(handlers.length).toBeGreaterThan(0)
    for (const [, first] of handlers) {
      expect(first).toMatch(/^\s+const session = require(Session|Tenant)\(locals\)$/)
    }
  },
)
