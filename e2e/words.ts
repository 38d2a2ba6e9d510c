import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = join(import.meta.dirname, '..', 'web', 'messages')

/**
 * What the app says in a language, by the key of its message, for journeys that go the same way in both. Specs that judge
 * the wording itself write it out.
 *
 * @returns the text, with its inputs filled in, and its spaces as Playwright compares them: plain
 * @throws when there is no such message, or it says several things by number
 */
export function wordsIn(locale: 'en' | 'fr'): (key: string, inputs?: Record<string, string>) => string {
  const texts = new Map(
    readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(`${locale}.json`))
      .map((file): unknown => JSON.parse(readFileSync(join(folder, file), 'utf8')))
      .flatMap((messages) => Object.entries(messages ?? {})),
  )
  return (key, inputs = {}) => {
    const text: unknown = texts.get(key)
    if (typeof text !== 'string') throw new Error(`No message is called ${key}`)
    return text.replaceAll(/\s/g, ' ').replace(/\{(\w+)\}/g, (_, name: string) => inputs[name] ?? '')
  }
}
