import { serveRtc } from '../../browser/rtcBroker'
import type { Command, HarnessOptions, Reply } from './harness.worker'

/**
 * A page as small as can be around a network in a worker, for e2e/network.spec.ts. The hash holds the options; `window.harness` passes
 * commands to the worker, and keeps the moments at which messages would have reached a node that lives in the page.
 */
const worker = new Worker(new URL('./harness.worker.ts', import.meta.url), { type: 'module' })
const options = JSON.parse(decodeURIComponent(location.hash.slice(1))) as HarnessOptions
const { port1, port2 } = new MessageChannel()
serveRtc(port1)

const waiting = new Map<number, (value: unknown) => void>()
const pageArrivals: number[] = []
let lastCall = 0

worker.onmessage = ({ data }: MessageEvent<Reply>) => {
  if (data.op === 'arrival') pageArrivals.push(performance.now())
  else {
    waiting.get(data.call)?.(data.value)
    waiting.delete(data.call)
  }
}
worker.onerror = event => document.body.append(`worker failed: ${event.message}`)

const call = (command: Command): Promise<unknown> =>
  new Promise(resolve => {
    waiting.set(++lastCall, resolve)
    worker.postMessage({ call: lastCall, command })
  })

const block = (ms: number) => {
  for (const end = performance.now() + ms; performance.now() < end;);
}

const started = new Promise(resolve => {
  waiting.set(0, resolve)
  worker.postMessage({ call: 0, command: { op: 'start', options, port: port2 } }, [port2])
})

Object.assign(globalThis, { harness: { started, call, block, pageArrivals } })
