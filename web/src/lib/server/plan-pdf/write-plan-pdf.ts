import type { PlanImage, PresentedAlternative, Presentation, SignatureProblem } from '@bitewing/db'
import { itemQuantity, planItems, planTotals, type PlanItem, type Sum } from '@bitewing/db/plan-rules'
import type { ShownComparison } from '#lib/compare/shown-comparison.ts'
import { instantIn, longDay, longDayIn, shortDay } from '#lib/format/date.ts'
import { kindName } from '#lib/format/image-kind.ts'
import { money, ratePercent } from '#lib/format/money.ts'
import { listName, spokenName } from '#lib/format/person-name.ts'
import type { Locale } from '#lib/locale.ts'
import { milestonesText } from '#lib/plans/milestone-text.ts'
import { discountText, phaseName, planName, versionStateName, visitName } from '#lib/plans/plan-text.ts'
import { signatureProblemText } from '#lib/plans/signature-problem-text.ts'
import { strokesPath } from '#lib/plans/signature-strokes.ts'
import { plainSiteText } from '#lib/teeth/tooth-name.ts'
import { m } from '#paraglide/messages.js'
import { isolated } from '../pdf/isolated.ts'
import { PdfSheet } from '../pdf/pdf-sheet.ts'
import { writeComparison } from './write-comparison.ts'

export type PlanPdf = {
  presentation: Presentation
  locale: Locale
  /** those that the plan names and who reads may see, in the order of the plan */
  images: PlanImage[]
  /** before and after, as far as who reads may see images */
  comparisons?: ShownComparison[]
  /** JPEG by our id of an image, or by `comparedKey`; null where there is none any more */
  pictures: ReadonlyMap<string, Uint8Array | null>
  /** what else the patient was shown */
  alternatives: PresentedAlternative[]
  /** what does not agree with what was signed */
  problems: readonly SignatureProblem[]
}

const soft = '#5d6068'
const good = '#1d6b46'
const bad = '#a3281f'
const amountWidth = 108
const answerWidth = 74

/**
 * A version of a plan as a PDF, written as it is read. The same version, signature and language give the same bytes:
 * it says nothing of now.
 */
export function writePlanPdf(plan: PlanPdf): PDFKit.PDFDocument {
  const { presentation, locale } = plan
  const { patient, practice, signature, content } = presentation
  const name = planName(presentation.letter, content.title, locale)
  const title = presentation.caseTitle || m.present_page({}, { locale })
  const sheet = new PdfSheet({
    title: `${title} – ${name}`,
    author: practice.name,
    locale,
    at: signature?.signedAt ?? presentation.presentedAt,
  })

  const write = async () => {
    await sheet.bring(JSON.stringify([presentation, plan.comparisons, plan.alternatives]))
    await writeHead(sheet, plan, title, name)
    for (const comparison of plan.comparisons ?? [])
      await writeComparison(sheet, comparison, plan.pictures, locale)
    await writeContent(sheet, plan)
    await writeAlternatives(sheet, plan)
    await writeSignature(sheet, plan)
    const number = m.plan_version_number({ number: presentation.number }, { locale })
    sheet.end((page, pages) => [
      [
        practice.name,
        listName(patient),
        `${m.plan_letter({ letter: presentation.letter }, { locale })}, ${number}`,
      ]
        .filter((part) => part !== '')
        .map(isolated)
        .join('  ·  '),
      m.pdf_page({ page, pages }, { locale }),
    ])
  }
  write().catch((error: unknown) => {
    sheet.doc.destroy(error instanceof Error ? error : new Error('The document could not be written'))
  })
  return sheet.doc
}

