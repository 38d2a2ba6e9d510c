import { z } from 'zod'

/** What one tool's run came to; `failures` has a line for each. */
export type Results = { passed: number; skipped: number; failures: string[] }

const VitestReport = z.object({
  testResults: z.array(
    z.object({
      name: z.string(),
      status: z.string(),
      message: z.string().optional(),
      assertionResults: z.array(z.object({ status: z.string(), fullName: z.string() })),
    }),
  ),
})

/**
 * Counts Vitest's JSON report. A file that could not be loaded is a failure of its own, and so is an exit code that
 * nothing in the report explains, such as an error after the tests.
 */
export function unitResults(report: unknown, exitCode: number): Results {
  const parsed = VitestReport.safeParse(report)
  if (!parsed.success) return { passed: 0, skipped: 0, failures: ['vitest wrote no report'] }

  const files = parsed.data.testResults
  const tests = files.flatMap(({ assertionResults }) => assertionResults)
  const failures = tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName.trim())
  for (const { name, status, assertionResults } of files) {
    if (status === 'failed' && !assertionResults.some((test) => test.status === 'failed')) failures.push(name)
  }
  if (failures.length === 0 && exitCode !== 0) failures.push(`vitest ended with exit code ${exitCode}`)
  const passed = tests.filter(({ status }) => status === 'passed').length
  return {
    passed,
    skipped: tests.length - passed - tests.filter(({ status }) => status === 'failed').length,
    failures,
  }
}

const PlaywrightTest = z.object({ status: z.enum(['expected', 'unexpected', 'flaky', 'skipped']) })
const PlaywrightSpec = z.object({ title: z.string(), file: z.string(), tests: z.array(PlaywrightTest) })
type Suite = { specs: z.infer<typeof PlaywrightSpec>[]; suites: Suite[] }
const PlaywrightSuite: z.ZodType<Suite> = z.lazy(() =>
  z.object({ specs: z.array(PlaywrightSpec).default([]), suites: z.array(PlaywrightSuite).default([]) }),
)
const PlaywrightReport = z.object({
  suites: z.array(PlaywrightSuite),
  errors: z.array(z.object({ message: z.string().optional() })).default([]),
})

/** Counts Playwright's JSON report, in the same way. A test that passed at a second try did not pass. */
export function browserResults(report: unknown, exitCode: number): Results {
  const parsed = PlaywrightReport.safeParse(report)
  if (!parsed.success) return { passed: 0, skipped: 0, failures: ['playwright wrote no report'] }

  const specs = parsed.data.suites.flatMap(specsOf)
  const tests = specs.flatMap(({ title, file, tests }) =>
    tests.map(({ status }) => ({ name: `${file}: ${title}`, status })),
  )
  const failures = tests
    .filter(({ status }) => status === 'unexpected' || status === 'flaky')
    .map(({ name }) => name)
  failures.push(
    ...parsed.data.errors.map(({ message }) => `playwright: ${message?.split('\n')[0] ?? 'an error'}`),
  )
  if (failures.length === 0 && exitCode !== 0) failures.push(`playwright ended with exit code ${exitCode}`)
  return {
    passed: tests.filter(({ status }) => status === 'expected').length,
    skipped: tests.filter(({ status }) => status === 'skipped').length,
    failures,
  }
}

function specsOf(suite: Suite): Suite['specs'] {
  return [...suite.specs, ...suite.suites.flatMap(specsOf)]
}
