import { expect, test } from 'vitest'
import { compareIdentities } from './compare-identities.ts'

const person = (name: string, birthDate: string | null, sex: string | null = null) => {
  const [familyName = '', givenName = ''] = name.split(', ')
  return { familyName, givenName, birthDate, sex }
}
const marie = person('Côté, Marie', '1985-03-07')

test.each([
  ['same', person('COTE, MARIE', '1985-03-07', 'F')],
  ['same', person('Marie, Côté', '1985-03-07')],
  ['birth-missing', person('Cote, Marie', null)],
  ['birth-alike', person('Côté, Marie', '1985-07-03')],
  ['birth-alike', person('Côté, Marie', '1986-03-07')],
  ['name-alike', person('Côté, Marie Ève', '1985-03-07')],
  ['name-alike', person('Côté, Mariee', '1985-03-07')],
  [null, person('Côté, Marie', '1991-11-30')],
  [null, person('Côté, Luc', '1985-03-07')],
  [null, person('Côté, ', '1985-03-07')],
])('%s: %j', (likeness, other) => {
  expect([compareIdentities(marie, other), compareIdentities(other, marie)]).toEqual([likeness, likeness])
})

test('twins are two, and so are a woman and a man of nearly one name', () => {
  expect(compareIdentities(person('Roy, Léa', '2016-05-01'), person('Roy, Léo', '2016-05-01'))).toBeNull()
  const danielle = person('Roy, Danielle', '1970-01-02', 'F')
  expect(compareIdentities(danielle, person('Roy, Daniele', '1970-01-02', 'F'))).toBe('name-alike')
  expect(compareIdentities(danielle, person('Roy, Daniele', '1970-01-02', 'M'))).toBeNull()
})
