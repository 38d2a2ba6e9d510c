import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type { PlanImage, Presentation } from '@bitewing/db'
import { planTotals, type PlanItem } from '@bitewing/db/plan-rules'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writePlanPdf, type PlanPdf } from './write-plan-pdf.ts'

const run = promisify(execFile)
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'plan-pdf-'))
})
afterAll(() => rm(folder, { recursive: true }))

function item(name: string, patch: Partial<PlanItem> = {}): PlanItem {
  return {
    id: randomUUID(),
    procedureId: null,
    code: 'X',
    name: { en: name, fr: `${name} (français)` },
    site: { kind: 'teeth', teeth: ['16'], surfaces: { '16': ['M', 'O'] } },
    per: 'item',
    feeCents: 123_450,
    discount: { kind: 'none' },
    taxIds: ['gst', 'qst'],
    providerId: 'p',
    priority: 2,
    note: '',
    images: [],
    ...patch,
  }
}

const image = (id: string, columns: number, rows: number): PlanImage => ({
  id,
  studyId: 's',
  seriesInstanceUid: '1.2',
  sopInstanceUid: '1.2.3',
  modality: 'IO',
  seriesNumber: 1,
  seriesDescription: '',
  instanceNumber: 1,
  kind: columns > 2 * rows ? 'panoramic' : 'bitewing',
  teeth: [],
  title: null,
  rows,
  columns,
  frames: 1,
  frame: 1,
  standsFor: 1,
  isVideo: false,
  rendition: 'made',
  renditionReason: null,
  renditionKey: null,
  placeholder: null,
  original: 'secured',
  studyInstanceUid: '1',
  studyDate: '2026-03-01',
})

const crown = item('Crown', {
  images: ['pano', 'gone'],
  note: 'So that the tooth does not break.\nUnder local anaesthesia, in two visits.',
  milestones: [
    { id: 'm1', name: { en: 'Impression', fr: 'Empreinte' }, after: { count: 0, unit: 'day' } },
    { id: 'm2', name: { en: 'Crown placed', fr: 'Pose de la couronne' }, after: { count: 2, unit: 'week' } },
  ],
})
const night = item('Night guard', { site: { kind: 'arch', arch: 'upper' }, taxIds: [] })
const crowded = Array.from({ length: 40 }, (_, index) =>
  item(`Filling ${index + 1}`, { discount: { kind: 'percent', hundredths: 1000 } }),
)

function presentation(patch: Partial<Presentation> = {}): Presentation {
  return {
    versionId: 'v',
    number: 2,
    letter: 'A',
    caseId: 'c',
    caseTitle: 'Molaire cassée',
    state: 'presented',
    content: {
      title: 'crown',
      note: 'Une explication en mots simples. '.repeat(90),
      currency: 'CAD',
      taxes: [
        { id: 'gst', name: { en: 'GST', fr: 'TPS' }, ratePpm: 50_000 },
        { id: 'qst', name: { en: 'QST', fr: 'TVQ' }, ratePpm: 99_750 },
      ],
      discount: { kind: 'none' },
      phases: [
        { id: 'p1', title: '', visits: [{ id: 'v1', title: '', items: [crown, night] }] },
        {
          id: 'p2',
          title: 'Plus tard',
          visits: [
            { id: 'v2', title: '', items: crowded.slice(0, 25) },
            { id: 'v3', title: 'Contrôle', items: crowded.slice(25) },
          ],
        },
      ],
    },
    digest: 'ab'.repeat(32),
    // the evening before in Québec
    presentedAt: new Date('2026-03-02T02:30:00Z'),
    practice: { name: 'Clinique dentaire du Plateau', timeZone: 'America/Toronto' },
    notation: 'universal',
    providers: [{ id: 'p', name: 'Dre Hélène Škoda' }],
    patient: { id: 'x', familyName: 'Gagné-Œuvray', givenName: 'Zoë', birthDate: '1985-03-01' },
    consent: { en: 'I agree to this plan.', fr: 'J’accepte ce plan.' },
    begunItems: [],
    signature: null,
    ...patch,
  }
}

