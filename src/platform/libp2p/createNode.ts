import { generateKeyPairFromSeed } from '@libp2p/crypto/keys'
import { identify } from '@libp2p/identify'
import type { Identify } from '@libp2p/identify'
import type { GossipSub } from '@libp2p/gossipsub'
import type { Libp2p } from '@libp2p/interface'
import { noise } from '@libp2p/noise'
import { ping } from '@libp2p/ping'
import { yamux } from '@libp2p/yamux'
import { createLibp2p } from 'libp2p'
import type { Libp2pOptions } from 'libp2p'
import { gossipsubOf } from './gossip'
import { GossipGate } from './gossipGate'
import { PING_INTERVAL_MS, PING_TIMEOUT_MS } from './limits'
import { Penalties } from './penalties'

/** Exactly the services that the adapter calls by name. */
type NodeServices = { identify: Identify; ping: unknown; pubsub: GossipSub }

/** A libp2p node that is not started yet, with what Libp2pNetwork needs to steer it. */
export interface NodeParts {
  libp2p: Libp2p<NodeServices>
  gate: GossipGate
  penalties: Penalties
}

export interface NodeInit {
  /** Ed25519 seed, 32 bytes; the agent's own key, so that its peer id names the agent. */
  secretKey: Uint8Array
  networkId: string
  listen: string[]
  /** Outer addresses, when they differ from those listened on. */
  announce: string[]
  transports: NonNullable<Libp2pOptions['transports']>
  gater: NonNullable<Libp2pOptions['connectionGater']>
  connectionManager: NonNullable<Libp2pOptions['connectionManager']>
  /** Further services by name, such as the relay server. */
  services: NonNullable<Libp2pOptions['services']>
}

/** The part of a libp2p node that tabs and headless nodes share. Rejects if the seed is not 32 bytes. */
export async function createNode(init: NodeInit): Promise<NodeParts> {
  const gate = new GossipGate()
  const penalties = new Penalties()
  const pubsub = gossipsubOf(init.networkId, peer => penalties.score(peer, Date.now()))
  const libp2p = await createLibp2p({
    privateKey: await generateKeyPairFromSeed('Ed25519', init.secretKey),
    start: false,
    addresses: { listen: init.listen, announce: init.announce },
    transports: init.transports,
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    connectionGater: init.gater,
    // Redialling is ours: RelayKeeper and LinkKeeper know what is worth it.
    connectionManager: { reconnectRetries: 0, ...init.connectionManager },
    connectionMonitor: { pingInterval: PING_INTERVAL_MS, pingTimeout: { minTimeout: PING_TIMEOUT_MS, maxTimeout: PING_TIMEOUT_MS } },
    services: { ...init.services, identify: identify({ runOnConnectionOpen: true }), ping: ping({ runOnLimitedConnection: true }), pubsub: gate.guard(pubsub) }
  })
  return { libp2p: libp2p as unknown as Libp2p<NodeServices>, gate, penalties }
}
