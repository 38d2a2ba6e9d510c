/** What is known of files whose stored view cannot be taken at its word, and is shown otherwise here. */
export type ViewQuirk = {
  /** (0008,0060) of the images it is for */
  modalities: ReadonlySet<string>
  /** (0008,0070), where only one maker's files are meant; null for whoever's */
  manufacturer: RegExp | null
  /** The share, of pixels or of the grey scale, from which on it applies. */
  threshold: number
  /** what such files do */
  seen: string
  /** what is shown instead */
  done: string
}

const radiographs: ReadonlySet<string> = new Set(['IO', 'PX', 'DX', 'CR', 'RG'])

/** Data, so that a maker's habit is one more line; the ids are told with a picture, for a badge. */
export const viewQuirks = {
  'window-burns-out': {
    modalities: radiographs,
    manufacturer: null,
    threshold: 0.9,
    seen: 'a window for 8 bits in an image of 12 or 16, the real one in private elements: more of the picture than the threshold would be white',
    done: 'the window is not believed; one is found from the values',
  },
  'washed-out': {
    modalities: radiographs,
    manufacturer: null,
    threshold: 0.6,
    seen: 'no window or VOI LUT, and most of the anatomy near the bright end (panoramics): its middle would be brighter than the threshold',
    done: 'the window that is found is widened until the middle is at the threshold',
  },
} as const satisfies Record<string, ViewQuirk>
export type ViewQuirkId = keyof typeof viewQuirks

/** Whether a quirk is looked for in an image at all. */
export function mayHave(
  quirk: ViewQuirk,
  { modality, manufacturer }: { modality: string | null; manufacturer: string | null },
): boolean {
  return (
    quirk.modalities.has(modality ?? '') &&
    (quirk.manufacturer === null || quirk.manufacturer.test(manufacturer ?? ''))
  )
}
