import type { StudyInstance } from '@bitewing/db'
import type { ImageAttributes } from './image-attributes.ts'

/** An image as the page has it: the row of the index, and what the viewer needs of its metadata. */
export type ViewedInstance = Omit<StudyInstance, 'metadata' | 'id'> & { attributes: ImageAttributes }

/** What one pane shows and scrolls through: one image, the frames of one, or the slices of a series. */
export type Stack = {
  /** Series Instance UID for slices, SOP Instance UID else */
  id: string
  kind: StudyInstance['kind']
  modality: string
  description: string
  teeth: string[]
  frames: { instance: ViewedInstance; frame: number }[]
  /** milliseconds a frame where the frames are a film; null else */
  frameTimeMs: number | null
}

const slicesMin = 2
/** A page's frames at most: how many there are is the file's word alone, and each takes memory. */
const framesMax = 100_000
const slices = new Set(['CT', 'MR', 'PT'])

/** The stacks of a study in its order: a series of slices is one, in the order of the slices; each other image one. */
export function stacksOf(instances: readonly ViewedInstance[]): Stack[] {
  const shown = instances.filter(({ frames, rows }) => frames > 0 && rows !== null)
  const room = { frames: framesMax }
  const bySeries = Map.groupBy(shown, ({ seriesInstanceUid }) => seriesInstanceUid)
  return [...bySeries.values()].flatMap((series) => {
    const [first] = series
    if (first && slices.has(first.modality) && series.length >= slicesMin) {
      return [stackOf(first.seriesInstanceUid, inOrder(series), room)]
    }
    return series.map((instance) => stackOf(instance.sopInstanceUid, [instance], room))
  })
}

function stackOf(id: string, instances: ViewedInstance[], room: { frames: number }): Stack {
  const [first] = instances
  if (!first) throw new Error('A stack has an image')
  return {
    id,
    kind: first.kind,
    modality: first.modality,
    description: first.seriesDescription,
    teeth: first.teeth,
    frames: instances.flatMap((instance) => {
      // each image has its first
      const length = Math.min(instance.frames, Math.max(1, room.frames))
      room.frames -= length
      return Array.from({ length }, (_, index) => ({ instance, frame: index + 1 }))
    }),
    frameTimeMs: first.frames > 1 ? first.attributes.frameTimeMs : null,
  }
}

/** By place in the patient where every slice has one, else as they came (by instance number). */
function inOrder(series: ViewedInstance[]): ViewedInstance[] {
  const place = ({ attributes }: ViewedInstance) => attributes.slicePosition
  if (series.some((instance) => place(instance) === null)) return series
  return series.toSorted((a, b) => (place(a) ?? 0) - (place(b) ?? 0))
}

/** MPEG-2, H.264 or HEVC, of which the gateway shows the first picture. */
export function isVideo({ transferSyntaxUid }: Pick<ViewedInstance, 'transferSyntaxUid'>): boolean {
  return /^1\.2\.840\.10008\.1\.2\.4\.10[0-8](\.1)?$/.test(transferSyntaxUid)
}