async function writeHead(sheet: PdfSheet, plan: PlanPdf, title: string, name: string): Promise<void> {
  const { presentation, locale, problems } = plan
  const { patient, practice, content, signature, state } = presentation
  await sheet.within('Sect', () => {
    sheet.tag('P', () => sheet.text(practice.name, { weight: 'bold', size: 11 }))
    sheet.y += 16
    sheet.tag('H1', () => sheet.text(title, { weight: 'bold', size: 22 }))
    const number = m.plan_version_number({ number: presentation.number }, { locale })
    sheet.tag('P', () => sheet.text(`${isolated(name)}, ${number}`, { size: 12, colour: soft }))
    sheet.y += 10
    const facts = [
      [m.pdf_patient({}, { locale }), spokenName(patient)],
      [m.pdf_born({}, { locale }), patient.birthDate ? longDay(patient.birthDate, locale) : ''],
      [m.pdf_presented({}, { locale }), longDayIn(presentation.presentedAt, practice.timeZone, locale)],
      [
        m.pdf_state({}, { locale }),
        signature
          ? m.pdf_signed_on({ date: longDayIn(signature.signedAt, practice.timeZone, locale) }, { locale })
          : versionStateName(state, locale),
      ],
    ]
    for (const [label = '', value = ''] of facts) {
      if (value === '') continue
      const { y } = sheet
      sheet.tag('P', () => sheet.text(label, { colour: soft, width: 110 }))
      sheet.tag('P', () => sheet.text(value, { y, x: sheet.left + 116, weight: 'bold' }))
    }
    if (signature && signature.declinedItems.length > 0) {
      sheet.y += 4
      sheet.tag('P', () => sheet.text(choiceText(presentation, locale), { weight: 'bold' }))
    }
    if (problems.length > 0) {
      sheet.y += 8
      sheet.tag('P', () => sheet.text(m.verify_bad({}, { locale }), { weight: 'bold', colour: bad }))
      for (const problem of problems)
        sheet.tag('P', () => sheet.text(signatureProblemText(problem, locale), { colour: bad }))
    }
    if (content.note) {
      sheet.y += 12
      sheet.tag('P', () => sheet.text(content.note, { size: 11 }))
    }
  })
}

async function writeContent(sheet: PdfSheet, plan: PlanPdf): Promise<void> {
  const { presentation, locale } = plan
  const { content, signature } = presentation
  const declined = new Set(signature?.declinedItems)
  const totals = planTotals(content)
  const accepted = planTotals(content, declined)
  const visitCount = content.phases.reduce((sum, { visits }) => sum + visits.length, 0)
  const firstNamed = new Map<string, string>()
  for (const item of planItems(content))
    for (const id of item.images) if (!firstNamed.has(id)) firstNamed.set(id, item.id)

  for (const [phaseIndex, phase] of content.phases.entries()) {
    if (phase.visits.every(({ items }) => items.length === 0)) continue
    await sheet.within('Sect', async () => {
      sheet.y += 18
      // a heading is never the last thing on a page
      sheet.need(120)
      if (content.phases.length > 1 || phase.title !== '')
        sheet.tag('H2', () =>
          sheet.text(phaseName(phase.title, phaseIndex, locale), { weight: 'bold', size: 15 }),
        )
      for (const [visitIndex, visit] of phase.visits.entries()) {
        if (visit.items.length === 0) continue
        await sheet.within('Sect', async () => {
          sheet.y += 8
          sheet.need(90)
          if (visitCount > 1)
            sheet.tag('H3', () =>
              sheet.text(visitName(visit.title, visitIndex, locale), { weight: 'bold', size: 11 }),
            )
          await sheet.within('Table', async () => {
            await writeTableHead(sheet, plan)
            for (const item of visit.items) await writeItem(sheet, plan, item, totals.items[item.id])
          })
          for (const item of visit.items) await writePictures(sheet, plan, item, firstNamed)
          const sum = accepted.visits[visit.id]
          if (sum && (phase.visits.length > 1 || (visitCount > 1 && content.phases.length === 1)))
            await writeSum(sheet, plan, sum, m.sum_visit({}, { locale }))
        })
        // long plans leave other requests a turn
        await new Promise((resolve) => setImmediate(resolve))
      }
      const sum = accepted.phases[phase.id]
      if (sum && content.phases.length > 1) {
        sheet.y += 6
        sheet.need(20)
        const name = phaseName(phase.title, phaseIndex, locale)
        await writeAmountLine(sheet, plan, m.sum_phase({ phase: name }, { locale }), sum.total, true)
      }
    })
  }
  const drawn = new Set((plan.comparisons ?? []).map(({ id }) => id))
  const compared = (content.comparisons ?? [])
    .filter(({ id }) => !drawn.has(id))
    .map(({ title }) => isolated(title || m.before_after({}, { locale })))
  if (compared.length > 0) {
    // for who may not see images, and those of which an image is gone
    const titles = compared.join('; ')
    sheet.y += 12
    sheet.need(40)
    sheet.tag('P', () => sheet.text(m.pdf_compared({ titles }, { locale }), { size: 9.5, colour: soft }))
  }
  sheet.y += 14
  sheet.need(100)
  sheet.line(sheet.y, '#1a1d24', 1)
  sheet.y += 8
  if (declined.size > 0) {
    await writeSum(sheet, plan, accepted.plan, m.pdf_accepted_total({}, { locale }))
    await writeAmountLine(sheet, plan, m.pdf_proposed_total({}, { locale }), totals.plan.total)
  } else await writeSum(sheet, plan, totals.plan, m.sum_total({}, { locale }))
}

