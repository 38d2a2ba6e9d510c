import { listTracings, type Transaction } from '@bitewing/db'
import { traced, type Traced } from '#lib/ceph/traced.ts'
import { readCephImage } from './read-ceph-image.ts'

/** A patient's tracings with what is found in them, of the latest image first. Inside withTenant. */
export async function readTraced(
  tx: Transaction,
  which: { patientId: string; ids?: readonly string[] },
): Promise<Traced[]> {
  const all: Traced[] = []
  for (const tracing of await listTracings(tx, which)) {
    const image = await readCephImage(tx, tracing)
    if (image) all.push(traced(tracing, image.calibration))
  }
  return all
}
