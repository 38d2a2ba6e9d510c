import type { ViewableImage } from '@bitewing/db'
import type { ImageAttributes } from './image-attributes.ts'
import type { ViewedInstance } from './stacks.ts'

/** What images of one series usually have in common. */
type Alike = Omit<ViewedInstance, 'sopInstanceUid' | 'instanceNumber' | 'attributes'> & {
  attributes: Omit<ImageAttributes, 'slicePosition'>
}
/** The images of a study as a page carries them: a CBCT has thousands, which differ in three things. */
export type PackedInstances = {
  alike: Alike[]
  images: [
    alike: number,
    sopInstanceUid: string,
    instanceNumber: number | null,
    slicePosition: number | null,
  ][]
}

/** Packs images one after the other. */
export function packInstances(): {
  add(image: Omit<ViewableImage, 'metadataBytes'>, attributes: ImageAttributes): void
  packed: PackedInstances
} {
  const packed: PackedInstances = { alike: [], images: [] }
  const places = new Map<string, number>()
  return {
    packed,
    add({ id: _, sopInstanceUid, instanceNumber, ...image }, { slicePosition, ...attributes }) {
      const alike = { ...image, attributes }
      const key = JSON.stringify(alike)
      let place = places.get(key)
      if (place === undefined) {
        places.set(key, (place = packed.alike.length))
        packed.alike.push(alike)
      }
      packed.images.push([place, sopInstanceUid, instanceNumber, slicePosition])
    },
  }
}

/** The images again, in their order. */
export function unpackInstances({ alike, images }: PackedInstances): ViewedInstance[] {
  return images.flatMap(([place, sopInstanceUid, instanceNumber, slicePosition]) => {
    const common = alike[place]
    if (!common) return []
    const { attributes, ...image } = common
    return [{ ...image, sopInstanceUid, instanceNumber, attributes: { ...attributes, slicePosition } }]
  })
}
