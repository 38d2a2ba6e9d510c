import { z } from 'zod'

const pointsMax = 20_000

const Strokes = z
  .array(z.array(z.int().min(-2000).max(4000)).min(2))
  .max(200)
  .refine((strokes) => strokes.reduce((sum, line) => sum + line.length, 0) <= pointsMax)

const SignForm = z.object({
  name: z.string().trim().min(1).max(200),
  digest: z.string().regex(/^[0-9a-f]{64}$/),
  locale: z.enum(['en', 'fr']),
  consent: z.string(),
  strokes: z.string().max(200_000),
  typed: z.string().optional(),
  declined: z.string().max(20_000),
  accepted: z.coerce.number().int().min(0),
})

const Declined = z.array(z.uuid()).max(400)

/**
 * What a patient sent by signing; or what is missing.
 *
 * @param consents of the practice: other words than those are not agreed to
 */
export function readSignature(
  form: FormData,
  consents: { en: string; fr: string },
):
  | {
      signature: { name: string; consent: string; locale: 'en' | 'fr'; strokes: number[][] }
      choice: { declinedItems: string[]; acceptedCents: number }
      digest: string
    }
  | { problem: 'name' | 'strokes' | 'changed' } {
  const parsed = SignForm.safeParse(Object.fromEntries(form))
  if (!parsed.success) {
    const isName = parsed.error.issues.some(({ path }) => path[0] === 'name')
    return { problem: isName ? 'name' : 'changed' }
  }
  const { name, digest, locale, typed, accepted } = parsed.data
  const consent = consents[locale]
  // browsers send line ends as CR LF
  if (parsed.data.consent.replaceAll('\r\n', '\n') !== consent.replaceAll('\r\n', '\n'))
    return { problem: 'changed' }
  const strokes = Strokes.safeParse(parseJson(parsed.data.strokes))
  if (!strokes.success || (strokes.data.length === 0 && typed !== 'on')) return { problem: 'strokes' }
  const declined = Declined.safeParse(parseJson(parsed.data.declined))
  if (!declined.success) return { problem: 'changed' }
  return {
    signature: { name, consent, locale, strokes: strokes.data },
    choice: { declinedItems: declined.data, acceptedCents: accepted },
    digest,
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