/** Whether there is a column of answers: what was answered, or where it is answered on paper. */
function hasAnswers({ presentation: { signature, state } }: PlanPdf): boolean {
  return signature !== null || state === 'presented'
}

function nameWidth(sheet: PdfSheet, plan: PlanPdf): number {
  return sheet.width - amountWidth - 12 - (hasAnswers(plan) ? answerWidth + 12 : 0)
}

async function writeTableHead(sheet: PdfSheet, plan: PlanPdf): Promise<void> {
  const { locale, presentation } = plan
  const small = { size: 8, colour: soft }
  const { y } = sheet
  await sheet.within('TR', () => {
    sheet.tag('TH', () => sheet.text(m.pdf_treatment({}, { locale }), { ...small, y }))
    if (hasAnswers(plan)) {
      const x = sheet.left + nameWidth(sheet, plan) + 12
      const label = presentation.signature ? m.pdf_answer({}, { locale }) : m.pdf_accept({}, { locale })
      sheet.tag('TH', () => sheet.text(label, { ...small, x, y, width: answerWidth }))
    }
    sheet.tag('TH', () =>
      sheet.text(m.pdf_amount({}, { locale }), {
        ...small,
        x: sheet.right - amountWidth,
        y,
        width: amountWidth,
        align: 'right',
      }),
    )
  })
  sheet.line(sheet.y + 1)
}

