import { codedMirror, codedView } from '#lib/orthodontics/coded-view.ts'
import {
  compositeView,
  orthodonticView,
  type Mirror,
  type PhotographView,
} from '#lib/orthodontics/photograph-views.ts'
import { firstText, type DataSet } from './dicom-json.ts'

/** What an image's codes, or staff, say of where it was taken from. */
export type ImageView = {
  /** of an X-ray, as the image names it; null when it names none or both */
  side: 'right' | 'left' | null
  /** of a photograph that is one view of the composite; null for any other and for incomplete codes */
  view: PhotographView | null
  /** which of the 73 orthodontic views it is; null where that is not certain */
  keyword: string | null
  mirror: Mirror
  /** staff have said which view it is */
  isAssigned: boolean
}

/**
 * Reads the view from an instance's DICOM JSON. Nothing is guessed: whether a photograph was taken in a mirror decides its
 * sides, not which view it is.
 *
 * @param assigned keyword of the view that staff have given it, which stands above its codes
 * @see DICOM CP-1570 for photographs; PS3.3 §C.8.11.2 Image Laterality for X-rays
 */
export function imageView(metadata: DataSet, assigned: string | null = null): ImageView {
  const laterality = firstText(metadata, '00200062') || firstText(metadata, '00200060')
  const side = laterality === 'R' ? 'right' : laterality === 'L' ? 'left' : null
  const told = orthodonticView(assigned)
  if (told)
    return {
      side,
      view: compositeView(told),
      keyword: told.keyword,
      mirror: told.mirror,
      isAssigned: true,
    }
  const coded = codedView(metadata)
  return {
    side,
    view: coded && compositeView(coded),
    keyword: coded?.keyword ?? null,
    mirror: codedMirror(metadata),
    isAssigned: false,
  }
}
