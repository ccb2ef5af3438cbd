import { defineConfig } from 'vitest/config'
import { fileURLToPath } from 'node:url'

/** Four tabs on two cores, ten final blocks at 2 s, one restart of a browser: the longest specification stays well below this. */
const SPEC_TIMEOUT_MS = 240_000
/** Starting the server may include a build. */
const HOOK_TIMEOUT_MS = 180_000

/** Real Chromium against the built app and the real server. One file at a time: tabs of two specs would fight for two cores. */
export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['e2e/**/*.spec.ts'],
    environment: 'node',
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    sequence: { concurrent: false },
    testTimeout: SPEC_TIMEOUT_MS,
    hookTimeout: HOOK_TIMEOUT_MS,
    // A retry would hide a race.
    retry: 0,
    allowOnly: false,
    passWithNoTests: false
  }
})
