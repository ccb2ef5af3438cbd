import { createBrowserNetwork } from '../../browser/createBrowserNetwork'
import { publicKeyOf } from '../../../core/crypto/ed25519'
import type { Network } from '../../../node/ports'

export interface HarnessOptions {
  networkId: string
  relays: string[]
  /** Ed25519 seed, so that a tab can come back as who it was. */
  seed: number[]
  transports: { webrtc: boolean; relay: boolean; tab: boolean }
  forwardOnly: boolean
}

export type Command =
  | { op: 'start'; options: HarnessOptions; port: MessagePort }
  | { op: 'state' }
  | { op: 'publish'; text: string }
  | { op: 'request'; peer: string; bytes: number }
  | { op: 'cut'; peers: string[] }
  | { op: 'clearArrivals' }

export type Reply = { op: 'reply'; call: number; value: unknown } | { op: 'arrival' }

/** Texts received, and when. */
const texts: string[] = []
let arrivals: number[] = []
let network: Network | null = null

async function run(command: Command): Promise<unknown> {
  if (command.op === 'start') return start(command.options, command.port)
  if (!network) throw new Error('not started')
  switch (command.op) {
    case 'state':
      return { peerId: network.peerId, links: network.links(), info: network.info(), texts, arrivals, secure: isSecureContext }
    case 'publish':
      return network.publish('announce', new TextEncoder().encode(command.text))
    case 'request': {
      const before = performance.now()
      const answer = await network.request(command.peer, new Uint8Array(command.bytes), 10_000)
      return { bytes: answer.length, ms: performance.now() - before }
    }
    case 'cut':
      return network.cut(command.peers)
    case 'clearArrivals':
      arrivals = []
  }
  return undefined
}

async function start({ networkId, relays, seed, transports, forwardOnly }: HarnessOptions, rtcPort: MessagePort): Promise<string> {
  const secretKey = Uint8Array.from(seed)
  const publicKey = publicKeyOf(secretKey)
  network = await createBrowserNetwork({ secretKey, publicKey, networkId, relays, transports, iceServers: [], rtcPort, forwardOnly })
  await network.start({
    onGossip: async (_from, _topic, bytes) => {
      texts.push(new TextDecoder().decode(bytes))
      arrivals.push(performance.now())
      postMessage({ op: 'arrival' } satisfies Reply)
      return 'accept'
    },
    onRequest: async (_from, bytes) => bytes,
    onLinks: () => undefined
  })
  return network.peerId
}

onmessage = ({ data }: MessageEvent<{ call: number; command: Command }>) => {
  const reply = (value: unknown) => postMessage({ op: 'reply', call: data.call, value } satisfies Reply)
  run(data.command).then(reply, (error: unknown) => reply({ error: String(error) }))
}
