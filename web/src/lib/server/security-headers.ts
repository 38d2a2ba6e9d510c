const everywhere = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // paths name patients and shares
  'referrer-policy': 'no-referrer',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'x-robots-tag': 'noindex, nofollow',
  'cache-control': 'private, no-store',
} as const

/**
 * Headers that every answer carries; the Content-Security-Policy with its nonce is Kit's (vite.config.ts).
 *
 * @param imageOrigin where pictures may come from beside here: a CDN
 */
export function setSecurityHeaders(response: Response, imageOrigin: string | null = null): Response {
  for (const [name, value] of Object.entries(everywhere)) response.headers.set(name, value)
  const policy = response.headers.get('content-security-policy')
  if (policy !== null && imageOrigin !== null) {
    const wider = policy.replace("img-src 'self'", `img-src 'self' ${imageOrigin}`)
    response.headers.set('content-security-policy', wider)
  }
  return response
}
