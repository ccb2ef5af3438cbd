/** The sandbox of a tab: a worker of the node's worker, so that neither waits for the page. */
import { TrustedWorker as Worker } from '../src/bridge/trustedWorker'
import type { ScriptRunner } from '../src/node/ports'
import { ScriptHost } from '../src/platform/sandbox/scriptHost'
import type { SandboxWorker } from '../src/platform/sandbox/scriptHost'
import type { SandboxNote } from '../src/platform/sandbox/serve'
import { systemClock } from '../src/platform/systemClock'

function spawn(): SandboxWorker {
  const worker = new Worker(new URL('./agent.worker.ts', import.meta.url), { type: 'module', name: 'quorumble agent' })
  return {
    post: job => worker.postMessage(job),
    onNote: handler => worker.addEventListener('message', (event: MessageEvent<SandboxNote>) => handler(event.data)),
    onError: handler => worker.addEventListener('error', event => handler(event.message || 'its program did not arrive'), { once: true }),
    terminate: () => worker.terminate()
  }
}

export const openScripts = (): ScriptRunner => new ScriptHost(spawn, systemClock)
