import { expect, type Page } from '@playwright/test'
import { actAs, ready, test } from '../system.ts'
import { dicomFile, store } from './dicom-file.ts'

test.use({ serviceWorkers: 'allow' })

/** What the service worker keeps, as paths. This project's types know no browser. */
const kept = (page: Page) =>
  page.evaluate<string[]>(`(async () => {
    const paths = []
    for (const name of await caches.keys())
      for (const { url } of await (await caches.open(name)).keys()) paths.push(new URL(url).pathname)
    return paths
  })()`)

test('without a connection the app says so, keeps what is typed, keeps nothing of patients, and goes on by itself', async ({
  page,
  system,
}) => {
  const context = page.context()
  await store(system.url, system.demo.token, [
    dicomFile({ patientName: 'Horsligne^Zoé', patientId: 'OFF-1' }),
  ])
  await actAs(page, system, 'dentist')
  await page.goto('/?q=horsligne')
  await ready(page)
  await page.evaluate('navigator.serviceWorker.ready')
  await page.reload() // now it is the worker that brings the scripts
  await ready(page)
  await page.getByRole('link', { name: /Horsligne, Zoé/ }).click()
  await expect(page.getByRole('article').getByRole('img').first()).toBeVisible()

  await test.step('an open page says it, and a form holds what is typed until it can be sent', async () => {
    await page.getByRole('button', { name: 'Ajouter une note' }).click()
    const note = page.getByRole('textbox', { name: 'Note' })
    await note.fill('À rappeler jeudi')
    await context.setOffline(true)
    await expect(page.getByRole('alert').filter({ hasText: 'Pas de connexion.' })).toBeVisible()
    await page.getByRole('button', { name: 'Enregistrer la note' }).click()
    await expect(page.getByRole('alert').filter({ hasText: 'Il faut la connexion pour cela' })).toBeVisible()
    await page.getByRole('link', { name: 'Rendez-vous', exact: true }).first().click()
    await expect(note).toHaveValue('À rappeler jeudi')
    await context.setOffline(false)
    await expect(page.getByText('La connexion est revenue.')).toBeVisible()
    await page.getByRole('button', { name: 'Enregistrer la note' }).click()
    await expect(page.getByText('À rappeler jeudi')).toBeVisible()
    await expect(note).toBeHidden()
  })

  await test.step('a page that is opened says so too, and comes when the connection is back', async () => {
    await context.setOffline(true)
    await page.reload()
    await expect(page.getByRole('heading', { name: 'Pas de connexion' })).toBeVisible()
    await expect(page.getByRole('heading', { name: 'No connection' })).toBeHidden()
    expect(await page.content()).not.toContain('Horsligne')
    await context.setOffline(false)
    await expect(page.getByRole('heading', { level: 1, name: 'Horsligne, Zoé' })).toBeVisible()
  })

  await test.step('kept are scripts, styles, the typeface and that page alone', async () => {
    const paths = await kept(page)
    expect(paths).toContain('/offline.html')
    expect(paths.filter((path) => path.startsWith('/_app/immutable/')).length).toBeGreaterThan(5)
    const allowed = /^\/(_app\/immutable\/.+\.(js|css|woff2|wasm)|offline\.(html|css|js)|bitewing\.svg)$/
    expect(paths.filter((path) => !allowed.test(path))).toEqual([])
  })
})

test('the app can be installed: its manifest and icons are there for everybody', async ({ page }) => {
  const answer = await page.request.get('/manifest.webmanifest')
  expect(answer.headers()['content-type']).toContain('application/manifest+json')
  const manifest = (await answer.json()) as { display: string; icons: { src: string; purpose?: string }[] }
  expect(manifest.display).toBe('standalone')
  expect(manifest.icons.some(({ purpose }) => purpose === 'maskable')).toBe(true)
  for (const { src } of manifest.icons)
    expect((await page.request.get(src)).headers()['content-type']).toBe('image/png')
})
