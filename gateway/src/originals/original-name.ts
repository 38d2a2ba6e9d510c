const folder = 'originals/'

/** Where the untouched file of an instance lies in its practice's part of the object store. */
export function originalName(instanceId: string): string {
  return folder + instanceId
}

/** The instance whose original an object is; null for every other object. */
export function nameOfOriginal(name: string): string | null {
  return name.startsWith(folder) ? name.slice(folder.length) : null
}
