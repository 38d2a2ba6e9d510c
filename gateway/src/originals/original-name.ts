/** Where the untouched file of an instance lies in its practice's part of the object store. */
export function originalName(instanceId: string): string {
  return `originals/${instanceId}`
}
