import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, type Page } from '@playwright/test'
import { zipSync } from 'fflate'
import { neverRest, ready, test } from '../system.ts'
import { dicomFile, newUid, store } from './dicom-file.ts'

const file = (name: string, buffer: Buffer) => ({ name, mimeType: 'application/octet-stream', buffer })
const tray = (page: Page) => page.getByTestId('uploads')

async function choose(page: Page, files: { name: string; mimeType: string; buffer: Buffer }[]) {
  await page.goto('/')
  await ready(page)
  await page.keyboard.press('u')
  await page.getByTestId('choose-files').setInputFiles(files)
}

test('files are stored, and each refused one says why', async ({ staffPage }) => {
  const sopInstanceUid = newUid()
  const patient = { patientName: 'Nadeau^Éloi', patientId: 'U-1' }
  const good = dicomFile({ ...patient, sopInstanceUid })
  const cut = dicomFile({ ...patient, number: 3 })
  await choose(staffPage, [
    file('bonne.dcm', good.buffer),
    file('lettre.pdf', Buffer.from('%PDF-1.7 not an image')),
    file('coupée.dcm', cut.buffer.subarray(0, 400)),
  ])
  await expect(tray(staffPage).getByRole('heading')).toHaveText('1 enregistré, 2 refusés')
  const row = (name: string) => tray(staffPage).getByRole('listitem').filter({ hasText: name })
  await expect(row('lettre.pdf')).toContainText('Ce n’est pas un fichier DICOM.')
  await expect(row('coupée.dcm')).toContainText(/tronqué|identifiant manque/)
  await expect(tray(staffPage).getByRole('link', { name: 'Nadeau, Éloi' })).toBeVisible()

  // the same UID with another picture: the first stays
  const other = dicomFile({ ...patient, sopInstanceUid, studyInstanceUid: good.studyInstanceUid, shade: 30 })
  await choose(staffPage, [file('autre.dcm', other.buffer)])
  await expect(row('autre.dcm')).toContainText('La première reste.')
})

test('a zip is unpacked in the browser, and what is beside the images is passed over quietly', async ({
  staffPage,
}) => {
  const patient = { patientName: 'Ouellet^Maé', patientId: 'U-2' }
  const [studyInstanceUid, seriesInstanceUid] = [newUid(), newUid()]
  const images = Array.from({ length: 7 }, (_, index) =>
    dicomFile({ ...patient, studyInstanceUid, seriesInstanceUid, number: index + 1 }),
  )
  const archive = zipSync({
    'CD/DICOMDIR': new Uint8Array(500),
    'CD/LISEZMOI.TXT': new TextEncoder().encode('bonjour'),
    ...Object.fromEntries(images.map(({ name, buffer }) => [`CD/IMAGES/${name}`, Uint8Array.from(buffer)])),
  })
  await choose(staffPage, [file('export.zip', Buffer.from(archive))])
  await expect(tray(staffPage).getByRole('heading')).toHaveText('7 enregistrés')
  await expect(tray(staffPage)).toContainText('2 fichiers ignorés')
  await tray(staffPage).getByText('2 fichiers ignorés').click()
  const skipped = tray(staffPage).locator('details li')
  await expect(skipped.filter({ hasText: 'DICOMDIR' })).toContainText('index du disque, inutile ici')
  await expect(skipped.filter({ hasText: 'LISEZMOI.TXT' })).toContainText('pas DICOM')
  await tray(staffPage).getByRole('link', { name: 'Ouellet, Maé' }).click()
  await expect(staffPage.locator('article img')).toHaveCount(7)
})

test('a damaged archive is refused by name', async ({ staffPage }) => {
  const archive = Buffer.from(
    zipSync({ IM1: Uint8Array.from(dicomFile({ patientName: 'A^B', patientId: 'U-3' }).buffer) }),
  )
  await choose(staffPage, [file('abîmé.zip', archive.subarray(0, archive.length - 40))])
  await expect(tray(staffPage)).toContainText('L’archive est endommagée ou n’est pas un zip.')
})

