import { expect, test } from 'vitest'
import { passwordProblem } from './password-problem.ts'

const known = ['marc.gagne@clinique-laurier.example', 'Marc Gagné Roy', 'Clinique dentaire Laurier']

test('twelve characters are enough, whatever they are', () => {
  expect(passwordProblem('onze lettre', known)).toBe('short')
  expect(passwordProblem('quarante chevaux bleus', known)).toBeNull()
  expect(passwordProblem('k7#mQ2vX9!pL', known)).toBeNull()
  expect(passwordProblem('x'.repeat(1025), known)).toBe('long')
})

test('what stands on the door plate is no password', () => {
  for (const guess of [
    'marc.gagne@clinique-laurier.example',
    'CliniqueLaurier2026',
    'marc.roy.2026',
    'Gagné-dentaire-1',
    'motdepasse1234',
    'Bitewing123456',
    'aaaaaaaaaaaaaaaa',
    '121212121212121212',
    '1234567890123',
  ]) {
    expect([guess, passwordProblem(guess, known)]).toEqual([guess, 'guessable'])
  }
})
