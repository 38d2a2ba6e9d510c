/** Joins directives to the value of a Content-Security-Policy header. */
function policy(directives: Record<string, string>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ')
}

/** For the viewer's page: this origin only, nothing inline but styles, no functions from text. */
export const pagePolicy = policy({
  'default-src': "'none'",
  // Codecs are WebAssembly.
  'script-src': "'self' 'wasm-unsafe-eval'",
  'worker-src': "'self'",
  // React and the image library write style attributes and elements.
  'style-src': "'self' 'unsafe-inline'",
  'img-src': "'self' blob: data:",
  'font-src': "'self'",
  'connect-src': "'self'",
  'media-src': "'self' blob:",
  // A PDF document is fetched and handed to the browser's own viewer as a blob, which keeps this policy.
  // 'self' for the empty address that its element begins with.
  'object-src': "'self' blob:",
  'frame-src': 'blob:',
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'self'",
})

/**
 * For the viewer's scripts. A worker runs under the policy of its own script: the JPEG-LS and JPEG 2000
 * decoders make functions from text (Emscripten's embind), which is so allowed to the workers and not
 * to the page that shows the patient's data.
 */
export const scriptPolicy = policy({
  'default-src': "'none'",
  'script-src': "'self' 'unsafe-eval'",
  'connect-src': "'self'",
  'frame-ancestors': "'none'",
})
