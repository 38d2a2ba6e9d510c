/**
 * Everything a request can be refused for. Domain code throws these; `errorStatus` alone knows HTTP.
 * Messages reach clients: they say what to do and hold no patient data, path or SQL.
 */
const codes = {
  'invalid-parameter': 400,
  'malformed-body': 400,
  'credential-missing': 401,
  'credential-invalid': 401,
  forbidden: 403,
  'wrong-origin': 403,
  'not-found': 404,
  'no-pixel-data': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  conflict: 409,
  gone: 410,
  'body-too-large': 413,
  'asks-too-much': 413,
  'unsupported-media-type': 415,
  'range-not-satisfiable': 416,
  'too-many-requests': 429,
  'archive-away': 503,
  'database-away': 503,
  'object-store-away': 503,
  'key-service-away': 503,
  'original-archived': 503,
  'frame-timed-out': 503,
  'storage-full': 503,
  'viewer-missing': 503,
} as const satisfies Record<string, number>

export type ErrorCode = keyof typeof codes
/** Every code, for the conformance statement. */
export const errorCodes = Object.keys(codes) as ErrorCode[] // the keys of a literal
export type ErrorStatus = (typeof codes)[ErrorCode]

export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  /** Somebody asked for what is not there for them: on record, whether it is another practice's or nobody's. */
  readonly isDenial: boolean
  /** when asking again is likely to be of use; null: the code alone tells */
  readonly readyBy: Date | null
  /** since when that is waited for; null: not known */
  readonly begunAt: Date | null
  /** how many originals of those asked for have yet to come; null: not for that */
  readonly remaining: number | null

  constructor(
    code: ErrorCode,
    message: string,
    options?: ErrorOptions & { isDenial?: boolean; readyBy?: Date; begunAt?: Date; remaining?: number },
  ) {
    super(message, options)
    this.code = code
    this.isDenial = options?.isDenial ?? false
    this.readyBy = options?.readyBy ?? null
    this.begunAt = options?.begunAt ?? null
    this.remaining = options?.remaining ?? null
  }
}

export function errorStatus(code: ErrorCode): ErrorStatus {
  return codes[code]
}
