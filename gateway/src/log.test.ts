import { expect, test } from 'vitest'
import { createLog } from './log.ts'
import { ObjectStoreRefused } from './object-store/object-errors.ts'

test('the log says why the store will not have us, and repeats no words of a driver or parser', () => {
  const lines: string[] = []
  const log = createLog({ level: 'info', process: 'worker' }, { write: (line: string) => lines.push(line) })
  log.warn({ err: new ObjectStoreRefused('Azure answered ContainerNotFound (404)') }, 'waiting')
  log.warn({ err: new Error('duplicate key: TREMBLAY^MARIE') }, 'failed')
  expect(lines.map((line) => (JSON.parse(line) as { err: object }).err)).toMatchObject([
    { type: 'ObjectStoreAway', message: 'Azure answered ContainerNotFound (404)' },
    { type: 'Error' },
  ])
  expect(lines.join('')).not.toContain('TREMBLAY')
})
