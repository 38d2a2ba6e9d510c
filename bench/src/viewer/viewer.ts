import { availableParallelism, cpus, loadavg } from 'node:os'
import { startSystem } from '@bitewing/testbed'
import { chromiumArguments, chromiumPath } from '@bitewing/testbed/chromium'
import { chromium, type Page } from '@playwright/test'
import { copiesOfPanoramic } from '../first-look/copies-of-panoramic.ts'
import { stow } from '../first-look/dicomweb-peer.ts'
import { watchWorker } from '../first-look/watch-worker.ts'

/** Times the viewer is opened, rounds of each kind of drawing, and pictures drawn in each. */
export const viewerDefaults = { openings: 7, rounds: 8, frames: 30 }

type Options = { say: (line: string) => void; signal: AbortSignal }

/**
 * The app's viewer in a real browser, on a panoramic of four million pixels: from the click on its link to the first
 * image on the screen with everything in the browser's cache, and pictures a second while the window is dragged,
 * beside the same browser drawing the same picture again unchanged, in turns.
 */
export async function viewer(counts: typeof viewerDefaults, { say, signal }: Options) {
  await using stack = new AsyncDisposableStack()
  say('Starting the system')
  const system = await startSystem({ demo: 'no-images' })
  stack.defer(() => system.stop())
  const worker = await watchWorker(system.dataFolder, signal)
  stack.defer(() => worker.close())
  const panoramic = (await copiesOfPanoramic())()
  await stow({ root: `${system.url}/dicom-web`, authorization: `Bearer ${system.demo.token}` }, [
    panoramic.bytes,
  ])
  await worker.idle()

  const executablePath = chromiumPath()
  const browser = await chromium.launch({
    args: [...chromiumArguments],
    ...(executablePath ? { executablePath } : {}),
  })
  stack.defer(() => browser.close())
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' })
  await logIn(page, system)

  say('Opening the panoramic')
  const openings: { preview: number; picture: number }[] = []
  for (let index = 0; index <= counts.openings; index++) {
    signal.throwIfAborted()
    await page.goto(`${system.url}/studies/${panoramic.study}`)
    await page.locator('html[data-ready]').waitFor()
    const link = page.locator(`a[href="/view/${panoramic.study}"]`)
    await link.waitFor()
    await page.waitForLoadState('networkidle')
    await page.evaluate(whenSeen)
    await link.click()
    await page.locator('[data-pane="1"][data-state="picture"]').waitFor()
    const seen = await page.evaluate<{ preview: number; picture: number }>('globalThis.seen')
    // the first one fills the cache
    if (index > 0) openings.push(seen)
    say(`  first image ${Math.round(seen.preview)} ms, its pixels ${Math.round(seen.picture)} ms`)
  }

  say('Dragging the window, and drawing again, in turns')
  const rates: { window: number[]; bare: number[] } = { window: [], bare: [] }
  for (let round = 0; round < counts.rounds; round++) {
    signal.throwIfAborted()
    for (const kind of ['bare', 'window'] as const) {
      const rate = await page.evaluate<number>(`(${drawing})('${kind}', ${counts.frames})`)
      // the first round of each warms up
      if (round > 0) rates[kind].push(rate)
    }
  }
  const [windowed, bare] = [median(rates.window), median(rates.bare)]
  return {
    benchmark: 'viewer' as const,
    machine: {
      processors: availableParallelism(),
      model: cpus()[0]?.model ?? 'unknown',
      node: process.version,
      loadAverage: loadavg().map((value) => Number(value.toFixed(1))),
    },
    what: 'a panoramic 2888 × 1468 of 12 bits in Chromium at 1440 × 900; WebGL by software (SwiftShader), so that rates are far below a graphics card’s and only their ratio counts',
    goals: 'first image within 500 ms of the click; ratio at least 0.8',
    opening: {
      firstImageMs: figures(openings.map(({ preview }) => preview)),
      pixelsMs: figures(openings.map(({ picture }) => picture)),
    },
    windowing: {
      ours: { picturesPerSecond: windowed },
      peer: { picturesPerSecond: bare, what: 'the same picture drawn again, nothing changed' },
      ratio: Number((windowed / bare).toFixed(2)),
      rounds: rates,
    },
  }
}

/** In the page: from the next click, when the preview and when the pixels are on the screen, in `seen`. */
const whenSeen = `addEventListener('click', () => {
  const began = performance.now()
  const seen = globalThis.seen = { preview: 0, picture: 0 }
  const look = () => {
    const pane = document.querySelector('[data-pane="1"]')
    const preview = pane?.querySelector('[data-preview]')
    const isPicture = pane?.dataset.state === 'picture'
    // what is there in this frame is painted at its end
    if (!seen.preview && (isPicture || (preview?.complete && preview.naturalWidth > 0)))
      requestAnimationFrame(() => { seen.preview = performance.now() - began })
    if (isPicture) seen.picture = performance.now() - began
    if (!isPicture || !seen.preview) requestAnimationFrame(look)
  }
  look()
}, { capture: true, once: true })`

/** In the page: pictures a second, each asked for when the one before is drawn. */
const drawing = `async (kind, frames) => {
  const pane = document.querySelector('[data-pane="1"]')
  const box = pane.getBoundingClientRect()
  const at = (type, x, buttons) => pane.dispatchEvent(new PointerEvent(type, {
    bubbles: true, pointerId: 1, pointerType: 'mouse', button: 0, buttons,
    clientX: box.left + box.width / 2 + x, clientY: box.top + box.height / 2,
  }))
  // a made-up pointer cannot be captured
  pane.setPointerCapture = () => {}
  const drawn = () => new Promise((resolve) =>
    pane.addEventListener('CORNERSTONE_IMAGE_RENDERED', resolve, { capture: true, once: true }))
  if (kind === 'window') at('pointerdown', 0, 1)
  const began = performance.now()
  for (let frame = 0; frame < frames; frame++) {
    const done = drawn()
    if (kind === 'window') at('pointermove', frame % 2 === 0 ? 40 + frame : -40 - frame, 1)
    else pane.dispatchEvent(new Event('bitewing:redraw'))
    await done
  }
  const rate = (frames / (performance.now() - began)) * 1000
  if (kind === 'window') at('pointerup', 0, 0)
  return rate
}`

async function logIn(
  page: Page,
  system: { url: string; demo: { users: { email: string; password: string; role: string }[] } },
): Promise<void> {
  const user = system.demo.users.find(({ role }) => role === 'dentist')
  if (!user) throw new Error('The demo practice has no dentist')
  await page.goto(`${system.url}/login`)
  await page.locator('input[name="email"]').fill(user.email)
  await page.locator('input[name="password"]').fill(user.password)
  await page.locator('button[type="submit"]').click()
  await page.waitForURL((url) => !url.pathname.startsWith('/login'))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return Number((sorted[Math.floor(sorted.length / 2)] ?? Number.NaN).toFixed(1))
}

function figures(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    best: Math.round(sorted[0] ?? Number.NaN),
    median: Math.round(median(values)),
    worst: Math.round(sorted.at(-1) ?? Number.NaN),
  }
}
