import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { isPublicRoute } from './public-routes.ts'

// A new page is closed until somebody writes it down here, and in the list.
test('these routes need no log-in, and every other one does', async () => {
  const folder = fileURLToPath(new URL('../../routes', import.meta.url))
  const routes = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && /^\+(page\.svelte|server\.ts)$/.test(entry.name))
    .map((entry) => entry.parentPath.slice(folder.length) || '/')
  expect(routes).toContain('/(practice)/patients/[id]')
  expect([...new Set(routes)].filter(isPublicRoute).sort()).toEqual([
    '/invite/[token]',
    '/language',
    '/login',
    '/login/passkey',
    '/login/set-up',
    '/login/set-up/passkey',
    '/login/verify',
    '/s/[shareId]',
    '/s/[shareId]/plan',
    '/s/[shareId]/plan/pdf',
    '/share/[token]',
  ])
})
