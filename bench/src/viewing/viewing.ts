import { availableParallelism, cpus, loadavg } from 'node:os'
import { structuralSimilarity } from '@bitewing/gateway/structural-similarity'
import { startSystem } from '@bitewing/testbed'
import { chromiumArguments, chromiumPath } from '@bitewing/testbed/chromium'
import { chromium, type Page } from '@playwright/test'
import sharp from 'sharp'
import { copiesOfPanoramic } from '../first-look/copies-of-panoramic.ts'
import { stow } from '../first-look/dicomweb-peer.ts'
import { watchWorker } from '../first-look/watch-worker.ts'

export const viewingDefaults = { pictures: 5 }

const connection = { megabitsPerSecond: 10, roundTripMs: 40 }
/** A laptop, and one with twice the pixels: that one shows all of a panoramic's. */
const screens = [
  { name: '1440 × 900', deviceScaleFactor: 1 },
  { name: '2880 × 1800', deviceScaleFactor: 2 },
]

/** What a browser had on the screen, from when. */
type Stage = { source: string; ms: number }
type Shown = { stage: string; ms: number; ssim: number; bytes: number }

type Options = { say: (line: string) => void; signal: AbortSignal }

/**
 * A panoramic of four million pixels in a real browser over a slow line: what is seen when, and how like the final
 * picture it is at that size. From the click on its thumbnail, with a logged-in page open, as people look at pictures.
 */
export async function viewing(counts: typeof viewingDefaults, { say, signal }: Options) {
  await using stack = new AsyncDisposableStack()
  say('Starting the system')
  const system = await startSystem({ demo: 'no-images' })
  stack.defer(() => system.stop())
  const worker = await watchWorker(system.dataFolder, signal)
  stack.defer(() => worker.close())
  const newPanoramic = await copiesOfPanoramic()
  const ours = { root: `${system.url}/dicom-web`, authorization: `Bearer ${system.demo.token}` }
  for (let index = 0; index < counts.pictures; index++) await stow(ours, [newPanoramic().bytes])
  say('Waiting until the worker has made all renditions, those that nobody waits for too')
  await worker.allDone()

  const executablePath = chromiumPath()
  const browser = await chromium.launch({
    args: [...chromiumArguments],
    ...(executablePath ? { executablePath } : {}),
  })
  stack.defer(() => browser.close())
  const results = []
  for (const { name, deviceScaleFactor } of screens) {
    say(`A screen of ${name}`)
    const context = await browser.newContext({
      viewport: { width: 1440, height: 900 },
      deviceScaleFactor,
      reducedMotion: 'reduce',
      serviceWorkers: 'block',
    })
    const page = await context.newPage()
    await logIn(page)
    // fonts and scripts come once, as for somebody at work
    await page.goto(`${system.url}/?list=all`)
    const patient = await page.locator('a[data-row]').first().getAttribute('href')
    if (patient === null) throw new Error('The list has no patient')
    await page.goto(system.url + patient)
    await page.waitForLoadState('networkidle')
    const cdp = await context.newCDPSession(page)
    await cdp.send('Network.enable')
    await cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: connection.roundTripMs,
      downloadThroughput: (connection.megabitsPerSecond * 1e6) / 8,
      uploadThroughput: (connection.megabitsPerSecond * 1e6) / 8,
    })
    const pictures: Shown[][] = []
    for (let index = 0; index < counts.pictures; index++) {
      signal.throwIfAborted()
      pictures.push(await openPicture(page, index))
      const [last] = pictures.slice(-1)
      say(`  ${(last ?? []).map(({ stage, ms, ssim }) => `${stage} ${ms} ms, ${ssim}`).join('; ')}`)
    }
    results.push({ screen: name, ...summaryOf(pictures), pictures })
    await context.close()
  }
  return {
    benchmark: 'viewing' as const,
    machine: {
      processors: availableParallelism(),
      model: cpus()[0]?.model ?? 'unknown',
      node: process.version,
      loadAverage: loadavg().map((value) => Number(value.toFixed(1))),
    },
    connection,
    what: 'a panoramic 2888 × 1468 from the click on its thumbnail, each for the first time; SSIM against the final picture at its size on the screen',
    goals: 'SSIM ≥ 0.9 within 300 ms, the full picture within 2 s',
    screens: results,
  }

  async function logIn(page: Page) {
    const user = system.demo.users.find(({ role }) => role === 'dentist')
    if (!user) throw new Error('The demo practice has no dentist')
    await page.goto(`${system.url}/login`)
    await page.locator('input[name="email"]').fill(user.email)
    await page.locator('input[name="password"]').fill(user.password)
    await page.locator('button[type="submit"]').click()
    await page.waitForURL((url) => !url.pathname.startsWith('/login'))
    await page.locator('html[data-ready]').waitFor()
  }

  async function openPicture(page: Page, index: number): Promise<Shown[]> {
    const thumbnail = page.locator('article ul button').nth(index)
    await thumbnail.scrollIntoViewIfNeeded()
    await page.evaluate(watchStages)
    await thumbnail.click()
    // not `waitForFunction`, which the app's Content-Security-Policy forbids
    for (let tries = 0; !(await page.evaluate<boolean>('window.stagesDone')); tries++) {
      if (tries === 600) throw new Error('The picture has not become sharp in half a minute')
      await page.waitForTimeout(50)
    }
    const stages = await page.evaluate<Stage[]>('window.stagesSeen')
    const final = stages.at(-1)
    if (!final) throw new Error('No picture was seen')
    const shown: Shown[] = []
    const reference = await shot(page, final.source)
    for (const { source, ms } of stages) {
      const picture = await shot(page, source)
      const bytes = await page.evaluate<number>(
        `(() => { const [entry] = performance.getEntriesByName(${JSON.stringify(source)}).slice(-1); return entry ? entry.encodedBodySize : 0 })()`,
      )
      shown.push({
        stage: source.startsWith('data:') ? 'placeholder' : source.replace(/^.*\/|\?.*$/g, ''),
        ms: Math.round(ms),
        ssim: Number(structuralSimilarity(picture.data, reference.data, reference).toFixed(4)),
        bytes,
      })
    }
    await page.keyboard.press('Escape')
    await page.locator('dialog[open]').waitFor({ state: 'hidden' })
    return shown
  }

  /** What the browser makes of a stage where the final picture is, grey; it has all of them by now. */
  async function shot(page: Page, source: string) {
    const image = page.locator('dialog[open] img[data-sharp]')
    // text is an expression to the browser, never a function that it would call
    await page.evaluate(`(async () => {
      const img = document.querySelector('dialog[open] img[data-sharp]')
      img.src = ${JSON.stringify(source)}
      await img.decode()
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    })()`)
    const box = await image.boundingBox()
    if (!box) throw new Error('The picture has no place')
    const png = await page.screenshot({ clip: box, animations: 'disabled' })
    const { data, info } = await sharp(png).greyscale().raw().toBuffer({ resolveWithObject: true })
    return { data, width: info.width, height: info.height }
  }
}

