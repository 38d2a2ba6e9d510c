import { readFile } from 'node:fs/promises'
import { dcmtk } from '@bitewing/testbed'
import type { Window } from '../pixels.ts'

/** 8-bit samples as DCMTK shows them: grey, or RGB pixel by pixel. */
export type JudgedPicture = { data: Uint8Array; channels: 1 | 3; width: number; height: number }

/**
 * A frame as DCMTK's `dcmj2pnm` shows it, without scaling, and without overlays unless they are asked for.
 *
 * @param scratch path of a file that may be overwritten
 * @returns null when DCMTK cannot show it
 */
export async function dcmtkPicture(
  path: string,
  scratch: string,
  options: { frame?: number; window?: Window; voiLut?: boolean; overlays?: boolean } = {},
): Promise<JudgedPicture | null> {
  const { frame = 1, window, voiLut = false, overlays = false } = options
  const windowing = window
    ? ['+Ww', String(window.center), String(window.width), window.function === 'sigmoid' ? '+Wfs' : '+Wfl']
    : voiLut
      ? ['+Wl', '1']
      : []
  const outcome = await dcmtk('dcmj2pnm', [
    '-q',
    ...(overlays ? [] : ['-O']),
    '-S',
    '+F',
    String(frame),
    ...windowing,
    '+op',
    path,
    scratch,
  ])
  if (outcome.code !== 0) return null

  return readPnm(scratch)
}

/** A binary PGM or PPM with 8 bits. */
export async function readPnm(path: string): Promise<JudgedPicture | null> {
  const file = await readFile(path)
  const head = /^P([56])\s(?:#.*\s)*(\d+)\s+(\d+)\s+255\s/.exec(file.subarray(0, 300).toString('latin1'))
  if (!head) return null
  return {
    data: file.subarray(head[0].length),
    channels: head[1] === '5' ? 1 : 3,
    width: Number(head[2]),
    height: Number(head[3]),
  }
}
