import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..', '..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const documents = [
  'README.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.md'))
    .map((path) => join('docs', path)),
]

type Package = { workspaces?: string[]; dependencies?: object; devDependencies?: object }

test('every direct dependency has its reason', () => {
  const reasons = read('docs/decisions/dependencies.md')
  const main = JSON.parse(read('package.json')) as Package // npm's own form
  const without = ['.', ...(main.workspaces ?? [])].flatMap((folder) => {
    const { dependencies, devDependencies } = JSON.parse(read(join(folder, 'package.json'))) as Package
    return Object.keys({ ...dependencies, ...devDependencies })
      .filter((name) => !name.startsWith('@bitewing/') && !reasons.includes(`\`${name}\``))
      .map((name) => `${folder}: ${name}`)
  })
  expect(without).toEqual([])
})

test('every link and picture of the documents leads somewhere in this checkout', () => {
  expect(documents.length).toBeGreaterThan(8)
  const dead = documents.flatMap((document) => {
    const text = read(document)
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)|<img src="([^"]+)"/g)].map(
      ([, link, picture]) => link ?? picture ?? '',
    )
    return targets
      .filter((target) => !/^https?:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#')
        const file = path === '' ? join(root, document) : join(root, dirname(document), path)
        if (!existsSync(file)) return true
        return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).has(anchor)
      })
      .map((target) => `${document}: ${target}`)
  })
  expect(dead).toEqual([])
})

test('every variable that an installation sets is explained', () => {
  const operations = read('docs/operations.md')
  const variables = new Set<string>()
  for (const path of ['gateway/src/environment.ts', 'start/src/environment.ts']) {
    for (const [, name = ''] of read(path).matchAll(/^\s{2,4}([A-Z][A-Z_]+): /gm)) variables.add(name)
  }
  for (const [, name = ''] of read('docker-compose.yml').matchAll(/(?<!\$)\$\{(\w+)/g)) variables.add(name)
  expect(variables.size).toBeGreaterThan(25)
  const told = operations + read('README.md') // the latter has those of npm start
  expect([...variables].filter((name) => !told.includes(`\`${name}\``))).toEqual([])
})

test('every file and folder that the documents name exists', () => {
  const named = documents.flatMap((document) =>
    [
      ...read(document).matchAll(
        /`((?:gateway|web|db|start|cli|demo|orthanc|deploy|bench|e2e|testbed)\/[\w./-]+)`/g,
      ),
    ].map(([, path = '']) => ({ document, path })),
  )
  expect(named.length).toBeGreaterThan(10)
  const absent = named.filter(({ path }) => !existsSync(join(root, path)))
  expect(absent.map(({ document, path }) => `${relative(root, join(root, document))}: ${path}`)).toEqual([])
})

/** Headings as GitHub makes anchors of them. */
function anchorsOf(markdown: string): Set<string> {
  return new Set(
    [...markdown.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
      title
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replace(/ /g, '-'),
    ),
  )
}
