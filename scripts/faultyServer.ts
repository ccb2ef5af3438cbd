/**
 * A server that fails those who fetch a state from it, for tests: `QUORUMBLE_FAULT=lies|stalls|holds`, and otherwise the options of `npm start`. It is the shipped server, whose answers to such questions
 * are changed on their way out: `lies` changes a byte of each part, `stalls` never answers, `holds` answers one
 * such question, and the others not before it gets SIGUSR2.
 */
import '../src/platform/headless/polyfills'
import { openNode } from '../headless/openNode'
import { run } from '../headless/run'
import { decodeMessage, encodeMessage } from '../src/core/wire'
import type { Network } from '../src/node/ports'

const FAULTS = ['lies', 'stalls', 'holds'] as const

type Answer = (request: Uint8Array, honest: () => Promise<Uint8Array>) => Promise<Uint8Array>

const isForChunks = (request: Uint8Array): boolean => decodeMessage(request, ['chunksRequest']).ok

/** Questions for parts of a state so far, and the end of holding back. */
let asked = 0
const released = new Promise<void>(resolve => process.once('SIGUSR2', () => resolve()))

const ANSWERS: Record<(typeof FAULTS)[number], Answer> = {
  lies: async (_request, honest) => {
    const bytes = await honest()
    const reply = decodeMessage(bytes, ['chunksReply'])
    if (!reply.ok) return bytes
    return encodeMessage('chunksReply', { chunks: reply.value.value.chunks.map(chunk => chunk.map((byte, i) => (i === chunk.length - 1 ? byte ^ 1 : byte))) })
  },
  stalls: (request, honest) => (isForChunks(request) ? new Promise(() => undefined) : honest()),
  holds: async (request, honest) => {
    if (isForChunks(request) && ++asked > 1) await released
    return honest()
  }
}

/** The network as it is, but for what goes back to those who ask. */
function faulty(network: Network, answer: Answer): Network {
  return new Proxy(network, {
    get(target, name) {
      if (name === 'start') {
        const start: Network['start'] = handlers =>
          target.start({ ...handlers, onRequest: (from, request) => answer(request, () => handlers.onRequest(from, request)) })
        return start
      }
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value
    }
  })
}

const fault = FAULTS.find(name => name === process.env.QUORUMBLE_FAULT)
if (fault === undefined) {
  console.error(`QUORUMBLE_FAULT is one of: ${FAULTS.join(', ')}.`)
  process.exit(2)
}
await run((store, options) => openNode(store, options, network => faulty(network, ANSWERS[fault])))