async function writeItem(
  sheet: PdfSheet,
  plan: PlanPdf,
  item: PlanItem,
  amounts: { net: number; discount: number } | undefined,
): Promise<void> {
  const { presentation, locale } = plan
  const { content, signature, notation, providers } = presentation
  const width = nameWidth(sheet, plan)
  const name = { weight: 'bold' as const, size: 10.5, width }
  const detail = { size: 9.5, width }
  const provider = providers.find(({ id }) => id === item.providerId)
  const place = [plainSiteText(item.site, notation, locale), provider?.name ?? '']
    .filter((part) => part !== '')
    .map(isolated)
    .join(' · ')
  const milestones = item.milestones
    ? m.milestones_line({ what: milestonesText(item.milestones, locale) }, { locale })
    : ''
  const height =
    sheet.heightOf(item.name[locale], name) +
    sheet.heightOf(place, detail) +
    sheet.heightOf(item.note, detail) +
    sheet.heightOf(milestones, detail)
  sheet.need(Math.max(height, 40) + 14)
  const top = sheet.y + 7
  const declined = signature?.declinedItems.includes(item.id) ?? false
  let below = top
  const lowest = () => (below = Math.max(below, sheet.y))

  await sheet.within('TR', async () => {
    await sheet.within('TD', () => {
      const look = declined ? { colour: soft } : {}
      sheet.tag('P', () => sheet.text(item.name[locale], { ...name, ...look, y: top }))
      sheet.tag('P', () => sheet.text(place, { ...detail, colour: soft }))
      if (item.note) sheet.tag('P', () => sheet.text(item.note, { ...detail, ...look }))
      if (milestones) sheet.tag('P', () => sheet.text(milestones, { ...detail, colour: soft }))
    })
    lowest()
    if (hasAnswers(plan)) {
      const x = sheet.left + width + 12
      if (signature) {
        const answer = declined ? m.item_declined({}, { locale }) : m.item_accepted({}, { locale })
        sheet.tag('TD', () =>
          sheet.text(answer, {
            x,
            y: top,
            width: answerWidth,
            weight: 'bold',
            colour: declined ? bad : good,
          }),
        )
      } else {
        // a box to tick on paper
        sheet.tag('TD', () => sheet.text('', { x, y: top, width: answerWidth }))
        sheet.ornament(() =>
          sheet.doc
            .rect(x + 2, top + 1, 11, 11)
            .lineWidth(0.9)
            .strokeColor(soft)
            .stroke(),
        )
      }
    }
    await sheet.within('TD', () => {
      const right = { x: sheet.right - amountWidth, width: amountWidth, align: 'right' as const }
      const amount = money(amounts?.net ?? 0, content.currency, locale)
      const look = declined ? { colour: soft } : {}
      sheet.tag('P', () => sheet.text(amount, { ...right, ...look, y: top, size: 10.5 }))
      const quantity = itemQuantity(item)
      const small = { ...right, size: 8.5, colour: soft }
      const fee = money(item.feeCents, content.currency, locale)
      if (quantity > 1) sheet.tag('P', () => sheet.text(`${quantity} × ${fee}`, small))
      if ((amounts?.discount ?? 0) > 0) {
        const discount =
          discountText(item.discount, content.currency, locale) ||
          money(amounts?.discount ?? 0, content.currency, locale)
        sheet.tag('P', () => sheet.text(`${m.sum_discount({}, { locale })} ${discount}`, small))
      }
    })
    lowest()
  })
  sheet.y = below + 6
  sheet.line()
}

const gap = 12

async function writePictures(
  sheet: PdfSheet,
  plan: PlanPdf,
  item: PlanItem,
  firstNamed: ReadonlyMap<string, string>,
): Promise<void> {
  const { images, pictures, locale } = plan
  const shown = item.images.flatMap((id) =>
    firstNamed.get(id) === item.id ? images.filter((image) => image.id === id && pictures.has(id)) : [],
  )
  let column = 0
  let top = 0
  let below = 0
  for (const image of shown) {
    const ratio = image.rows && image.columns ? image.columns / image.rows : 4 / 3
    const wide = ratio > 1.7 || shown.length === 1
    const room = wide ? sheet.width : (sheet.width - gap) / 2
    const height = Math.min(wide ? 190 : 165, room / ratio)
    const width = height * ratio
    if (wide && column === 1) {
      column = 0
      sheet.y = below
    }
    if (column === 0) {
      sheet.y += 8
      // a row of two is as high as its higher one, which is not known yet
      sheet.need((wide ? height : 165) + 20)
      top = sheet.y
      below = top
    }
    const x = sheet.left + (column === 1 ? room + gap : 0)
    const caption = [
      item.name[locale],
      kindName(image.kind, locale),
      image.studyDate ? shortDay(image.studyDate, locale) : '',
    ]
      .filter((part) => part !== '')
      .map(isolated)
      .join(' · ')
    const bytes = pictures.get(image.id)
    await sheet.within('Sect', () => {
      if (bytes) {
        const show = () => void sheet.doc.image(Buffer.from(bytes), x, top, { width, height })
        sheet.tag('Figure', show, { alt: caption })
      } else {
        sheet.ornament(() => sheet.doc.rect(x, top, width, height).fill('#eeece6'))
        sheet.tag('P', () =>
          sheet.text(m.pdf_picture_gone({}, { locale }), {
            x,
            y: top + height / 2 - 6,
            width,
            align: 'center',
            size: 9,
            colour: soft,
          }),
        )
      }
      const small = { x, y: top + height + 3, width: room, size: 8, colour: soft, oneLine: true }
      sheet.tag('P', () => sheet.text(caption, small))
    })
    below = Math.max(below, top + height + 16)
    sheet.y = below
    column = wide || column === 1 ? 0 : 1
  }
  if (shown.length > 0) {
    sheet.y = below + 4
  }
}

