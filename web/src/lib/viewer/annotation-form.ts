import { z } from 'zod'

const uid = z.string().regex(/^[0-9.]{1,64}$/)
/** far outside of any frame is nobody's drawing */
const coordinate = z.number().min(-100_000).max(100_000)
const pointsMax = 2000

/** One change of an annotation, as the page sends it. */
export const AnnotationForm = z.object({
  changeId: z.uuid(),
  id: z.uuid(),
  sopInstanceUid: uid,
  frame: z.int().min(1).max(1_000_000),
  kind: z.enum(['length', 'angle', 'cobb', 'ellipse', 'freehand', 'arrow', 'text', 'calibration']),
  basedOn: z.int().min(0),
  points: z
    .array(z.tuple([coordinate, coordinate]))
    .min(1)
    .max(pointsMax),
  text: z.string().max(2000),
  millimetres: z.string().max(20).nullable(),
  isDeleted: z.boolean(),
})
