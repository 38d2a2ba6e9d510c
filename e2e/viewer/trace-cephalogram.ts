import type { Page } from '@playwright/test'

/**
 * Traces the one cephalogram of a patient at four landmarks, and stores the tracing with its study, as the page does. Whose
 * page it is may annotate.
 *
 * @param patientNumber that finds one patient
 */
export async function traceCephalogram(page: Page, url: string, patientNumber: string): Promise<void> {
  const ask = async (path: string, init: Parameters<Page['request']['fetch']>[1] = {}) => {
    const answer = await page.request.fetch(url + path, {
      headers: { Origin: url, Accept: 'text/html' },
      maxRedirects: 0,
      ...init,
    })
    if (answer.status() >= 400)
      throw new Error(`${path.replace(/[0-9a-f-]{36}/g, '…')} answered ${answer.status()}`)
    return answer
  }
  const text = async (path: string) => (await ask(path)).text()
  const found = (from: string, pattern: RegExp) => {
    const [, value] = pattern.exec(from) ?? []
    if (value === undefined) throw new Error(`There is no ${pattern.source}`)
    return value
  }
  const patient = found(await text(`/?q=${patientNumber}`), /href="(\/patients\/[0-9a-f-]{36})"/)
  const instance = found(await text(`${patient}/ceph`), /name="instance" value="([0-9a-f-]{36})"/)
  const made = await ask(`${patient}/ceph?/create`, { method: 'POST', form: { instance, frame: '1' } })
  const tracing = found(made.headers()['location'] ?? '', /\/ceph\/([0-9a-f-]{36})$/)
  for (const [landmark, at] of [
    ['S', [294, 933]],
    ['N', [908, 754]],
    ['A', [980, 1240]],
    ['B', [930, 1560]],
  ] as const)
    await ask(`${patient}/ceph/${tracing}/points`, {
      method: 'PUT',
      data: { landmark, basedOn: 0, state: 'placed', at },
    })
  const figures = [
    { id: 'SNA', name: 'SNA', unit: 'deg', value: 81.2, from: ['S', 'N', 'A'] },
    { id: 'SNB', name: 'SNB', unit: 'deg', value: 78.4, from: ['S', 'N', 'B'] },
  ]
  await ask(`/api/tracings/${tracing}/dicom`, { method: 'POST', data: { figures } })
}
