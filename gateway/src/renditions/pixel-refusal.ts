import { GatewayError } from '../errors.ts'
import { PixelError } from '../pixels/pixel-error.ts'

/** What a client is told when a frame has no picture: why, and never a black one. Other errors stay what they are. */
export function pixelRefusal(error: unknown): unknown {
  if (!(error instanceof PixelError) || error.isPassing) return error
  switch (error.code) {
    case 'unsupported':
    case 'damaged':
    case 'too-large':
    case 'crashed':
    case 'timed-out':
      return new GatewayError('not-acceptable', `This image cannot be shown: ${error.message}`, {
        cause: error,
      })
    case 'invalid-request':
      return new GatewayError('invalid-parameter', error.message, { cause: error })
    case 'busy':
    case 'aborted':
    case 'closed':
      return error // passing faults, which `toGatewayError` knows
  }
}
