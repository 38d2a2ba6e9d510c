import type { AnnotationKind, Measured } from '@bitewing/db'
import type { Locale } from '#lib/locale.ts'
import { m } from '#paraglide/messages.js'
import type { CalibrationKind, CalibrationOf } from './calibration.ts'

const units = { mm: 'mm', mm2: 'mm²', deg: '°', px: 'px', px2: 'px²' } as const satisfies Record<
  Measured['unit'],
  string
>

/** `12.4 mm`, `37.2°`, `1 204 px²`: as many places as the figure bears. */
export function measuredText({ value, unit }: Measured, locale: Locale): string {
  const places = unit === 'px' || unit === 'px2' ? 0 : unit === 'deg' || value >= 10 ? 1 : 2
  const number = new Intl.NumberFormat(`${locale}-CA`, {
    minimumFractionDigits: places,
    maximumFractionDigits: places,
  }).format(value)
  return unit === 'deg' ? `${number}°` : `${number}\u00a0${units[unit]}`
}

const kinds = {
  length: m.view_tool_length,
  angle: m.view_tool_angle,
  cobb: m.view_tool_cobb,
  ellipse: m.view_tool_ellipse,
  freehand: m.view_tool_freehand,
  arrow: m.view_tool_arrow,
  text: m.view_tool_text,
  calibration: m.view_tool_calibration,
} as const satisfies Record<AnnotationKind, () => string>

export function annotationName(kind: AnnotationKind): string {
  return kinds[kind]()
}

const calibrations = {
  hand: m.view_calibration_hand,
  geometry: m.view_calibration_geometry,
  fiducial: m.view_calibration_fiducial,
  unknown: m.view_calibration_unknown,
  plane: m.view_calibration_plane,
  magnification: m.view_calibration_magnification,
  detector: m.view_calibration_detector,
  none: m.view_calibration_none,
} as const satisfies Record<CalibrationKind, () => string>

/** Where millimetres come from, in two or three words: beside each figure. */
export function calibrationText(kind: CalibrationKind): string {
  return calibrations[kind]()
}

/** The same as a sentence. */
export function calibrationHelp({ kind, magnification }: CalibrationOf, locale: Locale): string {
  if (kind === 'magnification') {
    const factor = new Intl.NumberFormat(`${locale}-CA`, { maximumFractionDigits: 3 }).format(
      magnification ?? 1,
    )
    return m.view_calibration_help_magnification({ factor })
  }
  const help = {
    hand: m.view_calibration_help_hand,
    geometry: m.view_calibration_help_geometry,
    fiducial: m.view_calibration_help_fiducial,
    unknown: m.view_calibration_help_unknown,
    plane: m.view_calibration_help_plane,
    detector: m.view_calibration_help_detector,
    none: m.view_calibration_help_none,
  } as const satisfies Record<Exclude<CalibrationKind, 'magnification'>, () => string>
  return help[kind]()
}
