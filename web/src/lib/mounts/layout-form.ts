import { cellShapes, type LayoutRows } from '@bitewing/db'
import { z } from 'zod'
import { orthodonticView } from '#lib/orthodontics/photograph-views.ts'
import { layoutCellsMax } from './own-layout.ts'

const teeth = z.array(z.string().regex(/^([1-4][1-8]|[5-8][1-5])$/)).max(52) // FDI
const awaits = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['bitewing', 'periapical']), teeth }),
  z.object({
    kind: z.literal('photograph'),
    view: z.string().refine((keyword) => orthodonticView(keyword) !== null),
  }),
  z.object({ kind: z.enum(['panoramic', 'cephalogram', 'model', 'free']) }),
])
const cells = z.array(z.object({ shape: z.enum(cellShapes), awaits: awaits.nullable() })).max(16)

/** A layout of the practice's own, as its page sends it. */
export const LayoutForm = z.object({
  version: z.int().min(1),
  name: z.string().trim().min(1).max(60),
  rows: z
    .array(cells)
    .max(10)
    .refine((rows: LayoutRows) => rows.flat().filter(({ awaits: image }) => image).length <= layoutCellsMax),
})
