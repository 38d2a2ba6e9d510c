import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{db,gateway,demo,start,cli,bench,testbed,web,orthanc}/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/build/**', '**/.svelte-kit/**'],
    globalSetup: ['testbed/src/vitest-global-setup.ts'],
    pool: 'forks',
    isolate: false, // a file's modules serve the next: most of a small file's time went into loading them
    maxWorkers: 2, // half of the time is spent waiting for real programs

    // Real Orthanc, Postgres and browsers' peers: slow machines get time, and a hang still ends.
    testTimeout: 120_000,
    hookTimeout: 240_000,
    expect: { poll: { timeout: 30_000, interval: 50 } },
    teardownTimeout: 60_000,
  },
})
