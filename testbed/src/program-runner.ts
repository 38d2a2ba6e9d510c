/** Runs programs for the process that forked it: see run-program.ts. */
import { execFile } from 'node:child_process'
import type { ProgramAsked, ProgramEnded } from './run-program.ts'

const outputBytesMax = 256 * 1024 * 1024

process.on('message', ({ id, program, args, cwd }: ProgramAsked) => {
  const options = { maxBuffer: outputBytesMax, ...(cwd === undefined ? {} : { cwd }) }
  execFile(program, args, options, (error, stdout, stderr) => {
    const code = error === null ? 0 : error.code
    const ended: ProgramEnded =
      typeof code === 'number' ? { id, code, stdout, stderr } : { id, problem: error?.message ?? '' }
    process.send?.(ended)
  })
})
process.on('disconnect', () => process.exit())
