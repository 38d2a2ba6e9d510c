import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { readEnvironment } from './environment.ts'
import { setSecurityHeaders } from './security-headers.ts'

const good = {
  DATABASE_URL: 'postgres://app:secret@127.0.0.1:5432/bitewing',
  PUBLIC_URL: 'https://images.example/',
  ACCOUNT_KEY: randomBytes(32).toString('base64'),
}

test('cookies are Secure where the outside address is https', () => {
  expect(readEnvironment(good)).toMatchObject({ publicUrl: 'https://images.example', secureCookies: true })
  expect(readEnvironment({ ...good, PUBLIC_URL: 'http://localhost:8080' }).secureCookies).toBe(false)
})

test('a failure names every bad variable and no value', () => {
  const wrong = { DATABASE_URL: 'mysql://secret', DICOM_PORT: 'secret' }
  expect(() => readEnvironment(wrong)).toThrow(/DATABASE_URL.*PUBLIC_URL|PUBLIC_URL.*DATABASE_URL/)
  expect(() => readEnvironment(wrong)).toThrow(/DICOM_PORT/)
  const short = randomBytes(31).toString('base64')
  expect(() => readEnvironment({ ...good, ACCOUNT_KEY: short })).toThrow(/ACCOUNT_KEY$/)
  expect(() => readEnvironment(wrong)).not.toThrow(/secret/)
})

test('pictures may come from a CDN where one is configured, and from nowhere else', () => {
  expect(readEnvironment(good).cdnOrigin).toBeNull()
  expect(readEnvironment({ ...good, CDN_URL: '' }).cdnOrigin).toBeNull()
  const { cdnOrigin } = readEnvironment({ ...good, CDN_URL: 'https://cdn.example' })
  const policy = "default-src 'self'; img-src 'self' data: blob:; font-src 'self'"
  const page = () => new Response('', { headers: { 'content-security-policy': policy } })
  expect(setSecurityHeaders(page(), cdnOrigin).headers.get('content-security-policy')).toBe(
    "default-src 'self'; img-src 'self' https://cdn.example data: blob:; font-src 'self'",
  )
  expect(setSecurityHeaders(page()).headers.get('content-security-policy')).toBe(policy)
})
