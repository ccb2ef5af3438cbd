/** Identity, network and node of the server: whoever starts one for the first time opens a network with itself as first validator. */
import { getRandomValues } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { fromHex, toHex } from '../src/core/bytes'
import { encode } from '../src/core/codec'
import { publicKeyOf } from '../src/core/crypto/ed25519'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createAsyncVerifier, createOffloadingVerifier } from '../src/core/crypto/verifier'
import type { AsyncVerifier } from '../src/core/crypto/verifier'
import { familyModule, FAMILIES } from '../src/core/families/registry'
import { MEMBERSHIP_INVITED, MEMBERSHIP_OPEN, MEMBERSHIP_SPACE, MEMBERSHIP_STAKE } from '../src/core/consensus/validatorSet'
import { createGenesis, decodeGenesis, playgroundConfig } from '../src/core/genesis'
import { Genesis } from '../src/core/schema'
import type { ChainConfig } from '../src/core/schema'
import { networkIdOf } from '../src/core/signing'
import type { Identity, Network, NodeStore } from '../src/node/ports'
import { NodeRuntime } from '../src/node/runtime'
import { signatureCounts } from '../src/node/signatures'
import type { SignatureCountView } from '../src/bridge/views'
import { createNodeFast, nodeFastSign } from '../src/platform/crypto/nodeFast'
import { systemClock } from '../src/platform/systemClock'
import { createRelayNetwork } from '../src/platform/headless/relayNode'
import { serverComputeThread } from './computeThread'
import { freshServerIdentity, openServerKey } from './serverKey'
import { StartError } from './options'
import type { Membership, ServerOptions } from './options'
import type { OpenedNode } from './server'

/** The network that it opens. */
const NETWORK_NAME = 'Quorumble'
/** How the authority of a new network is called when it is somebody else's key. */
const AUTHORITY_NAME = 'Teacher'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }

/** Length of a genesis salt, bytes. */
const SALT_BYTES = 32

const randomBytes = (): Uint8Array => getRandomValues(new Uint8Array(SALT_BYTES))

/**
 * @param around what the node's network is wrapped in; left out: nothing
 * @throws StartError when the stored genesis is none
 */
export async function openNode(store: NodeStore, options: ServerOptions, around: (network: Network) => Network = network => network): Promise<OpenedNode> {
  await openServerKey(store, options)
  const identity = await store.identity(freshServerIdentity)
  const genesisBytes = (await store.load())?.genesis ?? (await foundNetwork(store, identity, options))
  const genesis = decodeGenesis(genesisBytes)
  if (!genesis.ok) throw new StartError(`The network in ${options.dataDirectory} cannot be read. Start with --new-network to put it aside and open a new one.`)
  const networkId = toHex(networkIdOf(genesis.value))
  const { network, listenPort } = await createRelayNetwork({ secretKey: identity.secretKey, networkId, listenPort: 0, announce: announced(options) })
  const node = await NodeRuntime.open({
    store,
    network: around(network),
    identity,
    genesis: genesisBytes,
    role: options.role,
    clock: systemClock,
    ...serverVerifier(),
    fastSign: nodeFastSign,
    version
  })
  governLater(node, options)
  return { node, relayPort: listenPort }
}

/** Few signatures on the spot, whole blocks on a thread of their own: the server relays for a whole room meanwhile. */
function serverVerifier(): { verifier: AsyncVerifier; signatures: () => SignatureCountView } {
  const cache = new VerificationCache()
  const fast = createNodeFast()
  const here = createAsyncVerifier({ cache, fast: { verify: async check => fast.verify(check) } })
  const elsewhere = serverComputeThread()
  const verifier = elsewhere === null ? here : createOffloadingVerifier({ cache, here, elsewhere })
  return { verifier, signatures: signatureCounts(cache, elsewhere) }
}

const MEMBERSHIPS: Record<Membership, number> = {
  open: MEMBERSHIP_OPEN,
  invited: MEMBERSHIP_INVITED,
  stake: MEMBERSHIP_STAKE,
  space: MEMBERSHIP_SPACE
}

