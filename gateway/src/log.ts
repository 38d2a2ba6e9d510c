import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino'

/** Keys whose values never reach a log, wherever they stand. */
const redacted = [
  'authorization',
  'cookie',
  'token',
  'password',
  'secret',
  'patientName',
  'patientId',
  'recipient',
  'email',
]

/** Structured logs on standard output: codes, ids, counts and times; no patient data, no URLs with identifiers. */
export function createLog(
  options: { level: string; process: 'gateway' | 'worker' },
  destination?: DestinationStream,
): Logger {
  const settings: LoggerOptions = {
    level: options.level,
    base: { process: options.process },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: redacted.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]), censor: '[redacted]' },
    serializers: { err: describeError },
  }
  return destination ? pino(settings, destination) : pino(settings)
}

/** An error without what a database driver or parser may have put of the data into it: with its message where that is ours. */
function describeError(error: unknown) {
  const code =
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    (typeof error.code === 'string' || typeof error.code === 'number')
      ? error.code
      : undefined
  // the job queue tells of copies of errors
  if (!(error instanceof Error)) return { type: typeof error, code }
  const causes: { type: string; code?: string | number; at?: string | undefined }[] = []
  for (let cause = error.cause; cause instanceof Error && causes.length < 3; cause = cause.cause) {
    causes.push({
      type: cause.name,
      ...('code' in cause && typeof cause.code === 'string' ? { code: cause.code } : {}),
      at: frames(cause)[0],
    })
  }
  const isForLog = 'isForLog' in error && error.isForLog === true
  return { type: error.name, ...(isForLog && { message: error.message }), code, at: frames(error), causes }
}

function frames(error: Error): string[] {
  // the first lines of a stack hold the message, which may hold values
  return (error.stack ?? '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim())
}
