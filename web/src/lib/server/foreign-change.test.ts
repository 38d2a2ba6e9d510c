import { expect, test } from 'vitest'
import { isForeignChange } from './foreign-change.ts'

const own = 'https://images.example'
const base = { method: 'POST', origin: own, fetchSite: null, ownOrigin: own, routeId: '/logout' }

test('reading is never foreign, changing from the own origin is not', () => {
  expect(isForeignChange({ ...base, method: 'GET', origin: 'https://evil.example' })).toBe(false)
  expect(isForeignChange(base)).toBe(false)
})

test('a change that names another origin is refused, whatever else is said', () => {
  for (const origin of [
    'https://evil.example',
    'http://images.example',
    'https://images.example.evil.example',
  ]) {
    expect(isForeignChange({ ...base, origin, fetchSite: 'same-origin' })).toBe(true)
    expect(isForeignChange({ ...base, origin, routeId: '/share/[token]' })).toBe(true)
  }
})

// Referrer-Policy: no-referrer makes browsers say Origin: null on the page's own forms
test('without an origin the browser must say that the page is ours', () => {
  for (const origin of [null, 'null']) {
    expect(isForeignChange({ ...base, origin, fetchSite: 'same-origin' })).toBe(false)
    for (const fetchSite of ['cross-site', 'same-site', 'none']) {
      expect(isForeignChange({ ...base, origin, fetchSite })).toBe(true)
      expect(isForeignChange({ ...base, origin, fetchSite, routeId: '/share/[token]' })).toBe(true)
    }
  }
})

test('an old browser that says nothing may open a link and choose a language, and nothing else', () => {
  for (const [routeId, refused] of [
    ['/share/[token]', false],
    ['/language', false],
    ['/logout', true],
    ['/(practice)/patients/[id]', true],
    [null, true],
  ] as const) {
    expect(isForeignChange({ ...base, origin: 'null', routeId })).toBe(refused)
  }
})
