import { m } from '#paraglide/messages.js'

/** Why a picture has no preview, from the code that the gateway left. */
export function previewReason(code: string | null): string {
  switch (code) {
    case 'unsupported':
      return m.preview_unsupported()
    case 'damaged':
      return m.preview_damaged()
    case 'too-large':
      return m.preview_too_large()
    default:
      return m.preview_unknown()
  }
}
