import type { ImageKind } from '@bitewing/db/schema'
import sharp from 'sharp'
import type { ImageFormat } from '../pixels/pixels.ts'

const paths: Partial<Record<ImageKind, string>> = {
  document: '<path d="M7 2h7l5 5v15H7z"/><path d="M14 2v5h5M10 12h6M10 16h6"/>',
  report: '<path d="M7 2h7l5 5v15H7z"/><path d="M14 2v5h5M10 17v-3M13 17v-6M16 17v-4"/>',
  model: '<path d="M12 2l9 5v10l-9 5-9-5V7z"/><path d="M3 7l9 5 9-5M12 12v10"/>',
}
const image = '<rect x="3" y="4" width="18" height="16" rx="2"/><path d="M3 16l5-5 4 4 3-3 6 6"/>'

/** What stands where a thumbnail must not or cannot show the content. Our own drawing, so rendered in this process. */
export async function iconPicture(kind: ImageKind, side: number, format: ImageFormat): Promise<Buffer> {
  const size = Math.max(16, Math.min(1024, Math.round(side)))
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${size}" height="${size}" viewBox="-6 -6 36 36">
    <rect x="-6" y="-6" width="36" height="36" fill="#14171a"/>
    <g fill="none" stroke="#8a949e" stroke-width="1.4" stroke-linejoin="round" stroke-linecap="round">${paths[kind] ?? image}</g></svg>`
  return sharp(Buffer.from(svg)).toFormat(format).toBuffer()
}
