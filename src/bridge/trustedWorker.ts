/**
 * `Worker` for a page under `require-trusted-types-for 'script'`, where a worker's address must be a TrustedScriptURL.
 * The policy lets through worker files of this build only: same origin, and named `….worker…`.
 */

/** Name of the policy; the server lists it in its `trusted-types` directive. */
const WORKER_POLICY = 'quorumble-worker'

/** The part of the Trusted Types API that is used; TypeScript's DOM library does not have it yet. */
interface TrustedTypes {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): URL }
}

const trustedTypes = (globalThis as { trustedTypes?: TrustedTypes }).trustedTypes
const policy = trustedTypes?.createPolicy(WORKER_POLICY, { createScriptURL: ownWorker })

/** @throws TypeError for every address that is not a worker of this build */
export function ownWorker(address: string): string {
  const url = new URL(address)
  // Not `url.origin`: a blob's address claims the origin of whoever made it.
  if (!url.href.startsWith(`${globalThis.location.origin}/`) || !/\.worker[^/]*$/.test(url.pathname))
    throw new TypeError(`not a worker of this page: ${address}`)
  return address
}

/**
 * Constructed as `new Worker(new URL('….worker.ts', import.meta.url))` under this very name: Vite finds the workers to bundle by that text.
 */
export const TrustedWorker = function (url: URL, options: WorkerOptions): Worker {
  return new Worker(policy ? policy.createScriptURL(url.href) : url, options)
} as unknown as typeof Worker
