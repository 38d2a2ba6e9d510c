import type { Output } from '../pixels.ts'

/**
 * The size a picture is scaled to, before any black margin.
 *
 * Pixels that are not square are made so by stretching their longer side: no line or column of the source is lost at
 * full size. Within a box the aspect ratio is kept, at least one side fills it, and neither is below 1.
 *
 * @param source size of the region in source pixels
 * @param pixelAspect height of a pixel divided by its width
 * @see DICOM PS3.18 §8.3.5.1.3 Viewport Scaling
 */
export function pictureSize(
  source: { width: number; height: number },
  pixelAspect: number,
  { width, height, square = false, enlarge = false }: Pick<Output, 'width' | 'height' | 'square' | 'enlarge'>,
): { width: number; height: number } {
  const full = {
    width: source.width * Math.max(1, 1 / pixelAspect),
    height: source.height * Math.max(1, pixelAspect),
  }
  const box = { width: width ?? Infinity, height: (square ? width : height) ?? Infinity }
  const fit = Math.min(box.width / full.width, box.height / full.height)
  const scale = fit === Infinity ? 1 : enlarge ? fit : Math.min(fit, 1)
  return {
    width: Math.max(1, Math.round(full.width * scale)),
    height: Math.max(1, Math.round(full.height * scale)),
  }
}
