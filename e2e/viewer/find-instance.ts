/** The three UIDs by which DICOMweb addresses an instance. */
export type InstanceIdentifiers = { study: string; series: string; instance: string }

type DicomJson = Record<string, { Value?: unknown[] } | undefined>

/**
 * The first instance of a modality that a practice holds, or that a study has, by QIDO-RS.
 *
 * @param url address of the system, without a slash at the end
 * @param token API token with read scope
 * @throws {Error} when there is none
 */
export async function findInstance(
  url: string,
  token: string,
  modality: string,
  ofStudy?: string,
): Promise<InstanceIdentifiers> {
  const within = ofStudy === undefined ? '' : `&StudyInstanceUID=${ofStudy}`
  const [series] = await search(`${url}/dicom-web/series?Modality=${modality}${within}&limit=1`, token)
  const study = uid(series, '0020000D')
  const seriesUid = uid(series, '0020000E')
  const [instance] = await search(
    `${url}/dicom-web/studies/${study}/series/${seriesUid}/instances?limit=1`,
    token,
  )
  return { study, series: seriesUid, instance: uid(instance, '00080018') }
}

/** An instance as it is stored, by WADO-RS. */
export async function retrieveInstance(
  url: string,
  token: string,
  { study, series, instance }: InstanceIdentifiers,
): Promise<Buffer> {
  const address = `${url}/dicom-web/studies/${study}/series/${series}/instances/${instance}`
  const response = await fetch(address, {
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/dicom; transfer-syntax=*' },
  })
  if (!response.ok) throw new Error(`retrieving an instance answered ${response.status}`)
  return Buffer.from(await response.arrayBuffer())
}

async function search(address: string, token: string): Promise<DicomJson[]> {
  const response = await fetch(address, {
    headers: { Authorization: `Bearer ${token}`, Accept: 'application/dicom+json' },
  })
  if (!response.ok) throw new Error(`the search answered ${response.status}`)
  return (await response.json()) as DicomJson[] // PS3.18 Annex F
}

function uid(answer: DicomJson | undefined, tag: string): string {
  const value = answer?.[tag]?.Value?.[0]
  if (typeof value !== 'string') throw new Error(`the search found nothing with ${tag}`)
  return value
}
