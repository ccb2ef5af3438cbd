import { defineConfig } from 'vitest/config'
import { svelte } from '@sveltejs/vite-plugin-svelte'

/** A property test with 10,000 cases on a busy two-core machine, with room to spare; a hanging test still ends. */
const TEST_TIMEOUT_MS = 30_000

/** Unit, property, vector and contract tests: everything that needs neither a browser nor a server of its own process. */
export default defineConfig({
  plugins: [svelte()],
  test: {
    include: ['src/**/*.test.ts', 'headless/**/*.test.ts', 'scripts/**/*.test.ts', 'workers/**/*.test.ts'],
    environment: 'node',
    pool: 'forks',
    // CI has two cores; a third process would only make timings worse.
    maxWorkers: 2,
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: TEST_TIMEOUT_MS,
    retry: 0,
    allowOnly: false,
    passWithNoTests: false
  }
})
