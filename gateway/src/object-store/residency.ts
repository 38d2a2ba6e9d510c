import { StorageMisconfigured, StorageResidencyRefused } from './object-errors.ts'

export type Residency = {
  region: string // where the objects lie
  reason: string | null // of the recorded decision that allows it; null in the home region
}

/**
 * Whether images may lie in a region: in the home region of its kind of store, or in one that a recorded decision
 * names. To be asked at start, before anything is stored.
 *
 * @param decision `STORAGE_RESIDENCY_DECISION`: `REGION: why, by whom, when`, one a line; undefined without any
 * @throws {StorageResidencyRefused} naming the region
 * @throws {StorageMisconfigured} for a decision without region or reason
 */
export function decideResidency(region: string, homeRegion: string, decision: string | undefined): Residency {
  const decided = (decision ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => parseDecision(line))
  if (region === homeRegion) return { region, reason: null }
  const allowed = decided.find((one) => one.region === region)
  if (allowed) return { region, reason: allowed.reason }
  throw new StorageResidencyRefused(
    `the bucket is in ${region}, not in ${homeRegion}: if that was decided, ` +
      `set STORAGE_RESIDENCY_DECISION="${region}: why, by whom, when"`,
  )
}

function parseDecision(decision: string): Residency & { reason: string } {
  const [, region, reason] = /^\s*([a-z0-9-]+)\s*:\s*(\S.{9,})$/s.exec(decision) ?? []
  if (region === undefined || reason === undefined) {
    throw new StorageMisconfigured('STORAGE_RESIDENCY_DECISION reads "REGION: why, by whom, when"')
  }
  return { region, reason }
}
