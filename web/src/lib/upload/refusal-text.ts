import { m } from '#paraglide/messages.js'
import type { RefusalReason } from './stow-outcome.ts'

/** Why a file was refused, in words that say what to do. */
export function refusalText(reason: RefusalReason, code: number | null): string {
  const texts = {
    'not-dicom': m.reason_not_dicom,
    empty: m.reason_empty,
    unreadable: m.reason_unreadable,
    'zip-broken': m.reason_zip_broken,
    'zip-locked': m.reason_zip_locked,
    'zip-method': m.reason_zip_method,
    'zip-too-large': m.reason_zip_too_large,
    processing: m.reason_processing,
    'sop-class': m.reason_sop_class,
    'not-authorised': m.reason_not_authorised,
    'out-of-resources': m.reason_out_of_resources,
    identifiers: m.reason_identifiers,
    'cannot-understand': m.reason_cannot_understand,
    'transfer-syntax': m.reason_transfer_syntax,
    conflict: m.reason_conflict,
    'study-mismatch': m.reason_study_mismatch,
    code: () => m.reason_code({ code: `0x${(code ?? 0).toString(16).toUpperCase().padStart(4, '0')}` }),
    'logged-out': m.reason_logged_out,
    forbidden: m.reason_forbidden,
    'too-large': m.reason_too_large,
    'media-type': m.reason_media_type,
    away: m.reason_away,
    network: m.reason_network,
    status: () => m.reason_status({ status: code ?? 0 }),
  } satisfies Record<RefusalReason, () => string>
  return texts[reason]()
}