/**
 * Runs in the page, hence as text: notes each picture of the dialog when the browser has painted it, from the next
 * press of a button on. The placeholder is a background, painted with the dialog itself.
 */
const watchStages = `(() => {
  window.stagesSeen = []
  window.stagesDone = false
  let began = 0
  addEventListener('click', (event) => { began = event.timeStamp }, { capture: true, once: true })
  const seen = new Set()
  const look = () => {
    const blurred = document.querySelector('dialog[open] span[style*="data:image"]')
    const source = blurred && /url\\("?(data:[^")]+)/.exec(blurred.style.backgroundImage)
    if (source && !seen.has(source[1])) note(source[1])
    const img = document.querySelector('dialog[open] img[data-sharp]')
    if (img && img.complete && img.naturalWidth > 0 && !seen.has(img.currentSrc)) note(img.currentSrc)
    if (img && img.dataset.sharp === 'true' && seen.has(img.currentSrc)) requestAnimationFrame(() => requestAnimationFrame(() => { window.stagesDone = true }))
    else requestAnimationFrame(look)
  }
  const note = (source) => {
    seen.add(source)
    // a frame later it has been painted
    requestAnimationFrame(() => window.stagesSeen.push({ source, ms: performance.now() - began }))
  }
  requestAnimationFrame(look)
})()`

function summaryOf(pictures: Shown[][]) {
  const firstLike = pictures.map((shown) => shown.find(({ ssim }) => ssim >= 0.9)?.ms ?? Infinity)
  const full = pictures.map((shown) => shown.at(-1)?.ms ?? Infinity)
  const summary = (values: number[]) => {
    const sorted = values.toSorted((a, b) => a - b)
    return { median: sorted[Math.floor(sorted.length / 2)] ?? NaN, max: sorted.at(-1) ?? NaN }
  }
  return { msToSimilar: summary(firstLike), msToFull: summary(full) }
}
