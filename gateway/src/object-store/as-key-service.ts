import { KMSServiceException } from '@aws-sdk/client-kms'
import { KeyServiceAway, KeyServiceRefused, KeyUnusable } from './object-errors.ts'

// What was to be unwrapped is not what this key wrapped for this tenant.
const unusable: ReadonlySet<string> = new Set(['IncorrectKeyException', 'InvalidCiphertextException'])
// Names that no retry will change.
const refused: ReadonlySet<string> = new Set([
  'AccessDeniedException',
  'CredentialsProviderError',
  'DisabledException',
  'ExpiredTokenException',
  'IncompleteSignatureException',
  'InvalidArnException',
  'InvalidKeyUsageException',
  'InvalidSignatureException',
  'KMSInvalidStateException',
  'MissingAuthenticationTokenException',
  'NotFoundException',
  'UnrecognizedClientException',
  'ValidationException',
])

/**
 * Asks AWS KMS, and says in our own words what went wrong.
 *
 * The server's own error is not kept as cause: it repeats addresses of keys and what was signed.
 *
 * @throws {KeyUnusable} what was to be unwrapped is damaged, another tenant's, or of another key
 * @throws {KeyServiceRefused} credentials, permission, region or key are wrong
 * @throws {KeyServiceAway} no connection, no answer in time, too many questions, or an error of the server
 */
export async function asKeyService<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof Error)) throw error
    if (unusable.has(error.name)) {
      throw new KeyUnusable(
        `the wrapped data key is damaged, another tenant's, or of another key (${error.name})`,
      )
    }
    const status = error instanceof KMSServiceException ? error.$metadata.httpStatusCode : undefined
    if (refused.has(error.name) || status === 401 || status === 403) {
      throw new KeyServiceRefused(`the key service refuses: ${error.name}`)
    }
    const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name
    throw new KeyServiceAway(`the key service does not answer: ${code}${status ? ` (${status})` : ''}`)
  }
}
