import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Small files that take long, most of it in waiting for other programs: begun last, they left a processor idle. */
const slowForTheirSize = [
  'gateway/src/jobs/killed-worker.test.ts',
  'gateway/src/processes.test.ts',
  'bench/src/first-look/first-look.test.ts',
  'gateway/src/object-store/s3-blobs.test.ts',
  'gateway/src/ingest/killed-worker.test.ts',
  'start/src/npm-start.test.ts',
]

/** Larger files first, as Vitest has it where it knows no times yet, but those before all others. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files)
    const isSlow = ({ moduleId }: TestSpecification) =>
      slowForTheirSize.some((path) => moduleId.endsWith(path))
    return [...sorted.filter(isSlow), ...sorted.filter((file) => !isSlow(file))]
  }
}

export default defineConfig({
  test: {
    include: ['{db,gateway,models,demo,start,cli,bench,testbed,web,orthanc}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/build/**', '**/.svelte-kit/**'],
    globalSetup: ['testbed/src/vitest-global-setup.ts'],
    pool: 'forks',
    isolate: false, // a file's modules serve the next: most of a small file's time went into loading them
    sequence: { sequencer: SlowFirst },
    // some 2,000 messages, a module each: plain JavaScript, which Node reads in a sixth of the processor time
    server: { deps: { external: [/\/web\/src\/paraglide\//] } },
    maxWorkers: 2, // half of the time is spent waiting for real programs

    // Real Orthanc, Postgres and browsers' peers: slow machines get time, and a hang still ends.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 30_000, interval: 50 } },
    teardownTimeout: 60_000,
  },
})
