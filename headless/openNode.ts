/** Identity, network and node of the server: whoever starts one for the first time opens a network with itself as first validator. */
import { getRandomValues } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { toHex } from '../src/core/bytes'
import { encode } from '../src/core/codec'
import { publicKeyOf } from '../src/core/crypto/ed25519'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createAsyncVerifier } from '../src/core/crypto/verifier'
import { createGenesis, decodeGenesis } from '../src/core/genesis'
import { Genesis } from '../src/core/schema'
import { networkIdOf } from '../src/core/signing'
import type { Identity, NodeStore } from '../src/node/ports'
import { NodeRuntime } from '../src/node/runtime'
import { createNodeFast, nodeFastSign } from '../src/platform/crypto/nodeFast'
import { systemClock } from '../src/platform/systemClock'
import { createRelayNetwork } from '../src/platform/headless/relayNode'
import { StartError } from './options'
import type { ServerOptions } from './options'
import type { OpenedNode } from './server'

/** The name of the server's own agent, and of the network that it opens. */
const SERVER_NAME = 'Lighthouse'
const NETWORK_NAME = 'Quorumble'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

/** Length of an Ed25519 seed and of a genesis salt, bytes. */
const SEED_BYTES = 32

const randomBytes = (): Uint8Array => getRandomValues(new Uint8Array(SEED_BYTES))

/** @throws StartError when the stored genesis is none */
export async function openNode(store: NodeStore, options: ServerOptions): Promise<OpenedNode> {
  const identity = await store.identity(() => ({ secretKey: randomBytes(), name: SERVER_NAME }))
  const genesisBytes = (await store.load())?.genesis ?? (await foundNetwork(store, identity, options))
  const genesis = decodeGenesis(genesisBytes)
  if (!genesis.ok) throw new StartError(`The network in ${options.dataDirectory} cannot be read. Start with --new-network to put it aside and open a new one.`)
  const networkId = toHex(networkIdOf(genesis.value))
  const { network, listenPort } = await createRelayNetwork({ secretKey: identity.secretKey, networkId, listenPort: 0, announce: announced(options) })
  const fast = createNodeFast()
  const node = await NodeRuntime.open({
    store,
    network,
    identity,
    genesis: genesisBytes,
    role: 'archive',
    clock: systemClock,
    verifier: createAsyncVerifier({ cache: new VerificationCache(), fast: { verify: async check => fast.verify(check) } }),
    fastSign: nodeFastSign,
    version
  })
  return { node, relayPort: listenPort }
}

async function foundNetwork(store: NodeStore, identity: Identity, { blockIntervalMs }: ServerOptions): Promise<Uint8Array> {
  const founders = [{ publicKey: publicKeyOf(identity.secretKey), name: identity.name }]
  const pace = blockIntervalMs === null ? {} : { blockIntervalMs }
  const genesis = encode(Genesis, createGenesis({ name: NETWORK_NAME, time: Date.now(), salt: randomBytes(), founders, ...pace }))
  await store.init(genesis)
  return genesis
}

/** Where peers on this machine and, by HOST, on the network reach the front. Tabs learn theirs from /api/bootstrap, by the address they used. */
function announced({ host, port }: ServerOptions): string[] {
  const kind = { 4: 'ip4', 6: 'ip6', 0: 'dns4' }[isIP(host)] ?? 'dns4'
  const reachable = host === '0.0.0.0' || host === '::' ? ['ip4', '127.0.0.1'] : [kind, host]
  return [`/${reachable.join('/')}/tcp/${port}/ws`]
}
