import {
  canHave,
  findingDetails,
  findingEnds,
  findingKinds,
  findingNoteMax,
  findingSite,
  isTooth,
  sortSurfaces,
  surfaces,
  type FindingDetail,
} from '@bitewing/db/plan-rules'
import { z } from 'zod'

/** What can be said of a tooth: a detail that its kind knows, surfaces where it lies on some. */
export const FindingContent = z
  .object({
    tooth: z.string().refine(isTooth),
    kind: z.enum(findingKinds),
    surfaces: z.array(z.enum(surfaces)).transform(sortSurfaces),
    detail: z.string(),
    note: z.string().trim().max(findingNoteMax),
  })
  .refine(({ tooth, kind }) => canHave(tooth, kind))
  .refine(({ kind, detail }) => {
    const known: readonly string[] = findingDetails(kind) satisfies readonly FindingDetail[]
    return detail === '' || known.includes(detail)
  })
  .refine(({ kind, surfaces: chosen }) => {
    const site = findingSite(kind)
    return site === 'either' || (site === 'surfaces') === chosen.length > 0
  })

const uid = z.string().regex(/^[0-9.]{1,64}$/)

/** One change of a finding, as the page sends it. */
export const FindingForm = z
  .object({
    id: z.uuid(),
    basedOn: z.int().min(0),
    ended: z.enum(findingEnds).nullable(),
    image: uid.nullable(),
    annotationId: z.uuid().nullable(),
  })
  .and(FindingContent)

/** As it is typed: what the server judges. */
export type FindingContentInput = z.input<typeof FindingContent>