test('files dropped on the page are taken, and the page warns before it is left meanwhile', async ({
  staffPage,
}) => {
  await staffPage.goto('/')
  await ready(staffPage)
  const { buffer } = dicomFile({ patientName: 'Poulin^Ivy', patientId: 'U-4' })
  // held back, so that the upload is under way while the page is left
  let release: () => void = () => undefined
  const held = new Promise<void>((resolve) => (release = resolve))
  await staffPage.route('**/dicom-web/studies', async (route) => {
    await held
    await route.continue()
  })
  // as text: this project's types know no browser
  const transfer = await staffPage.evaluateHandle(`(() => {
    const data = new DataTransfer()
    data.items.add(new File([Uint8Array.of(${buffer.join()})], 'IM0001'))
    return data
  })()`)
  await expect(async () => {
    // a hand that drags tells it many times a second
    await staffPage.dispatchEvent('body', 'dragover', { dataTransfer: transfer })
    await expect(staffPage.getByText('Déposez pour ajouter')).toBeVisible({ timeout: 200 })
  }).toPass()
  await staffPage.dispatchEvent('body', 'drop', { dataTransfer: transfer })
  await expect(tray(staffPage)).toContainText('0 sur 1 envoyés')

  const asked = staffPage.waitForEvent('dialog')
  await staffPage.mouse.click(5, 300) // browsers ask only people who have touched the page
  const left = staffPage.goto('/?list=all').catch(() => null)
  const dialog = await asked
  expect(dialog.type()).toBe('beforeunload')
  await dialog.dismiss()
  await left
  release()
  await expect(tray(staffPage).getByRole('heading')).toHaveText('1 enregistré')
})

test('what fails by the connection can be tried again and loses nothing', async ({ staffPage }) => {
  let broken = true
  await staffPage.route('**/dicom-web/studies', (route) => (broken ? route.abort() : route.continue()))
  const { buffer } = dicomFile({ patientName: 'Cyr^Léo', patientId: 'U-5' })
  await choose(staffPage, [file('IM0001', buffer)])
  await expect(tray(staffPage)).toContainText('La connexion a été coupée. Réessayez.')
  broken = false
  await tray(staffPage)
    .getByRole('button', { name: /^Réessayer: IM0001/ })
    .click()
  await expect(tray(staffPage).getByRole('heading')).toHaveText('1 enregistré')
})

// nobody reads the names of five hundred slices
test('a folder of many files is one row that counts, and each refused file still says why', async ({
  staffPage,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'bitewing-upload-'))
  const slices = join(folder, 'CD', 'SER00001')
  await mkdir(slices, { recursive: true })
  const [studyInstanceUid, seriesInstanceUid] = [newUid(), newUid()]
  for (let number = 1; number <= 15; number++) {
    const { name, buffer } = dicomFile({
      patientName: 'Roy^Mila',
      patientId: 'U-6',
      studyInstanceUid,
      seriesInstanceUid,
      number,
    })
    await writeFile(join(slices, name), number === 15 ? buffer.subarray(0, 400) : buffer)
  }
  await writeFile(join(folder, 'CD', 'DICOMDIR'), Buffer.alloc(500))
  try {
    await staffPage.goto('/')
    await staffPage.getByRole('button', { name: 'Ajouter des images' }).click()
    await staffPage.getByTestId('choose-folder').setInputFiles(join(folder, 'CD'))
    await expect(tray(staffPage).getByRole('heading')).toHaveText('14 enregistrés, 1 refusé')
    const rows = tray(staffPage).getByRole('listitem')
    await expect(rows).toHaveCount(2)
    await expect(rows.filter({ hasText: 'CD/SER00001' })).toContainText('14 sur 15 enregistrés · 1 refusé')
    await expect(rows.filter({ hasText: 'IM0015' })).toContainText(/tronqué|identifiant manque/)
    await expect(tray(staffPage)).toContainText('1 fichier ignoré')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a contrast that is not believed is said on the picture, which is a preview with its original one click away', async ({
  staffPage,
  system,
}) => {
  const image = dicomFile({
    patientName: 'Vallée^Hugo',
    patientId: 'U-9',
    window: { center: 2, width: 2 }, // next to all of it would be white
    draw: (x) => 60 + x,
  })
  await store(system.url, system.demo.token, [image])
  await neverRest(staffPage)
  await staffPage.goto('/?q=vallee')
  await staffPage.getByRole('link', { name: /Vallée, Hugo/ }).click()
  await ready(staffPage)
  await staffPage
    .locator('article')
    .getByRole('button', { name: /^Regarder/ })
    .first()
    .click()
  const look = staffPage.getByRole('dialog')
  await expect(look.getByText('Aperçu. Ouvrez dans la visionneuse pour le diagnostic.')).toBeVisible()
  await look.getByRole('button', { name: 'Contraste ajusté' }).click()
  await expect(staffPage.getByText(/rendrait presque toute l’image blanche/)).toBeVisible()
  // the page is read anew under it, again and again
  await staffPage.waitForResponse(/__data\.json/)
  await staffPage.getByRole('button', { name: 'Afficher tel que reçu' }).click()
  await expect(look.getByRole('button', { name: 'Tel que reçu' })).toBeVisible()
  for (let times = 0; times < 2; times++) await staffPage.waitForResponse(/__data\.json/)
  await expect(look.getByRole('button', { name: 'Tel que reçu' })).toBeVisible()

  const [original] = await Promise.all([
    staffPage.waitForEvent('download'),
    look.getByRole('link', { name: 'Fichier original (DICOM)' }).click(),
  ])
  expect((await readFile(await original.path())).equals(image.buffer)).toBe(true)
})
