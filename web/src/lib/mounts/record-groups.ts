import type { MountSettings, RecordStage } from '@bitewing/db'
import { m } from '#paraglide/messages.js'

/** What is taken together at a time point, by the numbers of its cells in the template `orthodontic-records`. */
export const recordGroups = [
  { key: 'faces', cells: [1, 2, 3], name: m.records_faces },
  { key: 'teeth', cells: [4, 5, 6, 7, 8], name: m.records_teeth },
  { key: 'panoramic', cells: [9], name: m.mount_awaits_panoramic },
  { key: 'cephalogram', cells: [10], name: m.mount_awaits_cephalogram },
  { key: 'models', cells: [11], name: m.mount_awaits_model },
] as const

/** Cells of records that the practice does not take at that stage: left empty, they are not missing. */
export function notTakenAt(settings: MountSettings, stage: RecordStage | null): readonly number[] {
  return (stage && settings.notTaken[stage]) ?? []
}