/** Sixteen by eight grey pixels. */
const grey = Buffer.from(
  [
    '/9j/2wBDABsSFBcUERsXFhceHBsgKEIrKCUlKFE6PTBCYFVlZF9VXVtqeJmBanGQc1tdhbWGkJ6jq62rZ4C8ybqmx5moq6T/',
    '2wBDARweHigjKE4rK06kbl1upKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKSkpKT/wAAR',
    'CAAIABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAL/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAA',
    'AAAAAAAAAAAAAP/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AKAB/9k=',
  ].join(''),
  'base64',
)

function plan(locale: 'en' | 'fr', patch: Partial<PlanPdf> = {}): PlanPdf {
  return {
    presentation: presentation(),
    locale,
    images: [image('pano', 2400, 1200), image('gone', 1200, 900)],
    pictures: new Map([
      ['pano', grey],
      ['gone', null],
    ]),
    alternatives: [],
    problems: [],
    ...patch,
  }
}

/** A short one, signed but for these items. */
function signed(declinedItems: string[]): Presentation {
  const { content } = presentation()
  const short = { ...content, note: '', phases: content.phases.slice(0, 1) }
  return presentation({
    state: 'signed',
    content: short,
    signature: {
      name: 'Zoë Gagné-Œuvray',
      consent: 'J’accepte ce plan.',
      locale: 'fr',
      strokes: [
        [100, 250, 300, 100, 400, 250, 600, 90],
        [700, 200],
      ],
      via: 'link',
      signedAt: new Date('2026-03-05T18:05:00Z'),
      digest: 'cd'.repeat(32),
      declinedItems,
      acceptedCents: planTotals(short, new Set(declinedItems)).plan.total,
    },
  })
}

/** Its text by line, and what the file says of itself, as Poppler reads it. */
async function read(bytes: Buffer, name: string): Promise<{ text: string; info: string }> {
  const path = join(folder, `${name}.pdf`)
  await writeFile(path, bytes)
  if (process.env['KEEP_PDF']) await writeFile(join(process.env['KEEP_PDF'], `${name}.pdf`), bytes)
  const [text, info] = await Promise.all([
    run('pdftotext', ['-layout', '-enc', 'UTF-8', path, '-']),
    run('pdfinfo', [path]),
  ])
  return { text: text.stdout.replaceAll('\u00a0', ' '), info: info.stdout }
}

