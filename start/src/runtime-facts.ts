import { chmod, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'

const RuntimeFacts = z.object({
  /** Process that started the system. */
  pid: z.number(),
  url: z.string(),
  publicUrl: z.string(),
  dicomPort: z.number().nullable(),
  /** Environment of the gateway's and operator's programs: addresses and the secrets in them. */
  environment: z.record(z.string(), z.string()),
})

/** What a command needs to know of the system on a data folder. Holds passwords: never shown. */
export type RuntimeFacts = z.infer<typeof RuntimeFacts>

const file = (dataFolder: string) => join(dataFolder, 'runtime.json')

/** Notes the facts where only this user reads them. */
export async function writeRuntimeFacts(dataFolder: string, facts: RuntimeFacts): Promise<void> {
  const unfinished = `${file(dataFolder)}.unfinished`
  await writeFile(unfinished, `${JSON.stringify(facts, null, 2)}\n`, { mode: 0o600 })
  await chmod(unfinished, 0o600)
  await rename(unfinished, file(dataFolder))
}

/** The facts of the last start; null when there was none. */
export async function readRuntimeFacts(dataFolder: string): Promise<RuntimeFacts | null> {
  const text = await readFile(file(dataFolder), 'utf8').catch(() => null)
  return text === null ? null : RuntimeFacts.parse(JSON.parse(text))
}