async function writeAmountLine(
  sheet: PdfSheet,
  plan: PlanPdf,
  label: string,
  cents: number,
  bold = false,
): Promise<void> {
  const { locale, presentation } = plan
  const look = bold ? { weight: 'bold' as const } : { colour: soft }
  const { y } = sheet
  const x = sheet.right - 270
  const text = money(Math.abs(cents), presentation.content.currency, locale)
  const amount = { ...look, x: sheet.right - amountWidth, y, width: amountWidth, align: 'right' as const }
  await sheet.within('Sect', () => {
    sheet.tag('P', () => sheet.text(label, { ...look, x, y, width: 270 - amountWidth }))
    const below = sheet.y
    sheet.tag('P', () => sheet.text(cents < 0 ? `−${text}` : text, amount))
    sheet.y = Math.max(below, sheet.y)
  })
}

/** How a sum comes about: only the lines there are. */
async function writeSum(sheet: PdfSheet, plan: PlanPdf, sum: Sum, label: string): Promise<void> {
  const { locale, presentation } = plan
  const taxes = presentation.content.taxes.filter(({ id }) => sum.taxes[id] !== undefined)
  await sheet.within('Sect', async () => {
    sheet.y += 4
    sheet.need(14 * (4 + taxes.length))
    const line = (text: string, cents: number) => writeAmountLine(sheet, plan, text, cents)
    if (sum.discount > 0) {
      await line(m.sum_fees({}, { locale }), sum.gross)
      await line(m.sum_discount({}, { locale }), -sum.discount)
    } else if (taxes.length > 0) await line(m.sum_fees({}, { locale }), sum.net)
    for (const tax of taxes)
      await line(`${isolated(tax.name[locale])} ${ratePercent(tax.ratePpm, locale)}`, sum.taxes[tax.id] ?? 0)
    await writeAmountLine(sheet, plan, label, sum.total, true)
  })
}

async function writeAlternatives(sheet: PdfSheet, plan: PlanPdf): Promise<void> {
  const { alternatives, locale, presentation } = plan
  if (alternatives.length === 0) return
  await sheet.within('Sect', async () => {
    sheet.y += 20
    sheet.need(90)
    sheet.tag('H2', () => sheet.text(m.pdf_alternatives({}, { locale }), { weight: 'bold', size: 15 }))
    for (const { letter, number, content } of alternatives) {
      const items = planItems(content).map(
        (item) =>
          `${isolated(item.name[locale])} (${plainSiteText(item.site, presentation.notation, locale)})`,
      )
      sheet.y += 8
      sheet.need(Math.min(200, 34 + sheet.heightOf(items.join('; '), { size: 9.5 })))
      await sheet.within('Sect', () => {
        const look = { weight: 'bold' as const, size: 11, y: sheet.y }
        const width = sheet.width - amountWidth - 12
        sheet.tag('H3', () => sheet.text(planName(letter, content.title, locale), { ...look, width }))
        const below = sheet.y
        const total = money(planTotals(content).plan.total, content.currency, locale)
        const right = { x: sheet.right - amountWidth, width: amountWidth, align: 'right' as const }
        sheet.tag('P', () => sheet.text(total, { ...look, ...right }))
        sheet.y = below
        // what became of it may change later, and this document does not
        const version = m.plan_version_number({ number }, { locale })
        sheet.tag('P', () => sheet.text(version, { size: 9.5, colour: soft }))
        sheet.tag('P', () => sheet.text(items.join('; '), { size: 9.5 }))
      })
    }
  })
}

