import { z } from 'zod'

const uid = z.string().regex(/^[0-9.]{1,64}$/)
/** far outside of any patient is nobody's drawing, in millimetres */
const coordinate = z.number().min(-10_000).max(10_000)
const pointsMax = 60

/** One change of what is drawn in a volume, as the page sends it. */
export const VolumeDrawingForm = z
  .object({
    id: z.uuid(),
    seriesInstanceUid: uid,
    kind: z.enum(['curve', 'length', 'angle']),
    points: z
      .array(z.tuple([coordinate, coordinate, coordinate]))
      .min(1)
      .max(pointsMax),
    settings: z
      .object({
        thicknessMm: z.number().min(0).max(60),
        projection: z.enum(['average', 'maximum']),
        spacingMm: z.number().min(0.5).max(20),
      })
      .nullable(),
    basedOn: z.int().min(0),
    isDeleted: z.boolean(),
  })
  .refine(({ kind, settings }) => (kind === 'curve') === (settings !== null))
  .refine(({ kind, points }) => kind === 'curve' || points.length === (kind === 'length' ? 2 : 3))
