import { ObjectCorrupt } from '../object-store/object-errors.ts'
import type { ObjectName, ObjectStore } from '../object-store/object-store.ts'

const bytesMax = 64 * 1024 * 1024

/** Text of an object that is read as a whole; null when it is absent. @throws {ObjectCorrupt} */
export async function readObject(objectStore: ObjectStore, object: ObjectName): Promise<string | null> {
  const held = await objectStore.head(object)
  if (held === null) return null
  if (held.bytes > bytesMax) throw new ObjectCorrupt(`${object.name}: too large`)
  const bytes = await objectStore.getBytes(object, { start: 0, end: Math.max(0, held.bytes - 1) })
  return bytes?.toString('utf8') ?? null
}

export async function writeObject(objectStore: ObjectStore, object: ObjectName, text: string): Promise<void> {
  async function* body() {
    yield Buffer.from(text)
  }
  await objectStore.put(object, body())
}
