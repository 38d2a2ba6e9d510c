import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { code } from './dicom/codes.ts'
import { softwareReportFile } from './software-report.ts'

const run = promisify(execFile)

test('a report of software is a Comprehensive SR to an independent reader, and says that a device observed', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'bitewing-report-'))
  try {
    const path = join(folder, 'report.dcm')
    const file = softwareReportFile(
      {
        patientName: 'Roy^Lea',
        patientId: 'R-1',
        patientBirthDate: '19850307',
        patientSex: 'F',
        date: '20261120',
      },
      {
        image: {
          sopClassUid: '1.2.840.10008.5.1.4.1.1.1.3',
          sopInstanceUid: '2.25.1',
          seriesInstanceUid: '2.25.2',
          studyInstanceUid: '2.25.3',
        },
        software: { name: 'Finder', version: '2.1', maker: 'Nobody' },
        findings: [
          {
            finding: code('80967001', 'Dental caries'),
            tooth: '16',
            surface: 'mesial',
            confidence: 0.87,
            outline: { type: 'POLYLINE', points: [1, 1, 9, 1, 9, 9, 1, 1] },
          },
        ],
      },
    )
    await writeFile(path, file)
    // fails where the content breaks the rules of its class (PS3.3 §A.35.3.3.1.2)
    const { stdout } = await run('dsrdump', ['+Pc', path])
    expect(stdout).toContain('Comprehensive SR Document')
    expect(stdout).toContain('<has obs context CODE:(121005,DCM,"Observer Type")=(121007,DCM,"Device")>')
    expect(stdout).toContain('<has concept mod TEXT:(111003,DCM,"Algorithm Version")="2.1">')
    expect(stdout).toMatch(/SCOORD:\(111030,DCM,"Image Region"\)=\(POLYLINE,1\/1,/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
