import { axeOf } from '../axe-of.ts'
import { showIn } from '../show-in.ts'
import { expect, type Page } from '@playwright/test'
import { createHmac } from 'node:crypto'
import { actAs, ready, test } from '../system.ts'

/** No faults that axe can find, and not wider than the screen: dark on a phone, light at a desk. */
async function expectWell(page: Page, where: string) {
  for (const [colorScheme, width] of [
    ['dark', 390],
    ['light', 1440],
  ] as const) {
    await showIn(page, colorScheme, width)
    const { violations } = await axeOf(page).analyze()
    const found = violations.map(
      ({ id, nodes }) => `${id} ${nodes.map(({ target }) => target.join(' ')).join()}`,
    )
    // as text: this project's types know no browser
    const wide = await page.evaluate<boolean>(
      'document.documentElement.scrollWidth > document.documentElement.clientWidth',
    )
    expect({ where, width, found, wide }).toEqual({ where, width, found: [], wide: false })
  }
}

/** The code that an app shows, RFC 6238. */
function codeOf(secret: string, at: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)))
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const mac = createHmac('sha1', bytes).update(counter).digest()
  return String((mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

const email = 'alix.roy@lac.example'
const password = 'quarante chevaux bleus'

async function enterPassword(page: Page) {
  await page.context().clearCookies()
  await page.goto('/login')
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Log in' }).click()
}
const expectIn = (page: Page) => expect(page.getByRole('searchbox')).toBeVisible()

test('somebody is invited, joins, logs in by app, recovery code and passkey, and is let go', async ({
  page: ownerPage,
  browser,
  system,
}) => {
  const context = await browser.newContext({ baseURL: system.url, locale: 'en-CA' })
  const page = await context.newPage()
  let secret = ''
  let confirmedAt = 0
  let recovery: string[] = []

  await test.step('the owner makes a link, which is shown once', async () => {
    await actAs(ownerPage, system, 'owner')
    await ownerPage.goto('/settings')
    await ready(ownerPage)
    await expectWell(ownerPage, 'settings')
    await ownerPage.getByRole('link', { name: /^Personnes/ }).click()
    await ownerPage.getByRole('button', { name: 'Inviter quelqu’un' }).click()
    await ownerPage.getByLabel('Courriel').fill(email)
    await ownerPage.getByRole('radio', { name: /^Dentiste/ }).check()
    await expectWell(ownerPage, 'invite')
    await ownerPage.getByRole('button', { name: 'Créer le lien' }).click()
    const link = await ownerPage.getByLabel('Lien', { exact: true }).inputValue()
    expect(link).toMatch(/\/invite\/[\w-]{43}$/)
    await page.goto(link)
    await ownerPage.getByRole('button', { name: 'Terminé' }).click()
    await expect(ownerPage.getByText(email)).toBeVisible()
    await expectWell(ownerPage, 'people')
    expect(await ownerPage.content()).not.toContain(link.slice(-43))
  })

  await test.step('they choose a password that is not the door plate, and are in; the link is used up', async () => {
    const link = page.url()
    await ready(page)
    await page.getByLabel('Your name').fill('Alix Roy')
    await page.getByLabel('New password').fill('alix.roy.2026')
    await page.getByRole('button', { name: 'Join' }).click()
    await expect(page.getByRole('alert')).toContainText('easy to guess')
    await expectWell(page, 'invitation')
    await page.getByLabel('New password').fill(password)
    await page.getByRole('button', { name: 'Join' }).click()
    await expectIn(page)
    expect((await page.goto(link))?.status()).toBe(404)
    await expect(page.getByRole('heading', { name: 'This link no longer works' })).toBeVisible()
  })

  await test.step('an app is set up by a code that it shows', async () => {
    await page.goto('/settings/account')
    await ready(page)
    await page.getByRole('button', { name: 'Set up an app' }).click()
    await expect(page.getByRole('img', { name: /^QR code/ })).toBeVisible()
    await expectWell(page, 'app')
    secret = ((await page.locator('code').textContent()) ?? '').replace(/\s/g, '')
    // a wrong code is no reason to log in again, nor to scan again
    await page.getByRole('textbox', { name: 'Code' }).fill('000000')
    await page.getByRole('button', { name: 'Turn on' }).click()
    await expect(page.getByRole('alert').filter({ hasText: 'This code is not right' })).toBeVisible()
    await expect(page.getByRole('dialog')).toHaveCount(0)
    expect(((await page.locator('code').textContent()) ?? '').replace(/\s/g, '')).toBe(secret)
    confirmedAt = Date.now()
    await page.getByRole('textbox', { name: 'Code' }).fill(codeOf(secret, confirmedAt))
    await page.getByRole('button', { name: 'Turn on' }).click()
    const codes = page.getByRole('region', { name: 'Recovery codes' }).getByRole('listitem')
    await expect(codes).toHaveCount(10)
    recovery = await codes.allTextContents()
    await expectWell(page, 'account')
    await page.getByLabel('Current password').fill('not the password')
    await page.getByLabel('New password').fill('soixante chevaux verts')
    await page.getByRole('button', { name: 'Change password' }).click()
    await expect(page.getByRole('alert').filter({ hasText: 'not your password' })).toBeVisible()
    await expect(page.getByRole('dialog')).toHaveCount(0)
  })

  await test.step('the password alone opens nothing; a code opens once, a recovery code too', async () => {
    await enterPassword(page)
    await expect(page.getByRole('heading', { name: 'One more step' })).toBeVisible()
    await expectWell(page, 'second step')
    expect((await page.request.get('/settings/account', { maxRedirects: 0 })).status()).toBe(303)
    expect((await page.request.get('/dicom-web/studies?limit=1')).status()).toBe(401)
    await page.getByRole('textbox', { name: 'Code' }).fill(codeOf(secret, confirmedAt))
    await page.getByRole('button', { name: 'Log in' }).click()
    await expect(page.getByRole('alert')).toContainText('used already')
    await page
      .getByRole('textbox', { name: 'Code' })
      .fill(codeOf(secret, Math.max(Date.now(), confirmedAt + 30_000)))
    await page.getByRole('button', { name: 'Log in' }).click()
    await expectIn(page)

    for (const works of [true, false]) {
      await enterPassword(page)
      await page.getByRole('link', { name: /recovery code/ }).click()
      await page.getByLabel('Recovery code').fill(recovery[0] ?? '')
      await page.getByRole('button', { name: 'Log in' }).click()
      if (works) await expectIn(page)
      else await expect(page.getByRole('alert')).toContainText('used already')
    }
    await page.getByLabel('Recovery code').fill(recovery[1] ?? '')
    await page.getByRole('button', { name: 'Log in' }).click()
    await expectIn(page)
  })

  await test.step('a passkey is made, and opens by itself and after the password', async () => {
    const devtools = await context.newCDPSession(page)
    await devtools.send('WebAuthn.enable')
    await devtools.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    })
    await page.goto('/settings/account')
    await ready(page)
    await page.getByRole('button', { name: 'Add a passkey' }).click()
    await expect(page.getByText(/^Passkey of/)).toBeVisible()
    // what cannot be undone says what it does, and waits for a second press
    await page.getByRole('button', { name: /^Remove: Passkey of/ }).click()
    await expect(page.getByText('This passkey no longer opens your account.')).toBeVisible()
    await page.getByRole('button', { name: 'Cancel' }).click()
    await expect(page.getByText(/^Passkey of/)).toBeVisible()
    // it is called what its owner calls it, from then on
    await page.getByText('Rename', { exact: true }).click()
    await page.getByRole('textbox', { name: 'Name of the passkey' }).fill('Laptop at the desk')
    await page.keyboard.press('Enter')
    await expect(page.getByText('Passkey of Laptop at the desk')).toBeVisible()
    await expect(page.getByRole('textbox', { name: 'Name of the passkey' })).toBeHidden()
    expect((await axeOf(page).analyze()).violations).toEqual([])
    await page.reload()
    await expect(page.getByText('Passkey of Laptop at the desk')).toBeVisible()

    await enterPassword(page)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await expectIn(page)
    await context.clearCookies()
    await page.goto('/login')
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await expectIn(page)
  })

  await test.step('who is deactivated is out at the next request, and comes back when that is undone', async () => {
    await ownerPage.goto('/settings/users')
    await ready(ownerPage)
    await ownerPage.getByRole('button', { name: 'Modifier Alix Roy' }).click()
    await ownerPage.getByRole('button', { name: 'Désactiver' }).click()
    await expect(ownerPage.getByText('Alix Roy ne peut plus se connecter ici.')).toBeVisible()
    await page.goto('/')
    await expect(page).toHaveURL(/\/login$/)
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await expect(page.getByRole('alert')).toContainText('does not open')
    await ownerPage.getByRole('button', { name: 'Annuler' }).click()
    await expect(ownerPage.getByText('Alix Roy peut se connecter de nouveau.')).toBeVisible()
    await page.getByRole('button', { name: 'Use a passkey' }).click()
    await expectIn(page)
  })

  await test.step('practice and machines', async () => {
    const settings = ['', '/practice', '/users', '/storage', '/devices']
    for (const path of settings.map((each) => `/settings${each}`)) {
      await ownerPage.goto(path)
      await ready(ownerPage)
      await expectWell(ownerPage, path)
    }
    await ownerPage.getByRole('button', { name: 'Ajouter un appareil' }).click()
    await ownerPage.getByLabel('Titre AE de l’appareil').fill('PANO-1')
    await ownerPage.getByLabel('Adresse', { exact: true }).fill('192.0.2.7')
    await ownerPage.getByRole('button', { name: 'Enregistrer' }).click()
    await expect(ownerPage.getByText('192.0.2.7:104')).toBeVisible()
    // with one registered, what the others send waits: not for the tests after this one
    await ownerPage.getByRole('button', { name: 'Retirer: PANO-1' }).click()
    await expect(ownerPage.getByText('PANO-1 est retiré.')).toBeVisible()
    // somebody whom other tests do not expect
    await ownerPage.goto('/settings/users')
    await ready(ownerPage)
    await ownerPage.getByRole('button', { name: 'Modifier Alix Roy' }).click()
    await ownerPage.getByRole('button', { name: 'Désactiver' }).click()
    await expect(ownerPage.getByText('Alix Roy ne peut plus se connecter ici.')).toBeVisible()
  })
  await context.close()
})
