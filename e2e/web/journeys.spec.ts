import { devices, expect, type Browser, type CDPSession, type Locator, type Page } from '@playwright/test'
import type { TestSystem } from '@bitewing/testbed/start-system'
import { expectNoFaults } from '../expect-no-faults.ts'
import { actAs, ready, test } from '../system.ts'
import { wordsIn } from '../words.ts'
import { newUid, store } from './dicom-file.ts'
import { fullMouth } from './full-mouth.ts'
import { realImages } from './real-images.ts'

const { defaultBrowserType: _tablet, ...tablet } = devices['Galaxy Tab S9 landscape']
const { defaultBrowserType: _phone, ...phone } = devices['Pixel 7']

/** Each journey is gone at a desk in one language and with a finger in the other. */
const ways = [
  {
    name: 'at a desk, in French',
    locale: 'fr',
    device: { viewport: { width: 1440, height: 900 } },
    touch: false,
    day: '2032-05-04',
    consent: /J’accepte ce plan/,
  },
  {
    name: 'on a tablet, in English',
    locale: 'en',
    // its many small pixels would be drawn without a graphics card
    device: { ...tablet, deviceScaleFactor: 1 },
    touch: true,
    day: '2032-05-05',
    consent: /I agree to this plan/,
  },
] as const
type Way = (typeof ways)[number]

/** Somebody on their way: their page, and what their hand and their language do. */
type Traveller = {
  page: Page
  say: ReturnType<typeof wordsIn>
  press(target: Locator): Promise<void>
  button(key: string, within?: Locator): Promise<void>
  /** the page of a patient, found as staff find them */
  open(familyName: string): Promise<void>
  /** somebody of the practice takes the place of whoever was there, in the way's language */
  enter(role: string): Promise<void>
}

async function go(
  { locale, device, touch }: Way,
  { browser, system }: { browser: Browser; system: TestSystem },
  journey: (traveller: Traveller) => Promise<void>,
) {
  const context = await browser.newContext({
    ...device,
    locale: `${locale}-CA`,
    baseURL: system.url,
    reducedMotion: 'reduce',
  })
  const page = await context.newPage()
  const say = wordsIn(locale)
  const speak = (language: string) =>
    context.request.post('/language', { form: { locale: language }, headers: { Origin: system.url } })
  const entered = new Set<string>()
  const press = (target: Locator) => (touch ? target.tap() : target.click())
  try {
    await journey({
      page,
      say,
      press,
      button: (key, within) =>
        press((within ?? page).getByRole('button', { name: say(key), exact: true }).first()),
      async open(familyName) {
        await page.goto('/?list=all')
        await ready(page)
        await page.getByRole('searchbox', { name: say('search_patients') }).fill(familyName)
        await press(page.getByRole('link', { name: new RegExp(`^${familyName}, `, 'i') }))
        await expect(page.getByRole('heading', { level: 1, name: new RegExp(familyName) })).toBeVisible()
        await ready(page)
      },
      async enter(role) {
        entered.add(role)
        await actAs(page, system, role)
        await speak(locale)
      },
    })
  } finally {
    // the choice is each user's, whom other specs know in French
    for (const role of entered) {
      await actAs(page, system, role)
      await speak('fr')
    }
    await context.close()
  }
}

const shown = (picture: Locator) => expect(picture).not.toHaveJSProperty('naturalWidth', 0)

/** A signature: with the mouse, or with a finger that the browser sees as one. */
async function draw(page: Page, field: Locator, touch: boolean) {
  await field.scrollIntoViewIfNeeded()
  const box = await field.boundingBox()
  if (!box) throw new Error('There is no field to sign in')
  const points = Array.from({ length: 9 }, (_, step) => ({
    x: box.x + 40 + step * 25,
    y: box.y + box.height / 2 + (step % 2 ? -30 : 30),
  }))
  const [first = { x: 0, y: 0 }, ...rest] = points
  if (touch) {
    const finger: CDPSession = await page.context().newCDPSession(page)
    // as slow as a hand, that rests before it is lifted: a finger that is flung makes the browser take the next tap for its stop
    const began = Date.now() / 1000 - 1
    const send = (
      type: 'touchStart' | 'touchMove' | 'touchEnd',
      touchPoints: (typeof first)[],
      after: number,
    ) => finger.send('Input.dispatchTouchEvent', { type, touchPoints, timestamp: began + after })
    await send('touchStart', [first], 0)
    for (const [step, point] of rest.entries()) await send('touchMove', [point], (step + 1) * 0.05)
    await send('touchMove', points.slice(-1), 0.8)
    await send('touchEnd', [], 0.9)
    return
  }
  await page.mouse.move(first.x, first.y)
  await page.mouse.down()
  for (const { x, y } of rest) await page.mouse.move(x, y)
  await page.mouse.up()
}

