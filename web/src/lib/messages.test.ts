import { glob, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const web = fileURLToPath(new URL('../..', import.meta.url))
type Messages = Record<string, unknown>

async function read(language: 'en' | 'fr'): Promise<Messages> {
  const messages: Messages = {}
  for await (const file of glob(`messages/**/${language}.json`, { cwd: web })) {
    const { $schema: _, ...own } = JSON.parse(await readFile(`${web}/${file}`, 'utf8')) as Messages
    Object.assign(messages, own)
  }
  return messages
}
const [en, fr] = [await read('en'), await read('fr')]

test('every message is in both languages, with the same parts', () => {
  const parts = (messages: Messages) =>
    Object.fromEntries(
      Object.entries(messages).map(([key, message]) => [
        key,
        [...new Set(JSON.stringify(message).match(/\{\w+\}|input \w+/g))].toSorted(),
      ]),
    )
  expect(Object.keys(en).length).toBeGreaterThan(1000)
  expect(parts(fr)).toEqual(parts(en))
})

test('every message is said somewhere', async () => {
  const said = new Set<string>()
  for await (const file of glob('src/**/*.{ts,svelte}', { cwd: web })) {
    if (file.startsWith('src/paraglide')) continue
    for (const [, key = ''] of (await readFile(`${web}/${file}`, 'utf8')).matchAll(/\bm\.(\w+)/g))
      said.add(key)
  }
  expect(Object.keys(en).filter((key) => !said.has(key))).toEqual([])
})
