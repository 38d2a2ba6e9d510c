import { cephLandmarks } from '@bitewing/db'
import { z } from 'zod'

const coordinate = z.number().min(0).max(100_000)

/** One change of a tracing, as pages send it. */
export const PointForm = z
  .object({
    landmark: z.enum(cephLandmarks),
    basedOn: z.int().min(0),
    state: z.enum(['placed', 'skipped', 'cleared']),
    at: z.tuple([coordinate, coordinate]).nullable(),
  })
  .refine(({ state, at }) => (state === 'placed') === (at !== null))
