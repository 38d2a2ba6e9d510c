import { z } from 'zod'

/** What the object store keeps of a deletion, so that a rebuild brings nothing back that a practice deleted. */
export const DeletionManifest = z.object({
  id: z.uuid(),
  state: z.enum(['deleted', 'purging', 'purged']),
  level: z.enum(['study', 'series', 'instance']),
  studyInstanceUid: z.string(),
  seriesInstanceUid: z.string().nullable(),
  sopInstanceUid: z.string().nullable(),
  instanceCount: z.int(),
  bytes: z.int(),
  actorKind: z.string(),
  actorId: z.string().nullable(),
  deletedAt: z.iso.datetime(),
  purgeAfter: z.iso.datetime(),
  purgeBegunAt: z.iso.datetime().nullable(),
  purgedAt: z.iso.datetime().nullable(),
  instances: z.array(
    z.object({ instanceId: z.uuid(), seriesInstanceUid: z.string(), sopInstanceUid: z.string() }),
  ),
})
export type DeletionManifest = z.infer<typeof DeletionManifest>

export const deletionManifestPrefix = 'manifest/deletions/'

export function deletionManifestName(deletionId: string): string {
  return `${deletionManifestPrefix}${deletionId}.json`
}