async function writeSignature(sheet: PdfSheet, plan: PlanPdf): Promise<void> {
  const { presentation, locale } = plan
  const { signature, digest, practice, state } = presentation
  const digests = { size: 7.5, colour: soft }
  await sheet.within('Sect', () => {
    sheet.y += 22
    if (signature) {
      const drawn = signature.strokes.length > 0
      sheet.need((drawn ? 230 : 150) + sheet.heightOf(signature.consent))
      sheet.tag('H2', () =>
        sheet.text(m.signed_title({}, { locale }), { weight: 'bold', size: 15, colour: good }),
      )
      sheet.y += 4
      sheet.tag('P', () => sheet.text(signature.consent), { lang: `${signature.locale}-CA` })
      if (signature.acceptedCents !== null) {
        sheet.y += 4
        sheet.tag('P', () => sheet.text(choiceText(presentation, locale), { weight: 'bold' }))
      }
      sheet.y += 6
      if (drawn) {
        const top = sheet.y
        const [width, height] = [240, 80]
        sheet.tag(
          'Figure',
          () => {
            sheet.doc
              .save()
              .translate(sheet.left, top)
              .scale(width / 1000)
              .path(strokesPath(signature.strokes))
              .lineWidth(5)
              .lineCap('round')
              .lineJoin('round')
              .strokeColor('#14213d')
              .stroke()
              .restore()
          },
          { alt: m.sign_drawn({ name: signature.name }, { locale }) },
        )
        sheet.ornament(() => {
          const y = top + height
          sheet.doc
            .moveTo(sheet.left, y)
            .lineTo(sheet.left + width, y)
            .lineWidth(0.75)
            .strokeColor(soft)
            .stroke()
        })
        sheet.y = top + height + 6
      }
      sheet.tag('P', () => sheet.text(signature.name, { weight: 'bold' }))
      const when = instantIn(signature.signedAt, practice.timeZone, locale)
      const via =
        signature.via === 'tablet' ? m.pdf_via_tablet({}, { locale }) : m.pdf_via_link({}, { locale })
      sheet.tag('P', () => sheet.text(`${when} · ${via}`, { size: 9.5 }))
      sheet.y += 6
    } else if (state === 'presented') {
      const consent = presentation.consent?.[locale] ?? ''
      sheet.need(160 + sheet.heightOf(consent))
      sheet.tag('H2', () => sheet.text(m.sign_title({}, { locale }), { weight: 'bold', size: 15 }))
      sheet.y += 4
      if (consent !== '') sheet.tag('P', () => sheet.text(consent))
      sheet.y += 48
      const top = sheet.y
      const columns = [
        { label: m.sign_name({}, { locale }), x: 0, width: 190 },
        { label: m.sign_draw({}, { locale }), x: 206, width: 190 },
        { label: m.sign_day({}, { locale }), x: 412, width: 92 },
      ]
      for (const { label, x, width } of columns) {
        const from = sheet.left + x
        sheet.ornament(() => {
          sheet.doc
            .moveTo(from, top)
            .lineTo(from + width, top)
            .lineWidth(0.75)
            .strokeColor('#1a1d24')
            .stroke()
        })
        sheet.tag('P', () => sheet.text(label, { x: from, y: top + 4, width, size: 8.5, colour: soft }))
      }
      sheet.y += 10
    } else {
      sheet.need(60)
      sheet.tag('P', () => sheet.text(m.sign_over({}, { locale }), { colour: soft }))
      sheet.y += 6
    }
    sheet.tag('P', () => sheet.text(`${m.pdf_digest_plan({}, { locale })} ${digest}`, digests))
    if (signature)
      sheet.tag('P', () =>
        sheet.text(`${m.pdf_digest_signature({}, { locale })} ${signature.digest}`, digests),
      )
  })
}

/** How much of a plan was agreed to. */
function choiceText({ signature, content }: Presentation, locale: Locale): string {
  const count = planItems(content).length
  const accepted = count - (signature?.declinedItems.length ?? 0)
  const cents = signature?.acceptedCents ?? planTotals(content).plan.total
  return m.signed_part({ accepted, count, amount: money(cents, content.currency, locale) }, { locale })
}
