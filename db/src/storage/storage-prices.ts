import { z } from 'zod'

const price = z.number().min(0)

/** What a GiB costs in a month, by where it lies; edited by the operator (`STORAGE_PRICES`). */
export const StoragePrices = z.strictObject({
  /** where the figures are from, shown beside every amount */
  source: z.string().min(1),
  /** of the shipped tables alone: nobody has agreed to these */
  isExample: z.literal(true).optional(),
  /** day of the figures, ISO 8601 */
  date: z.iso.date(),
  /** ISO 4217 */
  currency: z.string().regex(/^[A-Z]{3}$/),
  perGibMonth: z.strictObject({
    hot: price,
    warm: price,
    cold: price,
    /** the disk that Orthanc keeps its copies on */
    orthanc: price,
  }),
})
export type StoragePrices = z.infer<typeof StoragePrices>
