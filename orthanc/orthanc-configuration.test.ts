import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  corpusPath,
  dcmtk,
  startOrthanc,
  storescu,
  temporaryFolder,
  type TestOrthanc,
} from '@bitewing/testbed'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createOrthancArchive } from '../gateway/src/archive/orthanc-archive.ts'
import { orthancConfiguration } from './orthanc-configuration.ts'
import { orthancModality } from './orthanc-modality.ts'
import { testDicomFile } from './test-dicom-file.ts'

const image = corpusPath('pixel-format/dx_image.dcm')

test('the file for production is what the function gives', async () => {
  const file = JSON.parse(await readFile(join(import.meta.dirname, 'orthanc.json'), 'utf8')) as unknown
  expect(file).toEqual(
    orthancConfiguration({
      storageDirectory: '${ORTHANC_STORAGE:-/var/lib/orthanc/db}',
      temporaryDirectory: '${ORTHANC_TEMPORARY:-/tmp}',
      httpPort: 8042,
      dicomPort: 4242,
      user: '${ORTHANC_USER}',
      password: '${ORTHANC_PASSWORD}',
      remoteAccess: true,
      hook: {
        pythonPlugin: '${ORTHANC_PYTHON_PLUGIN:-/usr/share/orthanc/plugins/libOrthancPython.so}',
        scriptsDirectory: '${ORTHANC_SCRIPTS:-/etc/bitewing/orthanc}',
        spoolDirectory: '${ORTHANC_SPOOL:-/var/spool/bitewing}',
      },
    }),
  )
})

describe('over DIMSE', () => {
  let orthanc: TestOrthanc
  beforeAll(async () => {
    orthanc = await startOrthanc({ plugin: true })
    await storescu({ dicomPort: orthanc.dicomPort, calledAeTitle: 'CLINIC', files: [image] })
    // A device that the practice registered is trusted with no more than a stranger.
    const device = { aeTitle: 'KNOWN', host: '127.0.0.1', port: 1, localAeTitle: 'CLINIC' }
    const response = await fetch(`${orthanc.url}/modalities/clinic_pano`, {
      method: 'PUT',
      headers: { authorization: orthanc.authorization },
      body: JSON.stringify(orthancModality(device)),
    })
    expect(response.status).toBe(200)
  })
  afterAll(() => orthanc.stop())

  const callers = ['STRANGER', 'KNOWN', 'BITEWING']
  const ask = async (program: string, caller: string, args: string[]) => {
    const where = ['127.0.0.1', String(orthanc.dicomPort)]
    const { code, stdout, stderr } = await dcmtk(program, [
      '-v',
      '-aet',
      caller,
      '-aec',
      'CLINIC',
      ...args,
      ...where,
    ])
    return { code, said: stdout + stderr }
  }

  test.each(callers)('%s may echo', async (caller) => {
    expect(await ask('echoscu', caller, [])).toMatchObject({ code: 0 })
  })

  test.each(
    callers.flatMap((caller) => [
      [caller, 'find studies', 'findscu', ['-S', '-k', '0008,0052=STUDY', '-k', '0020,000D']],
      [caller, 'find patients', 'findscu', ['-P', '-k', '0008,0052=PATIENT', '-k', '0010,0010']],
      [caller, 'find the worklist', 'findscu', ['-W', '-k', '0010,0010']],
      [caller, 'get', 'getscu', ['-S', '-k', '0008,0052=STUDY', '-k', '0020,000D=1.2', '-od', tmpdir()]],
      [caller, 'move', 'movescu', ['-S', '-aem', caller, '-k', '0008,0052=STUDY', '-k', '0020,000D=1.2']],
    ]),
  )('%s may not %s', async (caller, _what, program, args) => {
    const { said } = await ask(program, caller, args)
    expect(said).toMatch(/Peer aborted Association|No Acceptable Presentation Contexts/)
    expect(said).not.toMatch(/\(Pending\)|\(Success\)/)
  })

  test('compressed images and unknown SOP classes are taken, and kept as they were sent', async () => {
    const folder = await temporaryFolder('senders')
    const ofPrivateClass = join(folder.path, 'private.dcm')
    await writeFile(ofPrivateClass, testDicomFile({ sopInstanceUid: '2.25.5', sopClassUid: '2.25.999' }))
    const files = {
      [corpusPath('transfer-syntax/deflated/image_dfl')]: '1.2.840.10008.1.2.1.99',
      [corpusPath('transfer-syntax/jpeg-baseline/SC_rgb_small_odd_jpeg.dcm')]: '1.2.840.10008.1.2.4.50',
      [corpusPath('transfer-syntax/jpeg-lossless-sv1/JPGLosslessP14SV1_1s_1f_8b.dcm')]:
        '1.2.840.10008.1.2.4.70',
      [corpusPath('transfer-syntax/jpeg-ls-lossless/MR_small_jpeg_ls_lossless.dcm')]:
        '1.2.840.10008.1.2.4.80',
      [ofPrivateClass]: '1.2.840.10008.1.2.1',
    }
    const archive = createOrthancArchive({ url: orthanc.urlWithCredentials })
    for (const [file, transferSyntaxUid] of Object.entries(files)) {
      const before = await archive.lastChange()
      const { stdout, stderr } = await dcmtk('dcmsend', [
        ...['-v', '--decompress-never', '-aec', 'CLINIC'],
        ...['127.0.0.1', String(orthanc.dicomPort), file],
      ])
      expect(stdout + stderr).toContain('with status SUCCESS  : 1')
      const { changes } = await archive.changes(before, 10)
      const arrival = changes.find(({ kind }) => kind === 'NewInstance')
      expect(await archive.instanceOrigin(arrival?.orthancId ?? '')).toMatchObject({ transferSyntaxUid })
    }
    await archive.close()
    await folder.remove()
  })
})
