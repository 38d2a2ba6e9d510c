import type { SignatureProblem } from '@bitewing/db'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'

const texts = {
  'version-changed': m.verify_version_changed,
  'content-changed': m.verify_content_changed,
  'signature-changed': m.verify_signature_changed,
  'not-on-record': m.verify_not_on_record,
  'image-changed': m.verify_image_changed,
  'image-gone': m.verify_image_gone,
} satisfies Record<SignatureProblem, typeof m.verify_image_gone>

/** What does not agree with what was signed. */
export function signatureProblemText(problem: SignatureProblem, locale: Locale): string {
  return texts[problem]({}, { locale })
}
