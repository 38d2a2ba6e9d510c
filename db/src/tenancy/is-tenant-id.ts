const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Whether this is the form of a practice's id, so that it may be part of a statement. */
export function isTenantId(text: string): boolean {
  return uuid.test(text)
}
