import type { SiteKind, Tax } from './plan-content.ts'
import { procedureCategories, type Procedure, type ProcedureCategory } from './procedure.ts'
import { readCents } from './read-cents.ts'
import { readCsv } from './read-csv.ts'
import { readMilestones } from './read-milestones.ts'

export const catalogueColumns = [
  'code',
  'name_en',
  'name_fr',
  'category',
  'site',
  'per',
  'fee',
  'taxes',
  'milestones_en',
  'milestones_fr',
] as const
export type CatalogueColumn = (typeof catalogueColumns)[number]

export type CatalogueProblem = {
  /** 1 is the first line of the file */
  line: number
  column: CatalogueColumn
  problem:
    | 'column-missing'
    | 'missing'
    | 'too-long'
    | 'unknown'
    | 'not-an-amount'
    | 'twice'
    | 'too-many-lines'
    | 'not-milestones'
  /** what stands there */
  value: string
}

const linesMax = 2000
const codeCharactersMax = 20
const nameCharactersMax = 120

/** What a column is called in either language; what is not said is this. */
const headings: Readonly<Record<string, CatalogueColumn>> = {
  code: 'code',
  name_en: 'name_en',
  english: 'name_en',
  anglais: 'name_en',
  nom_en: 'name_en',
  name_fr: 'name_fr',
  french: 'name_fr',
  français: 'name_fr',
  francais: 'name_fr',
  nom_fr: 'name_fr',
  category: 'category',
  catégorie: 'category',
  categorie: 'category',
  site: 'site',
  per: 'per',
  par: 'per',
  fee: 'fee',
  tarif: 'fee',
  honoraires: 'fee',
  prix: 'fee',
  price: 'fee',
  taxes: 'taxes',
  tax: 'taxes',
  milestones: 'milestones_en',
  milestones_en: 'milestones_en',
  milestones_fr: 'milestones_fr',
  jalons: 'milestones_fr',
  jalons_fr: 'milestones_fr',
  jalons_en: 'milestones_en',
}
const sites: Readonly<Record<string, SiteKind>> = {
  mouth: 'mouth',
  bouche: 'mouth',
  arch: 'arch',
  arcade: 'arch',
  quadrant: 'quadrant',
  tooth: 'teeth',
  teeth: 'teeth',
  dent: 'teeth',
  dents: 'teeth',
  surface: 'surfaces',
  surfaces: 'surfaces',
  face: 'surfaces',
  faces: 'surfaces',
}
const units: Readonly<Record<string, Procedure['per']>> = {
  item: 'item',
  acte: 'item',
  '': 'item',
  tooth: 'tooth',
  dent: 'tooth',
}

/**
 * Reads a practice's catalogue from a table: a heading line, then one procedure a line. A name in one language
 * stands for both. Nothing is guessed: a line with a problem is told, and not taken.
 *
 * @param taxes    of the practice, which the column `taxes` names: `GST + QST`, `TPS/TVQ`
 * @param currency of the practice's fees, ISO 4217
 */
export function readCatalogue(
  text: string,
  { taxes, currency }: { taxes: readonly Tax[]; currency: string },
): { procedures: { line: number; procedure: Procedure }[]; problems: CatalogueProblem[] } {
  const [head, ...lines] = readCsv(text)
  const columns = (head?.cells ?? []).map((cell) => headings[cell.toLowerCase().replace(/\s+/g, '_')])
  const problems: CatalogueProblem[] = []
  for (const column of ['code', 'fee'] as const) {
    if (!columns.includes(column)) problems.push({ line: 1, column, problem: 'column-missing', value: '' })
  }
  if (!columns.includes('name_en') && !columns.includes('name_fr'))
    problems.push({ line: 1, column: 'name_en', problem: 'column-missing', value: '' })
  if (problems.length > 0) return { procedures: [], problems }
  if (lines.length > linesMax)
    return {
      procedures: [],
      problems: [
        { line: linesMax + 2, column: 'code', problem: 'too-many-lines', value: String(lines.length) },
      ],
    }

  const taxIds = new Map(
    taxes.flatMap(({ id, name }) => [id, name.en, name.fr].map((word) => [word.toLowerCase(), id] as const)),
  )
  const hasMilestones = columns.includes('milestones_en') || columns.includes('milestones_fr')
  const codes = new Set<string>()
  const procedures: { line: number; procedure: Procedure }[] = []
  for (const { line, cells } of lines) {
    const bad: CatalogueProblem[] = []
    const cell = (column: CatalogueColumn) => cells[columns.indexOf(column)] ?? ''
    const note = (column: CatalogueColumn, problem: CatalogueProblem['problem']) =>
      bad.push({ line, column, problem, value: cell(column).slice(0, 80) })

    const code = cell('code')
    if (code === '') note('code', 'missing')
    else if (code.length > codeCharactersMax) note('code', 'too-long')
    else if (codes.has(code.toLowerCase())) note('code', 'twice')
    codes.add(code.toLowerCase())

    const [en, fr] = [cell('name_en') || cell('name_fr'), cell('name_fr') || cell('name_en')]
    if (en === '') note('name_en', 'missing')
    if (cell('name_en').length > nameCharactersMax) note('name_en', 'too-long')
    if (cell('name_fr').length > nameCharactersMax) note('name_fr', 'too-long')

    const feeCents = readCents(cell('fee'), currency)
    if (cell('fee') === '') note('fee', 'missing')
    else if (feeCents === null) note('fee', 'not-an-amount')

    const site = cell('site') === '' ? 'mouth' : sites[cell('site').toLowerCase()]
    if (site === undefined) note('site', 'unknown')
    const per = units[cell('per').toLowerCase()]
    if (per === undefined) note('per', 'unknown')
    const category = cell('category') === '' ? 'other' : readCategory(cell('category'))
    if (category === null) note('category', 'unknown')

    const words = cell('taxes')
      .split(/[+/,;\s]+/)
      .filter((word) => word !== '')
    const ids = words.map((word) => taxIds.get(word.toLowerCase()))
    if (ids.includes(undefined)) note('taxes', 'unknown')

    const milestones = readMilestones(
      cell('milestones_en') || cell('milestones_fr'),
      cell('milestones_fr') || cell('milestones_en'),
    )
    if (milestones === null)
      note(cell('milestones_en') === '' ? 'milestones_fr' : 'milestones_en', 'not-milestones')

    problems.push(...bad)
    if (bad.length > 0 || feeCents === null || site === undefined || per === undefined) continue
    if (category === null || milestones === null) continue
    const taxed = [...new Set(ids.filter((id) => id !== undefined))]
    procedures.push({
      line,
      procedure: {
        code,
        name: { en, fr },
        category,
        site,
        per,
        feeCents,
        taxIds: taxed,
        // a table that says nothing of them leaves them alone
        ...(hasMilestones ? { milestones } : {}),
      },
    })
  }
  return { procedures, problems }
}

const frenchCategories: Readonly<Record<string, ProcedureCategory>> = {
  examen: 'examination',
  imagerie: 'imaging',
  prévention: 'prevention',
  restauration: 'restoration',
  endodontie: 'endodontics',
  parodontie: 'periodontics',
  prothèse: 'prosthetics',
  prothèses: 'prosthetics',
  chirurgie: 'surgery',
  implantologie: 'implants',
  orthodontie: 'orthodontics',
  autre: 'other',
}

function readCategory(word: string): ProcedureCategory | null {
  const wanted = word.toLowerCase()
  return procedureCategories.find((category) => category === wanted) ?? frenchCategories[wanted] ?? null
}
