import { ObjectStoreAway, ObjectStoreFull, ObjectStoreRefused } from './object-errors.ts'

/**
 * Runs a request to Google, and says in the port's words what went wrong.
 *
 * Google's own error is not kept as cause: it repeats the request with its token.
 *
 * @throws {ObjectStoreFull} quota reached
 * @throws {ObjectStoreRefused} credentials, permission or bucket are wrong
 * @throws {ObjectStoreAway} no connection, no answer in time, or an error of the server
 */
export async function inGoogle<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw inPortsWords(error)
  }
}

/** Status of an answer, or the system's name of an error; the SDK has both under one name, as number or as text. */
export function codeOf(error: unknown): number | string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  const { code } = error
  if (typeof code === 'string' && /^\d{3}$/.test(code)) return Number(code)
  return typeof code === 'number' || typeof code === 'string' ? code : undefined
}

function inPortsWords(error: unknown): unknown {
  if (error instanceof ObjectStoreAway || !(error instanceof Error)) return error
  if (error.name === 'AbortError' || error.name === 'TimeoutError')
    return new ObjectStoreAway('Google did not answer in time')
  const code = codeOf(error)
  // what the search for credentials ends with has no code
  if (code === undefined && /credential|authenticat|private key|PEM/i.test(error.message)) {
    return new ObjectStoreRefused('no usable credentials for Google: set GOOGLE_APPLICATION_CREDENTIALS')
  }
  const message = `Google answered ${code ?? error.name}`
  if (code === 401 || code === 403 || code === 404 || code === 'invalid_grant') {
    return new ObjectStoreRefused(message)
  }
  if (code === 507 || code === 413) return new ObjectStoreFull(message)
  if (typeof code === 'number') return new ObjectStoreAway(message)
  return new ObjectStoreAway(`Google cannot be reached: ${code ?? error.name}`)
}
