import type { MeshFormat } from '@bitewing/models'

/** Encapsulated STL and OBJ Storage, PS3.4 §B.5. */
const formats: Readonly<Record<string, MeshFormat>> = {
  '1.2.840.10008.5.1.4.1.1.104.3': 'stl',
  '1.2.840.10008.5.1.4.1.1.104.4': 'obj',
}

/** What a digital model is written in; null for anything else, and for materials. */
export function modelFormatOf({ sopClassUid }: { sopClassUid: string }): MeshFormat | null {
  return Object.hasOwn(formats, sopClassUid) ? (formats[sopClassUid] ?? null) : null
}
