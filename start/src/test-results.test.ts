import { expect, test } from 'vitest'
import { browserResults, unitResults } from './test-results.ts'

const unit = (status: string, fullName = 'a test') => ({ status, fullName })
const file = (status: string, ...assertionResults: { status: string; fullName: string }[]) => ({
  testResults: [{ name: 'x.test.ts', status, assertionResults }],
})

test('a run that left no report, or ended badly for no reason that it tells, has failed', () => {
  expect(unitResults(null, 0).failures).toHaveLength(1)
  expect(browserResults(null, 0).failures).toHaveLength(1)
  expect(unitResults(file('passed', unit('passed')), 1)).toMatchObject({
    passed: 1,
    failures: [expect.any(String)],
  })
  expect(browserResults({ suites: [] }, 1).failures).toHaveLength(1)
})

test('a test file that cannot be loaded counts as failed, though no test of it did', () => {
  expect(unitResults(file('failed'), 1).failures).toEqual(['x.test.ts'])
})

test('passed, failed and skipped are counted apart', () => {
  const report = file('failed', unit('passed'), unit('failed', 'bad'), unit('skipped'), unit('todo'))
  expect(unitResults(report, 1)).toEqual({ passed: 1, skipped: 2, failures: ['bad'] })

  const spec = (title: string, status: string) => ({ title, file: 'y.spec.ts', tests: [{ status }] })
  const suites = [
    {
      specs: [spec('one', 'expected')],
      suites: [{ specs: [spec('two', 'flaky'), spec('three', 'skipped')] }],
    },
  ]
  expect(browserResults({ suites }, 0)).toEqual({ passed: 1, skipped: 1, failures: ['y.spec.ts: two'] })
})
