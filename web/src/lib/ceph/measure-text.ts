import { m } from '#paraglide/messages.js'
import type { Locale } from '#lib/locale.ts'
import { calibrationText } from '#lib/viewer/measured-text.ts'
import type { CephCalibration } from '@bitewing/db'
import type { Analysis, Measure, MeasureId } from './measures.ts'
import type { Norms } from './norms.ts'

const names: Readonly<Record<MeasureId, string | (() => string)>> = {
  SNA: 'SNA',
  SNB: 'SNB',
  ANB: 'ANB',
  'SN-MP': 'SN–MP',
  MM: 'MM',
  'bjork-sum': m.ceph_m_sum,
  'U1-L1': m.ceph_m_u1_l1,
  'U1-SN': 'U1–SN',
  'L1-MP': 'L1–MP',
  'facial-angle': m.ceph_m_facial_angle,
  convexity: m.ceph_m_convexity,
  'A-B-plane': m.ceph_m_ab_plane,
  'Y-axis': m.ceph_m_y_axis,
  FMIA: 'FMIA',
  FMA: 'FMA',
  IMPA: 'IMPA',
  'facial-depth': m.ceph_m_facial_depth,
  'convexity-A': m.ceph_m_convexity_a,
  'lower-face-height': m.ceph_m_lower_face,
  'L1-APog-mm': m.ceph_m_l1_apog,
  'L1-APog-angle': m.ceph_m_l1_apog,
  'LL-E-line': m.ceph_m_lip,
}

export function measureName({ id }: Pick<Measure, 'id'>): string {
  const name = names[id]
  return typeof name === 'string' ? name : name()
}

const analysisNames = {
  common: m.ceph_analysis_common,
  bjork: m.ceph_analysis_bjork,
  dental: m.ceph_analysis_dental,
  downs: m.ceph_analysis_downs,
  tweed: m.ceph_analysis_tweed,
  ricketts: m.ceph_analysis_ricketts,
} as const satisfies Record<Analysis, () => string>

export function analysisName(analysis: Analysis): string {
  return analysisNames[analysis]()
}

/** `82.4°`, `−1.2 mm`: to a tenth, which is finer than anybody traces. */
export function valueText(value: number, unit: Measure['unit'], locale: Locale): string {
  return `${signed(value, locale)}${unit === 'deg' ? '°' : '\u00a0mm'}`
}

/** `+1.3`, `−0.4`. */
export function differenceText(value: number, locale: Locale): string {
  return value > 0.05 ? `+${signed(value, locale)}` : signed(value, locale)
}

/** `82 (80–84)`, with signs apart where there are any, and a star where it is the practice's own. */
export function normText({ mean, min, max, isOwn }: Norms[MeasureId], locale: Locale): string {
  const number = (value: number) =>
    new Intl.NumberFormat(`${locale}-CA`, { maximumFractionDigits: 1 }).format(value).replace('-', '−')
  return `${number(mean)} (${number(min)}${min < 0 || max < 0 ? ' … ' : '–'}${number(max)})${isOwn ? '*' : ''}`
}

/** What a pixel is worth, and how that is known. */
export function scaleText({ kind, columnMm }: CephCalibration, locale: Locale): string {
  if (columnMm === null) return calibrationText('none')
  const mm = new Intl.NumberFormat(`${locale}-CA`, { maximumSignificantDigits: 4 }).format(columnMm)
  return m.ceph_scale_mm({ mm, kind: calibrationText(kind) })
}

function signed(value: number, locale: Locale): string {
  const rounded = Math.round(value * 10) / 10
  return new Intl.NumberFormat(`${locale}-CA`, { minimumFractionDigits: 1, maximumFractionDigits: 1 })
    .format(rounded === 0 ? 0 : rounded)
    .replace('-', '−')
}
