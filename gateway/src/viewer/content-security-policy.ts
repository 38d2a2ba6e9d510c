/** Joins directives to the value of a Content-Security-Policy header. */
function policy(directives: Record<string, string>): string {
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources}`)
    .join('; ')
}

/** For the viewer's page: this origin only, nothing inline but styles, no eval of text. */
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
  'object-src': "'none'",
  'base-uri': "'none'",
  'form-action': "'none'",
  'frame-ancestors': "'self'",
})

/**
 * For the viewer's scripts. A worker runs under the policy of its own script: the decoders' glue code
 * makes functions from text (Emscripten's embind), which is so allowed to the workers and not to the
 * page that holds the patient's data and the session.
 */
export const scriptPolicy = policy({
  'default-src': "'none'",
  'script-src': "'self' 'unsafe-eval'",
  'connect-src': "'self'",
  'frame-ancestors': "'none'",
})
