import { expect, test } from 'vitest'
import { decodeTable } from './decode-table.ts'

const table = 'code;nom_fr;tarif\nA;Détartrage;12,50\n'

test.each([
  ['UTF-8', Buffer.from(table)],
  ['UTF-8 with its mark', Buffer.from(`\uFEFF${table}`)],
  ['UTF-16', Buffer.from(`\uFEFF${table}`, 'utf16le')],
  ['UTF-16, the other way round', Buffer.from(`\uFEFF${table}`, 'utf16le').swap16()],
  ['Latin-1', Buffer.from(table, 'latin1')],
])('a table in %s is read', (_, bytes) => {
  expect(decodeTable(bytes)).toBe(table)
})

test('what is no text is no table', () => {
  expect(decodeTable(Buffer.from('code,fee\nA\0B,1\n'))).toBeNull()
  expect(decodeTable(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0, 0, 0]))).toBeNull()
  // half of a character
  expect(decodeTable(Buffer.from([0xff, 0xfe, 0x00, 0xd8, 0x41, 0x00]))).not.toContain('\uD800')
})
