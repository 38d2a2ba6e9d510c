import { code } from './dicom/codes.ts'
import { fromTooth } from './phantom/dentition.ts'
import type { Phantom } from './phantom/phantom.ts'
import { projectToBitewing } from './render/bitewing.ts'
import type { ReportedFinding } from './software-report.ts'

/** Which bitewing of the demo has a report of software. It says of itself what it is. */
export const softwareReported = {
  key: 'gagne',
  side: 'right',
  part: 'molars',
  software: {
    name: 'Demonstration, not a diagnosis',
    version: '1',
    maker: 'Computed from a phantom',
  },
} as const

const own = (value: string, meaning: string) => code(value, meaning, '99DEMO')
const remark = 'Demonstration: computed from a phantom, not a diagnosis.'

/** What is known of the phantom's fillings, and one thing that is not there, for a dentist to reject. */
export function demoFindings(phantom: Phantom): ReportedFinding[] {
  const { side, part } = softwareReported
  /** of a box in the tooth's own measures: from mesial to distal in half widths, and up the crown in crown heights */
  const box = (fdi: string, mesial: number, distal: number, low: number, high: number) => {
    const tooth = phantom.teeth.find((each) => each.fdi === fdi)
    if (!tooth) throw new Error(`The phantom has no tooth ${fdi}.`)
    const { mesiodistal, crown } = tooth.form.size
    const corners = [
      [mesial, low],
      [mesial, high],
      [distal, high],
      [distal, low],
      [mesial, low],
    ] as const
    return {
      type: 'POLYLINE' as const,
      points: corners.flatMap(([x, z]) => {
        const place = fromTooth(tooth, (x * mesiodistal) / 2, 0, z * crown)
        const { column, row } = projectToBitewing(phantom, side, place, part)
        return [Math.round(column * 10) / 10, Math.round(row * 10) / 10]
      }),
    }
  }
  return [
    {
      finding: own('filling', 'Filling'),
      tooth: '16',
      surface: 'mesio-occlusal',
      confidence: 0.97,
      outline: box('16', 1.05, -0.35, 0.35, 1.05),
      remark,
    },
    {
      finding: own('crown', 'Crown'),
      tooth: '46',
      confidence: 0.98,
      outline: box('46', 1.1, -1.1, -0.05, 1.1),
      remark,
    },
    {
      finding: code('80967001', 'Dental caries'),
      tooth: '17',
      surface: 'mesial',
      confidence: 0.41,
      outline: box('17', 1.1, 0.6, 0.3, 0.75),
      remark,
    },
  ]
}
