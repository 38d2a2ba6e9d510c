import sharp from 'sharp'
import type { Picture } from '../show/picture.ts'

/**
 * Converts colour from its ICC profile to sRGB. A profile that cannot be used leaves the picture as it is: slightly
 * wrong colours are better than none.
 *
 * @see DICOM PS3.3 §C.11.15 ICC Profile
 */
export async function toSrgb(picture: Picture): Promise<Picture> {
  const { iccProfile, channels, width, height } = picture
  if (channels !== 3 || !iccProfile || iccProfile.length < 128 || isSrgb(iccProfile)) return picture

  const { data, info } = await sharp(tiff(picture, iccProfile), { limitInputPixels: width * height })
    .toColourspace('srgb')
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
    .catch(() => ({ data: picture.data, info: { channels: 3, width, height } }))
  const sameShape = info.channels === 3 && info.width === width && info.height === height
  return sameShape ? { ...picture, data, iccProfile: null } : picture
}

/** Most cameras' profile; its description holds the name in ASCII or UTF-16. */
function isSrgb(profile: Uint8Array): boolean {
  const text = Buffer.from(profile).toString('latin1')
  return text.includes('sRGB') || text.includes('s\0R\0G\0B')
}

/** The one container that takes raw samples and a profile without any coding: an uncompressed TIFF of one strip. */
function tiff({ data, width, height }: Picture, iccProfile: Uint8Array): Buffer {
  const [short, long, undefinedBytes] = [3, 4, 7]
  const entries = 11
  const bitsAt = 8 + 2 + entries * 12 + 4
  const profileAt = bitsAt + 6
  const samplesAt = profileAt + iccProfile.length + (iccProfile.length % 2)

  const header = Buffer.alloc(samplesAt)
  header.write('II*\0', 'latin1')
  header.writeUInt32LE(8, 4)
  header.writeUInt16LE(entries, 8)
  const fields: [tag: number, type: number, count: number, value: number][] = [
    [256, long, 1, width],
    [257, long, 1, height],
    [258, short, 3, bitsAt],
    [259, short, 1, 1], // no compression
    [262, short, 1, 2], // RGB
    [273, long, 1, samplesAt],
    [277, short, 1, 3],
    [278, long, 1, height],
    [279, long, 1, data.length],
    [284, short, 1, 1], // interleaved
    [34675, undefinedBytes, iccProfile.length, profileAt],
  ]
  fields.forEach(([tag, type, count, value], index) => {
    const at = 10 + index * 12
    header.writeUInt16LE(tag, at)
    header.writeUInt16LE(type, at + 2)
    header.writeUInt32LE(count, at + 4)
    header.writeUInt32LE(value, at + 8)
  })
  for (let channel = 0; channel < 3; channel++) header.writeUInt16LE(8, bitsAt + channel * 2)
  header.set(iccProfile, profileAt)
  return Buffer.concat([header, data])
}