describe('a version of a plan as PDF', () => {
  test('says in French what was presented, on as many pages as it needs', async () => {
    const alternative = { ...presentation().content, title: 'implant' }
    const { text, info } = await read(
      await buffer(
        writePlanPdf(
          plan('fr', {
            alternatives: [{ versionId: 'o', letter: 'B', number: 1, content: alternative }],
          }),
        ),
      ),
      'presented-fr',
    )
    expect(info).toMatch(/Title: +Molaire cassée – Plan A – crown/)
    expect(info).toMatch(/Tagged: +yes/)
    const pages = Number(/Pages: +(\d+)/.exec(info)?.[1])
    expect(pages).toBeGreaterThan(3)
    expect(text).toContain(`Page ${pages} de ${pages}`)
    expect(text).toContain('Zoë Gagné-Œuvray')
    expect(text).toContain('1er mars 2026') // the day it was in the practice
    expect(text).toContain('Crown (français)')
    expect(text).toContain('Première molaire supérieure droite (3)')
    expect(text).toContain('Dre Hélène Škoda')
    expect(text.replace(/\s+/g, ' ')).toContain(
      'Jalons : Empreinte, le jour même; Pose de la couronne, 2 semaines après',
    )
    expect(text).toContain('1 234,50 $')
    expect(text).toMatch(/TVQ 9,975 % +4 556,23 \$/)
    expect(text).toContain('Rabais 10 %')
    expect(text).toContain('J’accepte ce plan.') // to be signed on paper
    expect(text).toContain('Cette image ne peut pas être montrée.')
    expect(text).toContain('Autres options présentées')
    expect(text).toContain('Plan B – implant')
    expect(text).toContain('ab'.repeat(32))
    expect(text.match(/Filling \d+ \(français\) +1 111,05 \$/g)).toHaveLength(40)
    expect(text).not.toContain('\ufffd')
  })

  test('says in English what was accepted and what was not, with the signature and both digests', async () => {
    const declined = [night.id]
    const source = plan('en', { presentation: signed(declined) })
    const { text } = await read(await buffer(writePlanPdf(source)), 'signed-en')
    expect(text).toMatch(/Crown +Accepted +\$1,234\.50/)
    expect(text).toMatch(/Night guard +Declined +\$1,234\.50/)
    expect(text).toContain('Treatments accepted: 1 of 2')
    const total = planTotals(source.presentation.content, new Set(declined)).plan.total
    const written = new Intl.NumberFormat('en-CA', { style: 'currency', currency: 'CAD' }).format(total / 100)
    expect(text).toMatch(new RegExp(`Total accepted +${written.replace('$', '\\$').replaceAll('.', '\\.')}`))
    expect(text).toContain('J’accepte ce plan.')
    expect(text).toContain('March 5, 2026')
    expect(text).toContain('through a personal link')
    expect(text).toContain('cd'.repeat(32))
  })

  test('is the same bytes each time, and others once the version stands elsewhere', async () => {
    const digest = async (source: PlanPdf) =>
      createHash('sha256')
        .update(await buffer(writePlanPdf(source)))
        .digest('hex')
    const source = plan('fr', { presentation: signed([]) })
    expect(await digest(source)).toBe(await digest(structuredClone(source)))
    expect(await digest({ ...source, presentation: signed([night.id]) })).not.toBe(await digest(source))
    expect(await digest({ ...source, locale: 'en' })).not.toBe(await digest(source))
  })

  test('tells where a signature does not hold, and has letters that no typeface has written plainly', async () => {
    const strange = signed([])
    strange.patient.familyName = 'Nguyễn Ἀθηνᾶ Юрьївна ᏣᎳᎩ'
    const { text } = await read(
      await buffer(writePlanPdf(plan('en', { presentation: strange, problems: ['content-changed'] }))),
      'broken-en',
    )
    expect(text).toContain('The signature does not hold any more.')
    expect(text).toContain('Zoë Nguyễn Ἀθηνᾶ Юрьївна ???')
  })

  // Poppler takes the order from where glyphs stand: these would be turned around if they were drawn so
  test('has names in the letters of the world, whole and in the order in which they are read', async () => {
    const names = {
      arabic: ['محمد', 'عبد الله'],
      persian: ['نازنین\u200cزهرا', 'گل\u200cمحمدی'],
      hebrew: ['דוד', 'אברהם'],
      chinese: ['小明', '歐陽'],
      japanese: ['さくら', '渡邉'],
      korean: ['민수', '김'],
      hindi: ['श्रीकृष्ण', 'किरण शर्मा'],
    }
    for (const [language, [givenName = '', familyName = '']] of Object.entries(names)) {
      const source = signed([night.id])
      source.patient = { ...source.patient, givenName, familyName }
      source.content.note = `Pour ${givenName} ${familyName} : `.repeat(40)
      const { text } = await read(
        await buffer(writePlanPdf(plan('fr', { presentation: source }))),
        `named-${language}`,
      )
      expect(text, language).not.toContain('?')
      // marks of direction are the reader's own, and where a line ends
      const plain = text.replace(/[\u200c\u202a-\u202e\s]/g, '')
      const words = `${givenName} ${familyName}`.replaceAll('\u200c', '').split(' ')
      expect(plain, language).toContain(words.join(''))
      for (const word of words) expect(plain.split(word).length, `${language}: ${word}`).toBeGreaterThan(41)
    }
  })
})
