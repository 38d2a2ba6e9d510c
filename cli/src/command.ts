import type { ParseArgsConfig } from 'node:util'
import type { Operator } from './operator.ts'

/** One command of the CLI. */
export type Command = {
  /** e.g. `tenant create` */
  name: string
  /** line of the overview */
  summary: string
  /** text of `--help` below the usage line */
  help: string
  usage: string
  options: NonNullable<ParseArgsConfig['options']>
  /** names of positional arguments, all needed */
  positionals: readonly string[]
  /**
   * @returns the data to print with `--json`, the text to print without, and whether it is a success
   * @throws {UsageError} for wrong arguments; any other error is a failure
   */
  run(operator: Operator, given: Given): Promise<Result>
}

export type Given = {
  positionals: readonly string[]
  options: Readonly<Record<string, string | undefined>>
  /** reads standard input to its end */
  readInput(): Promise<string>
  /** a progress line, to standard error */
  progress(line: string): void
}

export type Result = { data: unknown; text: string; failed?: boolean }
