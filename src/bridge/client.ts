/**
 * The page's end of the bridge: makes the two workers when they are asked for (never before the first paint), and speaks to them through
 * Comlink as if they were objects of the page.
 */
import { proxy, wrap } from 'comlink'
import type { NodeApi, ProofApi, SimApi, SimUpdate } from './api'
import { RTC_PORT_MESSAGE } from './api'
import type { Update } from './views'
import { TrustedWorker as Worker } from './trustedWorker'

/** A worker and the way to talk to it. */
export interface Connection<Api> {
  api: Api
  /** Calls back once when the worker cannot be loaded or dies of an uncaught error. */
  onFailure(handler: (message: string) => void): void
  /** Ends the worker at once; calls in flight never settle. */
  close(): void
}

/** Where the page gets its workers from. Tests and the screenshot harness put a fake in its place. */
export interface Backend {
  openSim(): Connection<SimApi>
  /** @param rtcPort the worker's end of the WebRTC broker, or null where the page has no RTCPeerConnection */
  openNode(rtcPort: MessagePort | null): Connection<NodeApi>
  /** Only for whoever opens a proof. */
  openProof(): Connection<ProofApi>
}

export const workerBackend: Backend = {
  openSim() {
    return connect<SimApi, SimUpdate>(new Worker(new URL('../../workers/sim.worker.ts', import.meta.url), { type: 'module', name: 'quorumble simulation' }))
  },
  openNode(rtcPort) {
    const worker = new Worker(new URL('../../workers/node.worker.ts', import.meta.url), { type: 'module', name: 'quorumble node' })
    // Before any Comlink message: libp2p reads the global RTCPeerConnection while it loads, so the facade must be there first.
    worker.postMessage({ type: RTC_PORT_MESSAGE, port: rtcPort }, rtcPort ? [rtcPort] : [])
    return connect<NodeApi, Update>(worker)
  },
  openProof() {
    return connection<ProofApi>(new Worker(new URL('../../workers/proof.worker.ts', import.meta.url), { type: 'module', name: 'quorumble proof' }))
  }
}

/** Both APIs take one callback, in `subscribe`; functions cross only as Comlink proxies. */
interface Subscribable<Update> {
  subscribe(listener: (update: Update) => void | Promise<void>): Promise<number>
}

function connect<Api extends Subscribable<Update>, Update>(worker: Worker): Connection<Api> {
  const plain = connection<Api>(worker)
  const subscribe: Subscribable<Update>['subscribe'] = listener => plain.api.subscribe(proxy(listener))
  return { ...plain, api: new Proxy(plain.api, { get: (target, name) => (name === 'subscribe' ? subscribe : Reflect.get(target, name)) }) }
}

function connection<Api>(worker: Worker): Connection<Api> {
  return {
    api: wrap<Api>(worker) as unknown as Api,
    onFailure(handler) {
      worker.addEventListener('error', event => handler(event.message || 'the worker could not be loaded'), { once: true })
    },
    close: () => worker.terminate()
  }
}