for (const [at, way] of ways.entries()) {
  const { name, touch, day, locale } = way

  test(`a new patient's first visit, from the appointment to the signed plan, ${name}`, async ({
    browser,
    system,
  }) => {
    const family = ['Larouche', 'Whitfield'][at] ?? ''
    await go(way, { browser, system }, async ({ page, say, press, button, open, enter }) => {
      // the front desk writes the patient down with their first appointment; they come
      await enter('front-desk')
      await page.goto(`/appointments?day=${day}`)
      await ready(page)
      await press(
        page.getByRole('button', {
          name: say('day_free', { time: locale === 'fr' ? '9 h 00' : '9:00 a.m.', provider: 'Marc Gagné' }),
        }),
      )
      const booking = page.getByRole('dialog', { name: say('appt_new') })
      await booking.getByRole('combobox', { name: say('appt_patient'), exact: true }).fill(`Ariane ${family}`)
      await press(page.getByRole('option', { name: new RegExp(say('patient_new')) }))
      await page.getByLabel(say('patient_number')).fill(`JRN-${family}`)
      await button('patient_create')
      await expect(booking.getByRole('link', { name: `${family}, Ariane` })).toBeVisible()
      await button('appt_book', booking)
      const block = page
        .getByRole('region', { name: say('day_calendar') })
        .getByRole('button', { name: new RegExp(family) })
      await press(block)
      await button('appt_status_arrived')
      await expect(block).toHaveAccessibleName(new RegExp(say('appt_status_arrived')))

      // the machine sends a real panoramic under the number that the front desk gave
      await store(
        system.url,
        system.demo.token,
        await realImages([
          {
            file: 'real/CR-ModalitySequenceLUT.dcm',
            patientName: `${family}^Ariane`,
            patientId: `JRN-${family}`,
            studyDate: '20261120',
            studyInstanceUid: newUid(),
          },
        ]),
      )

      // the dentist looks at it, and plans
      await enter('dentist')
      await open(family)
      await press(page.locator('article').getByRole('button').first())
      await shown(page.locator('dialog[open] img').first())
      await button('close', page.locator('dialog[open]'))
      await press(page.getByRole('link', { name: say('plans_open') }))
      await ready(page)
      await page.getByRole('textbox', { name: say('plans_new') }).fill('Phase 1')
      await button('plans_create')
      const procedure = page.getByRole('combobox', { name: say('plan_add_procedure') })
      await expect(procedure).toBeVisible()
      const tooth = page.getByRole('option', { name: /^16, / })
      await press(tooth)
      await expect(tooth).toHaveAttribute('aria-selected', 'true')
      await procedure.fill('EN-2')
      await press(page.getByRole('option', { name: /EN-2|980/ }).first())
      await procedure.fill('PR-1')
      await press(page.getByRole('option', { name: /PR-1|120/ }).first())
      const rootCanal = locale === 'fr' ? 'Traitement de canal, molaire' : 'Root canal, molar'
      await press(page.getByRole('button', { name: say('item_edit', { what: rootCanal }) }))
      await page.getByRole('dialog').getByRole('checkbox', { name: /2026/ }).check()
      await button('plan_close_item')
      await expect(page.locator('[data-saving="saved"]')).toBeVisible()
      await button('plan_present')
      await button('present_do', page.getByRole('dialog'))
      await press(page.getByRole('link', { name: say('plan_show_and_sign') }))

      // the patient reads it, and signs with their hand
      await expect(page.getByRole('heading', { name: say('sign_title') })).toBeVisible()
      await ready(page)
      await shown(page.locator('main img').first())
      await press(page.getByRole('checkbox', { name: way.consent }))
      await draw(page, page.getByRole('img', { name: say('sign_draw'), exact: true }), touch)
      await button('sign_submit')
      const signed = new RegExp(say('signed_by', { name: `Ariane ${family}`, when: '' }).trim())
      await expect(page.getByText(signed)).toBeVisible()
      await expectNoFaults(page, 'signed')
      await press(page.getByRole('link', { name: say('present_back') }))
      await expect(page.getByText(say('verify_good'))).toBeVisible()
      await open(family)
      await expect(
        page.getByRole('link', { name: new RegExp(`^Phase 1 .*${say('version_signed')}`) }),
      ).toBeVisible()
    })
  })

  test(`a year of orthodontic records, to a before and after in a share, ${name}`, async ({
    browser,
    system,
  }) => {
    const family = ['Bilodeau', 'Ashworth'][at] ?? ''
    const person = { patientName: `${family}^Sacha`, patientId: `JRN-${family}` }
    // views and structures of CP-1570: frontal, and from the right
    const front = { file: 'wrapped/photo_intraoral_jpeg.dcm', view: '399033003', shows: ['74262004'] }
    const buccal = { ...front, view: '399198007', shows: ['261063000'] }
    await store(
      system.url,
      system.demo.token,
      await realImages(
        ['20251104', '20261103'].flatMap((studyDate) => {
          const visit = { ...person, studyDate, studyInstanceUid: newUid() }
          return [
            { ...visit, ...front },
            { ...visit, ...buccal },
            { ...visit, file: 'wrapped/ceph_lateral_8bit.dcm' },
          ]
        }),
      ),
    )
    await go(way, { browser, system }, async ({ page, say, press, button, open, enter }) => {
      await enter('dentist')
      await open(family)
      await press(page.getByRole('link', { name: say('ortho_open') }))
      const cases = /orthodontics$/
      await page.waitForURL(cases)
      for (const label of ['T0', 'T1']) {
        await ready(page)
        await expect(page.getByLabel(say('ortho_label'), { exact: true })).toHaveValue(label)
        // a hand that presses twice makes one set, and the next is called T1
        await page.getByRole('button', { name: say('ortho_add') }).dblclick()
        await page.waitForURL(/mounts/)
        await expect(
          page
            .getByRole('region', { name: say('mount_sheet'), exact: true })
            .getByRole('button', { name: /2025|2026/ }),
        ).toHaveCount(3)
        await press(page.getByRole('link', { name: say('ortho_back') }))
        await page.waitForURL(cases)
      }
      // the treatment between the two
      await ready(page)
      const kept = page.waitForResponse((answer) => decodeURIComponent(answer.url()).endsWith('?/save'))
      await page.locator('input[type="date"]').nth(1).fill('2025-12-02')
      expect((await kept).status()).toBe(200)
      const view = new RegExp(say('ortho_compare_of', { view: say('mount_view_iv07') }))
      await press(page.getByRole('link', { name: view }))
      await ready(page)
      await button('compare_align_automatically')
      await expect(page.getByText(new RegExp(`^${say('compare_aligned_automatically')}`))).toBeVisible()
      await press(page.getByRole('button', { name: say('share'), exact: true }))
      await button('compare_share_link')
      const dialog = page.getByRole('dialog', { name: say('compare_share_title') })
      await button('share_create', dialog)
      const link = await dialog.getByLabel(say('share_link'), { exact: true }).inputValue()

      // the patient, on a phone, without an account
      const theirs = await browser.newContext({ ...phone, locale: `${locale}-CA` })
      const patient = await theirs.newPage()
      await patient.goto(link)
      await patient.getByRole('button', { name: say('link_open') }).tap()
      const beforeAfter = patient.getByRole('region', { name: say('before_after') })
      await expect(beforeAfter).toContainText('2025')
      await expect(beforeAfter).toContainText('2026')
      await expect(beforeAfter).toContainText(say('compare_aligned_automatically'))
      const pictures = beforeAfter.locator('svg[role="img"]:visible image')
      await expect(pictures).toHaveCount(2)
      for (const picture of await pictures.all()) {
        const answer = await theirs.request.get(system.url + ((await picture.getAttribute('href')) ?? ''))
        expect([answer.status(), answer.headers()['content-type']]).toEqual([
          200,
          expect.stringMatching(/^image/),
        ])
      }
      await theirs.close()
    })
  })

  test(`an assistant mounts a full-mouth series of eighteen films, ${name}`, async ({ browser, system }) => {
    const family = ['Hamel', 'Prescott'][at] ?? ''
    const studyInstanceUid = newUid()
    const films = await realImages(
      // whatever the order they come in
      fullMouth.toReversed().map(({ codes }, index) => ({
        file: index > 13 ? 'wrapped/io_bitewing_8bit_jpegls.dcm' : 'wrapped/io_periapical_12bit.dcm',
        patientName: `${family}^Odile`,
        patientId: `JRN-${family}`,
        studyDate: '20261104',
        studyInstanceUid,
        shows: codes,
      })),
    )
    await go(way, { browser, system }, async ({ page, say, press, button, enter }) => {
      // she brings them from the sensor's computer
      await enter('assistant')
      await page.goto('/')
      await ready(page)
      await button('upload')
      await page
        .getByTestId('choose-files')
        .setInputFiles(
          films.map(({ name: file, buffer }) => ({ name: file, mimeType: 'application/dicom', buffer })),
        )
      const tray = page.getByTestId('uploads')
      await expect(tray.getByRole('heading')).toHaveText(/^18 /)
      await press(tray.getByRole('link', { name: `${family}, Odile` }))
      await press(page.getByRole('link', { name: new RegExp(`^${say('mount_open')} ?, .*2026`) }))
      await press(page.getByRole('button', { name: new RegExp(say('mount_full_mouth_18')) }))
      await ready(page)
      const cell = (number: number) =>
        page.getByRole('region', { name: say('mount_sheet'), exact: true }).getByRole('button', {
          name: new RegExp(`^${say('mount_cell', { number: String(number), awaits: '' })}`),
        })
      // each in its own cell: what it waits for is what the image says it shows
      for (const number of fullMouth.keys()) {
        await expect(cell(number + 1)).toHaveAccessibleName(/^\S+ \d+, (.+), \D+, \S+ \1, .*2026$/)
        await shown(cell(number + 1).locator('img'))
      }

      // two are swapped by hand, and put back
      const saved = (work: () => Promise<unknown>) =>
        Promise.all([
          page.waitForResponse((answer) => decodeURIComponent(answer.url()).endsWith('?/save')),
          work(),
        ])
      await saved(async () => {
        if (!touch) return cell(14).dragTo(cell(17))
        await cell(14).tap()
        await cell(17).tap()
      })
      await expect(cell(14)).toHaveAccessibleName(/31.*41/)
      await expectNoFaults(page, 'mount')
      await saved(() => button('mount_undo'))
      await expect(cell(14)).toHaveAccessibleName(/11.*21.*11.*21/)
      await page.reload()
      await expect(cell(14)).toHaveAccessibleName(/11.*21.*11.*21/)
      await ready(page)
      await press(cell(1))
      await button('mount_look')
      await page.waitForURL(/\/view\//)
      await expect(page.locator('canvas').first()).toBeVisible()

      // held upright a tablet shows them all too, four in a row instead of seven
      await page.setViewportSize({ width: 768, height: 1024 })
      await page.goto(`/view/${studyInstanceUid}`)
      await ready(page)
      await expect(page.locator('[data-pane]:visible')).toHaveCount(fullMouth.length)
      const place = (pane: number) => page.locator(`[data-pane="${pane}"]`).boundingBox()
      // how large the room is, is known once it is measured
      await expect.poll(async () => (await place(1))?.width).toBeGreaterThan(150)
      const [molars, canine] = [await place(1), await place(3)]
      expect(canine?.y).toBeLessThan(molars?.y ?? 0)
    })
  })

  test(`a front desk sees that images exist, and may not open them, ${name}`, async ({ browser, system }) => {
    const family = ['Dufour', 'Kinsella'][at] ?? ''
    const studyInstanceUid = newUid()
    const image = { studyInstanceUid, patientName: `${family}^Noa`, patientId: `JRN-${family}` }
    await store(
      system.url,
      system.demo.token,
      await realImages([{ ...image, file: 'wrapped/ceph_lateral_8bit.dcm', studyDate: '20261119' }]),
    )
    await go(way, { browser, system }, async ({ page, say, press, button, open, enter }) => {
      const asked: string[] = []
      page.on('request', (request) => asked.push(new URL(request.url()).pathname))
      await enter('front-desk')
      await open(family)
      const study = page.getByRole('article').filter({ hasText: /2026/ })
      await expect(study).toContainText(new RegExp(say('kind_cephalogram'), 'i'))
      await expect(study.getByRole('img')).toHaveCount(0)
      await expect(study.getByRole('link')).toHaveCount(0)
      await expect(page.getByRole('button', { name: say('upload'), exact: true })).toHaveCount(0)

      // what is theirs to do is there: the appointment
      await press(page.getByRole('link', { name: say('appt_book_long') }))
      const booking = page.getByRole('dialog', { name: say('appt_new') })
      await booking.getByLabel(say('appt_day'), { exact: true }).fill(day)
      await booking.getByLabel(say('appt_time'), { exact: true }).fill('14:00')
      await button('appt_book', booking)
      await expect(page.getByRole('status').filter({ hasText: family })).toBeVisible()

      // a link that somebody sent leads to a page that says no, in words, and back
      expect((await page.goto(`/view/${studyInstanceUid}`))?.status()).toBe(403)
      await expect(page.getByRole('heading', { level: 1, name: say('error_403_title') })).toBeVisible()
      await expectNoFaults(page, '403')
      for (const path of [
        `/dicom-web/studies/${studyInstanceUid}`,
        `/dicom-web/studies/${studyInstanceUid}/metadata`,
        `/dicom-web/studies/${studyInstanceUid}/rendered`,
        `/dicom-web/studies/${studyInstanceUid}/thumbnail`,
        `/volume/${studyInstanceUid}`,
      ])
        expect([path, (await page.request.get(path, { maxRedirects: 0 })).status()]).toEqual([path, 403])
      expect(asked.filter((path) => /^\/(renditions|dicom-web)/.test(path))).toEqual([])
    })
  })
}
