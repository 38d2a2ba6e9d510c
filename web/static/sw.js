/* global caches, self */
/**
 * The app's service worker. It keeps what is the same for everybody (scripts, styles and the typeface, by their hashed
 * names) and one page that says that there is no connection. Nothing else is kept, and nothing else is answered here:
 * no page, no picture, no answer of an API, since all of these may be a patient's.
 *
 * A new version waits until no page of the old one is open; so no page is reloaded under somebody's hands.
 */
const shell = 'bitewing-shell-1'
const assets = 'bitewing-assets-1'
const offlinePage = '/offline.html'
const shellFiles = [offlinePage, '/offline.js', '/offline.css', '/bitewing.svg']
/** Some versions of the app: a page that stays open over an update still finds its scripts. */
const assetsMax = 600

self.addEventListener('install', (event) => {
  // past the browser's own cache: else the files of the version before
  const fresh = shellFiles.map((path) => new Request(path, { cache: 'reload' }))
  event.waitUntil(caches.open(shell).then((cache) => cache.addAll(fresh)))
})

self.addEventListener('activate', (event) => {
  event.waitUntil(
    (async () => {
      for (const name of await caches.keys()) if (name !== shell && name !== assets) await caches.delete(name)
      await self.registration.navigationPreload?.enable()
    })(),
  )
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (request.mode === 'navigate') event.respondWith(pageOrOffline(event))
  else if (url.pathname.startsWith('/_app/immutable/')) event.respondWith(asset(request))
  else if (shellFiles.includes(url.pathname)) event.respondWith(shellFile(request))
})

async function pageOrOffline(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request))
  } catch {
    return (await caches.match(offlinePage)) ?? Response.error()
  }
}

/** The name changes with the content: what is kept is right for ever. */
async function asset(request) {
  const cache = await caches.open(assets)
  const kept = await cache.match(request, { ignoreVary: true })
  if (kept) return kept
  const answer = await fetch(request)
  if (answer.ok && answer.status === 200 && answer.type === 'basic') {
    await cache.put(request, answer.clone())
    const keys = await cache.keys()
    for (const key of keys.slice(0, Math.max(0, keys.length - assetsMax))) await cache.delete(key)
  }
  return answer
}

/** The newest there is, and without a connection the one that is kept. */
async function shellFile(request) {
  try {
    return await fetch(request)
  } catch {
    return (await caches.match(new URL(request.url).pathname)) ?? Response.error()
  }
}
