// Writes dictionary-data.ts from the data dictionary that dcmjs carries (PS3.6, and the file and directory
// elements of PS3.10). Run by hand when dcmjs is updated: node gateway/src/dicom/generate-dictionary.ts
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { createRequire } from 'node:module'
import { z } from 'zod'

const Dictionary = z.record(
  z.string(),
  z.object({ tag: z.string(), vr: z.string(), name: z.string(), version: z.string() }).partial(),
)

// Private elements and the generic "any group" entries are no part of PS3.6; `na` is the item delimiters.
const notStandard = new Set(['PrivateTag', 'PRIVATE', 'ILLEGAL', 'GENERIC'])

// Where dcmjs 0.52.2 departs from PS3.6.
const corrections = new Map([
  ['00221642', 'UL NumberOfBscansPerFrame'],
  ['0040A803', 'UL NumberOfTableColumns'],
  ['00660040', 'OL LongPrimitivePointIndexList'],
  ['00660041', 'OL LongTrianglePointIndexList'],
  ['00660042', 'OL LongEdgePointIndexList'],
  ['00660043', 'OL LongVertexPointIndexList'],
  ['006862F0', 'SQ ViewOrientationModifierCodeSequence'],
  ['00701305', 'FD Plane'],
  ['00701306', 'FD PlaneNormal'],
  ['0070150C', 'UL NumberOfVolumetricCurvePoints'],
  ['00760034', 'SQ ComponentTypeCodeSequence'],
  ['300A0131', 'FL AverageBeamDosePointSourceToExternalContourDistance'],
  ['40101029', 'LO ThreatDetectionAlgorithmAndVersion'],
])

const path = createRequire(import.meta.url).resolve('dcmjs/dictionary')
const module = z.object({ dictionary: Dictionary }).parse(await import(pathToFileURL(path).href))

const lines: string[] = []
for (const { tag, vr, name, version } of Object.values(module.dictionary)) {
  if (!tag || !vr || !name || !version || notStandard.has(version) || vr === 'na') continue
  const parts = /^\(([0-9A-F]{4})(?:-[0-9A-F]{4})?,([0-9A-F]{4})(?:-[0-9A-F]{4})?\)$/.exec(tag)
  if (!parts) continue
  // Repeating groups (50xx, 60xx) and elements (0020,31xx) are listed by their first tag.
  const first = `${parts[1]}${parts[2]}`
  lines.push(`${first} ${corrections.get(first) ?? `${vr} ${name.replace(/^RETIRED_/, '')}`}`)
}
lines.sort()

await writeFile(
  join(import.meta.dirname, 'dictionary-data.ts'),
  `// Written by generate-dictionary.ts: do not edit. One line per element of PS3.6: tag, VR, keyword.
// VRs in lower case are those that depend on the data set: ox OB or OW, xs US or SS, lt US or OW, up UL.
export const dictionaryData = \`${lines.join('\n')}\`
`,
)
