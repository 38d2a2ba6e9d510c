import { existsSync } from 'node:fs'

const shell = '/usr/bin/chromium-headless-shell'

/** The system's Chromium, as people have it where it is there; undefined lets Playwright look for its own. */
export function chromiumPath(): string | undefined {
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', shell].find((path) =>
    existsSync(path),
  )
}

/**
 * For tests: the same engine in the same version without the browser around it, which costs half as much again and which
 * nobody sees there; else as `chromiumPath`.
 */
export function headlessChromiumPath(): string | undefined {
  return existsSync(shell) ? shell : chromiumPath()
}

/**
 * What is switched off. The browser's address bar is a page of its own, which nobody sees here and which costs a second
 * of processor time in every context. The flag takes the place of Playwright's own: the rest repeats its list.
 */
const featuresOff = [
  'WebUIOmniboxPopup',
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxFullPopup',
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
]

/**
 * Quiet and alone: no sandbox (tests run as root), WebGL without a graphics card, no traffic of its own. Pages are put
 * together without WebGL, which would cost a third more processor time where it is computed.
 */
export const chromiumArguments: readonly string[] = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--disable-gpu-compositing',
  `--disable-features=${featuresOff.join(',')}`,
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]
