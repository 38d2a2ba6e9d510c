import { runProgram, type ProgramOutcome } from './run-program.ts'

export type DcmtkOutcome = ProgramOutcome

/**
 * Runs one of DCMTK's programs, such as `storescu`, `findscu` or `dcm2json`; never throws for its exit code.
 *
 * @throws when the program is not installed
 */
export async function dcmtk(
  program: string,
  args: readonly string[],
  options: { cwd?: string } = {},
): Promise<DcmtkOutcome> {
  return runProgram(program, args, options)
}

export type StoreOptions = {
  dicomPort: number
  calledAeTitle: string
  callingAeTitle?: string
  files: readonly string[]
  /** Further arguments, such as `-xs` to propose JPEG lossless. */
  args?: readonly string[]
}

/** Sends files by C-STORE, as a device does; one association for all of them. */
export function storescu({
  dicomPort,
  calledAeTitle,
  callingAeTitle = 'DEVICE',
  files,
  args = [],
}: StoreOptions) {
  return dcmtk('storescu', [
    '-aet',
    callingAeTitle,
    '-aec',
    calledAeTitle,
    ...args,
    '127.0.0.1',
    String(dicomPort),
    ...files,
  ])
}

/** A file as DICOM JSON by DCMTK, an opinion that is not ours. */
export async function dcm2json(file: string): Promise<Record<string, { vr: string; Value?: unknown[] }>> {
  const { code, stdout, stderr } = await dcmtk('dcm2json', [file])
  if (code !== 0) throw new Error(`dcm2json: ${stderr}`)
  return JSON.parse(stdout) as Record<string, { vr: string; Value?: unknown[] }> // PS3.18 Annex F
}