/** A founder must be able to vote from the first block on: what its membership asks for, it has. */
const FOUNDER_DEPOSIT = 100_000n

async function foundNetwork(store: NodeStore, identity: Identity, options: ServerOptions): Promise<Uint8Array> {
  const publicKey = publicKeyOf(identity.secretKey)
  const ruled = options.authority === null ? publicKey : fromHex(options.authority)!
  const founders = [{ publicKey, name: identity.name, ...(options.membership === 'stake' ? { deposit: FOUNDER_DEPOSIT } : {}) }]
  // In an invited room nobody could invite the one who invites.
  if (options.authority !== null && toHex(publicKey) !== options.authority) founders.push({ publicKey: ruled, name: AUTHORITY_NAME })
  const genesis = createGenesis({
    name: NETWORK_NAME,
    time: Date.now(),
    salt: randomBytes(),
    founders,
    config: firstConfig(options),
    membership: MEMBERSHIPS[options.membership],
    ...(options.leakAfter === null ? { authority: ruled } : { leakAfter: options.leakAfter, minCommittee: 1 })
  })
  const bytes = encode(Genesis, genesis)
  await store.init(bytes)
  return bytes
}

/** @throws StartError for a family or mode that does not exist */
function firstConfig({ family, blockIntervalMs }: ServerOptions): ChainConfig {
  const pace = blockIntervalMs === null ? {} : { blockIntervalMs }
  if (family === null) return { ...playgroundConfig(), ...pace }
  const module = familyModule(family.name)
  const mode = family.mode === null ? 0 : (module?.modes.indexOf(family.mode) ?? -1)
  if (module === null || mode < 0) {
    const known = FAMILIES.map(({ name, modes }) => `${name} (${modes.join(', ')})`).join('; ')
    throw new StartError(`There is no family or mode "${[family.name, family.mode].filter(Boolean).join(':')}". Known: ${known}.`)
  }
  return { ...playgroundConfig(module.defaultConfig(mode)), ...pace }
}

/** What the operator asked for beyond running: tried until the chain lets it, told in the log. */
function governLater(node: NodeRuntime, options: ServerOptions): void {
  const { family } = options
  const change = family !== null && !(node.status().family === family.name && (family.mode === null || node.status().mode === family.mode))
  if (change) {
    const { blockIntervalMs, slotMs } = firstConfig(options)
    const intent = { kind: 'configure', family: family.name, ...(family.mode === null ? {} : { mode: family.mode }), blockIntervalMs, slotMs } as const
    repeatUntil(async () => {
      if (node.status().reasonCode !== 'eligible') return false
      const result = await node.submit(intent)
      console.log(result.ok ? `The family changes to ${family.name}; status tells from which height on.` : `The family stays: ${result.message}`)
      return true
    })
  }
  if (options.reanchor) {
    repeatUntil(async () => {
      if (node.status().reasonCode !== 'no-quorum') return false
      const result = await node.submit({ kind: 'reanchor' })
      console.log(result.ok ? 'The room is anchored anew: those who are here validate from now on.' : `The room is not anchored: ${result.message}`)
      return true
    })
  }
}

/** How often the operator's wish is tried, ms. */
const GOVERN_EVERY_MS = 2000

function repeatUntil(attempt: () => Promise<boolean>): void {
  const timer = setInterval(() => {
    attempt().then(
      done => done && clearInterval(timer),
      (error: unknown) => console.error(error)
    )
  }, GOVERN_EVERY_MS)
  timer.unref()
}

/** Where peers on this machine and, by HOST, on the network reach the front. Tabs learn theirs from /api/bootstrap, by the address they used. */
function announced({ host, port }: ServerOptions): string[] {
  const kind = { 4: 'ip4', 6: 'ip6', 0: 'dns4' }[isIP(host)] ?? 'dns4'
  const reachable = host === '0.0.0.0' || host === '::' ? ['ip4', '127.0.0.1'] : [kind, host]
  return [`/${reachable.join('/')}/tcp/${port}/ws`]
}
