import { sweepIncoming } from '../object-store/sweep-incoming.ts'

/** A file of another host or container counts as left behind after this: parts are stored as soon as they are whole. */
const foreignAgeMsMax = 60 * 60_000

/**
 * Removes what a gateway or worker that was killed left in its spool folder: patients' images in plain. What living
 * processes are receiving stays, however slowly it comes.
 *
 * @returns how many were removed
 */
export function sweepSpool(folder: string): Promise<number> {
  return sweepIncoming(folder, { foreignAgeMsMax })
}
