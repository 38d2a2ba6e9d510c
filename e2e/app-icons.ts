/** `node e2e/app-icons.ts`: the icons of the installed app, from the logo. A masked one keeps the logo within the circle that no platform cuts. */
import { readFile } from 'node:fs/promises'
import sharp from 'sharp'

const folder = new URL('../web/static/', import.meta.url)
const logo = await readFile(new URL('bitewing.svg', folder))
const ground = '#17191c'
const atSize = (pixels: number) =>
  sharp(logo, { density: (72 * pixels) / 32 })
    .resize(pixels, pixels)
    .png()

for (const pixels of [192, 512]) {
  await atSize(pixels).toFile(new URL(`icons/bitewing-${pixels}.png`, folder).pathname)
  // the logo's own corners are round: on its ground they do not show
  const inner = Math.round(pixels * 0.72)
  await sharp({ create: { width: pixels, height: pixels, channels: 3, background: ground } })
    .composite([{ input: await atSize(inner).toBuffer() }])
    .png({ palette: true })
    .toFile(new URL(`icons/bitewing-maskable-${pixels}.png`, folder).pathname)
}
await sharp({ create: { width: 180, height: 180, channels: 3, background: ground } })
  .composite([{ input: await atSize(150).toBuffer() }])
  .png({ palette: true })
  .toFile(new URL('icons/apple-touch-icon.png', folder).pathname)
