export type MeshFormat = 'stl' | 'obj' | 'ply'

/** By the ending of a file's name; null when it is of no mesh that is read. */
export function meshFormatOf(name: string): MeshFormat | null {
  const ending = /\.(stl|obj|ply)$/i.exec(name)?.[1]?.toLowerCase()
  return ending === 'stl' || ending === 'obj' || ending === 'ply' ? ending : null
}
