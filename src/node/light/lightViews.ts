/** What a person may see of a light node: the slices of a full one, as far as a node without blocks and state has them. */
import { equalBytes, toHex } from '../../core/bytes'
import { FAMILIES } from '../../core/families/registry'
import { isNobody } from '../../core/genesis'
import { nameFromBytes } from '../../core/names'
import { agentIdOf, blockHash } from '../../core/signing'
import { quorumWeight } from '../../core/state/worldState'
import { weightIn } from '../../core/light/stateHeader'
import type { AgentRecord } from '../../core/schema'
import type { AgentView, BlockView, ChainView, Status } from '../../bridge/views'
import { agentView, membershipName, modeName, roomTerms } from '../views'
import type { Surroundings } from '../views'
import type { LightCore } from './lightCore'

function recordOf(core: LightCore, publicKey: Uint8Array): AgentRecord | null {
  if (equalBytes(publicKey, core.publicKey)) return core.own?.record ?? null
  return core.registry?.records.find(record => equalBytes(record.publicKey, publicKey)) ?? null
}

export function lightNameOf(core: LightCore, publicKey: Uint8Array): string {
  const record = recordOf(core, publicKey)
  return (record === null ? null : nameFromBytes(record.name)) ?? `agent ${toHex(agentIdOf(publicKey)).slice(0, 6)}`
}

function reasonFor(core: LightCore, peers: number): Pick<Status, 'reason' | 'reasonCode'> {
  if (core.forked)
    return {
      reasonCode: 'fork',
      reason: 'Two certificates contradict each other: more than a third of the validators lied. This tab believes nobody any more.'
    }
  if (core.trouble !== null) return { reasonCode: 'syncing', reason: 'Nothing follows here from the link’s checkpoint; the card of the light node says why.' }
  if (peers === 0) return { reasonCode: 'alone', reason: 'Nobody is linked yet, so there is nobody to show the chain. Invite somebody, or wait.' }
  if (!core.begun) return { reasonCode: 'syncing', reason: 'Asking peers for the block that the link names as its checkpoint.' }
  if (core.head.height === 0) return { reasonCode: 'syncing', reason: 'Asking peers for the newest final block and its signatures.' }
  return { reasonCode: 'light', reason: 'light: does not vote. It keeps no blocks and checks what it shows by signatures.' }
}

export function lightStatus(core: LightCore, around: Omit<Surroundings, 'storeSound'>, now: number): Status {
  const { genesis, head, config } = core
  const set = core.head.sets[0]!
  const family = FAMILIES.find(({ id }) => id === config.family)
  const hash = toHex(head.hash)
  return {
    networkId: toHex(core.network.networkId),
    family: family?.name ?? '',
    mode: modeName(config),
    room: {
      name: nameFromBytes(genesis.name) ?? '',
      membership: membershipName(genesis.membership),
      authority: isNobody(genesis.authority)
        ? null
        : { publicKey: toHex(genesis.authority), name: lightNameOf(core, genesis.authority), mine: equalBytes(genesis.authority, core.publicKey) },
      leakAfter: genesis.leakAfter === 0 ? null : genesis.leakAfter,
      scheduled: null,
      blockIntervalMs: config.blockIntervalMs,
      producersAsk: false,
      families: FAMILIES.map(({ name, modes }) => ({ name, modes: [...modes] })),
      terms: roomTerms(genesis),
      payout: null
    },
    publicKey: toHex(core.publicKey),
    agentId: toHex(agentIdOf(core.publicKey)),
    peerId: around.peerId,
    name: around.name,
    role: 'light',
    height: head.height,
    headHash: hash,
    finalHeight: head.height,
    finalHash: hash,
    stateRoot: toHex(head.stateRoot),
    peers: around.peers,
    eligible: false,
    syncing: null,
    ...reasonFor(core, around.peers.length),
    validator: set.weights.has(toHex(core.publicKey)),
    seat: { registeredAt: core.own?.record?.registeredAt ?? null, votesFrom: null, members: set.weights.size, membersNeeded: genesis.minCommittee },
    quorum: { validators: set.weights.size, weight: set.total, present: newestWeight(core), needed: quorumWeight(set.total) },
    mempool: core.waiting.length,
    version: around.version,
    at: now
  }
}

/** Weight of those who signed the newest final block: all that a light node has heard of the set. */
function newestWeight(core: LightCore): number {
  const newest = core.headers.at(-1)
  if (newest === undefined) return 0
  return weightIn(
    core.head.sets[0]!,
    newest.certificate.signatures.map(({ voter }) => toHex(voter))
  )
}

/** The final blocks that were seen to be certified lately; those in between are not looked at. */
export function lightChain(core: LightCore): ChainView {
  const blocks = core.headers.map(({ header, certificate }): BlockView => {
    const total = core.head.sets[0]!.total
    const weight = weightIn(
      core.head.sets[0]!,
      certificate.signatures.map(({ voter }) => toHex(voter))
    )
    return {
      hash: toHex(blockHash(core.network.networkId, header)),
      height: header.height,
      parent: toHex(header.parent),
      status: 'final',
      proposer: toHex(header.proposer),
      proposerName: lightNameOf(core, header.proposer),
      rank: header.rank,
      timestamp: header.timestamp,
      transactions: 0,
      notarisedWeight: weight,
      finalisedWeight: weight,
      totalWeight: total,
      acceptance: 'accepted'
    }
  })
  const { height } = core.head
  const hash = toHex(core.head.hash)
  return { from: blocks[0]?.height ?? height, headHash: hash, headHeight: height, finalHash: hash, finalHeight: height, blocks }
}

/** Everybody in the registry as it was last proved, this node's own record as of its own newest proof. */
export function lightAgents(core: LightCore, online: ReadonlySet<string>): AgentView[] {
  const own = core.own?.record ?? null
  const others = (core.registry?.records ?? []).filter(({ publicKey }) => !equalBytes(publicKey, core.publicKey))
  const validators = core.head.sets[0]!.weights
  return [...others, ...(own === null ? [] : [own])].map(record => {
    const key = toHex(record.publicKey)
    return agentView(record, { validator: validators.has(key), mine: record === own, online: record === own || online.has(key) })
  })
}
