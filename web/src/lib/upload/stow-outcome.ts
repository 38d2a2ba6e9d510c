export type RefusalReason =
  | 'not-dicom'
  | 'empty'
  | 'unreadable'
  | 'zip-broken'
  | 'zip-locked'
  | 'zip-method'
  | 'zip-too-large'
  | 'processing'
  | 'sop-class'
  | 'not-authorised'
  | 'out-of-resources'
  | 'identifiers'
  | 'cannot-understand'
  | 'transfer-syntax'
  | 'conflict'
  | 'study-mismatch'
  | 'code'
  | 'logged-out'
  | 'forbidden'
  | 'too-large'
  | 'media-type'
  | 'away'
  | 'network'
  | 'status'

export type StowOutcome =
  | { stored: true; studyInstanceUid: string | null; warned: boolean }
  /** `code` is a failure reason or an HTTP status that has no words of its own */
  | { stored: false; reason: RefusalReason; code: number | null }

/** Failure Reason (0008,1197), see PS3.18 table I.2-2 and our extensions in the conformance statement. */
const failureReasons: Readonly<Record<number, RefusalReason>> = {
  0x0110: 'processing',
  0x0111: 'conflict',
  0x0122: 'sop-class',
  0x0124: 'not-authorised',
  0xa700: 'out-of-resources',
  0xa900: 'identifiers',
  0xa901: 'study-mismatch',
  0xc000: 'cannot-understand',
  0xc122: 'transfer-syntax',
}

const statusReasons: Readonly<Record<number, RefusalReason>> = {
  0: 'network',
  401: 'logged-out',
  403: 'forbidden',
  413: 'too-large',
  415: 'media-type',
  503: 'away',
  504: 'away',
  507: 'out-of-resources',
}

/**
 * What became of the one instance of a Store request.
 *
 * @param status HTTP status, 0 when the connection broke
 * @param text   the body: DICOM JSON, or anything at all from a proxy in between
 */
export function stowOutcome(status: number, text: string): StowOutcome {
  const answer = parse(text)
  const [stored] = items(answer, '00081199')
  if (stored && status >= 200 && status < 300) {
    const url = firstValue(stored, '00081190') ?? firstValue(answer, '00081190')
    const study = typeof url === 'string' ? /\/studies\/([0-9.]+)/.exec(url)?.[1] : undefined
    return {
      stored: true,
      studyInstanceUid: study ?? null,
      warned: firstValue(stored, '00081196') !== undefined,
    }
  }
  const [failed] = [...items(answer, '00081198'), ...items(answer, '0008119A')]
  const code = failed && firstValue(failed, '00081197')
  if (typeof code === 'number') return { stored: false, reason: failureReasons[code] ?? 'code', code }
  return { stored: false, reason: statusReasons[status] ?? 'status', code: status }
}

/** Whether trying the same file again can end otherwise. */
export function mayRetry(reason: RefusalReason): boolean {
  return ['processing', 'out-of-resources', 'logged-out', 'away', 'network', 'status', 'unreadable'].includes(
    reason,
  )
}

type Attributes = Record<string, unknown>

function parse(text: string): Attributes {
  try {
    const value: unknown = JSON.parse(text)
    return isAttributes(value) ? value : {}
  } catch {
    return {}
  }
}

function values(attributes: Attributes, tag: string): unknown[] {
  const attribute = attributes[tag]
  return isAttributes(attribute) && Array.isArray(attribute['Value']) ? attribute['Value'] : []
}

function items(attributes: Attributes, tag: string): Attributes[] {
  return values(attributes, tag).filter(isAttributes)
}

function firstValue(attributes: Attributes, tag: string): unknown {
  return values(attributes, tag)[0]
}

function isAttributes(value: unknown): value is Attributes {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
