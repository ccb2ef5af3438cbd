/**
 * What a person may see of a node, derived afresh from the core each time: nothing here is stored, so nothing here can be out of date. Works on a live core
 * and on a simulated one alike.
 */
import { fromHex, toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { epochOf, MEMBERSHIP_INVITED, MEMBERSHIP_OPEN, MEMBERSHIP_SPACE, MEMBERSHIP_STAKE } from '../core/consensus/validatorSet'
import { FAMILIES } from '../core/families/registry'
import { isNobody } from '../core/genesis'
import { nameFromBytes } from '../core/names'
import { AGENT_ACTIVE, AGENT_INACTIVE, AGENT_LEFT, AGENT_MAINTENANCE, AGENT_PENALISED } from '../core/schema'
import type { AgentRecord, Certificate, ChainConfig, Genesis, Block } from '../core/schema'
import { agentIdOf } from '../core/signing'
import { isAlive, quorumWeight } from '../core/state/worldState'
import type { WorldState } from '../core/state/worldState'
import type {
  Acceptance,
  AgentView,
  BlockStatus,
  BlockView,
  Candidate,
  ChainView,
  FamilyRules,
  OpinionCount,
  PayoutView,
  ReasonCode,
  RoomRules,
  RoomTerms,
  RoundView,
  SeatView,
  Status,
  SyncingView
} from '../bridge/views'
import { acceptanceOf } from './blockStatus'
import { gateReason } from './miningView'
import type { NodeCore } from './nodeCore'

/** Heights below the final block that the chain view shows. */
const CHAIN_VIEW_DEPTH = 40
/** Blocks in a chain view at most: a class of 30 that all propose makes 30 a height. */
const CHAIN_VIEW_BLOCKS = 400
/** Candidates of a round that are listed. */
const CANDIDATES_SHOWN = 40

const knownNames = new WeakMap<AgentRecord, string | null>()

/** Views ask for the same few names all the time, and a state hands out the same record for as long as nothing in it changes. */
function nameIn(record: AgentRecord): string | null {
  let name = knownNames.get(record)
  if (name === undefined) knownNames.set(record, (name = nameFromBytes(record.name)))
  return name
}

export function nameOf(core: NodeCore, publicKey: Uint8Array): string {
  const record = core.agent(publicKey)
  return (record === null ? null : nameIn(record)) ?? `agent ${toHex(agentIdOf(publicKey)).slice(0, 6)}`
}

// ---------------------------------------------------------------------------------------------------------------- status

export interface Surroundings {
  peerId: string
  name: string
  role: Status['role']
  peers: Status['peers']
  version: string
  /** False while the store refuses promises: then the node abstains. */
  storeSound: boolean
}

function reasonFor(core: NodeCore, around: Surroundings, now: number): { code: ReasonCode; text: string } {
  const record = core.agent(core.publicKey)
  const { present, weight } = core.presence(now)
  if (!around.storeSound)
    return {
      code: 'store-doubtful',
      text: 'No promise can be kept here now, so this node does not vote. The Node screen says why under Storage, and what helps.'
    }
  if (core.stateSync !== null)
    return { code: 'syncing', text: `Fetching a later state: ${core.stateSync.done} of ${core.stateSync.total} parts are here and checked.` }
  if (core.syncTarget > core.tree.final.height + 2)
    return { code: 'syncing', text: `Catching up: final block ${core.tree.final.height} of ${core.syncTarget}.` }
  if (record === null && core.genesis.membership === MEMBERSHIP_INVITED)
    return { code: 'not-registered', text: 'This network takes invited members only, and this key is not on its list.' }
  if (record === null)
    return around.peers.length === 0
      ? { code: 'alone', text: 'Nobody is linked yet, so the registration has nobody to go to. Invite somebody, or wait.' }
      : { code: 'not-registered', text: 'The registration is on its way into a block.' }
  if (record.status === AGENT_PENALISED)
    return { code: 'penalised', text: 'This agent signed twice for one place and lost its seat. Make a new agent on the Node screen.' }
  if (core.leaving || record.status === AGENT_LEFT) return { code: 'left', text: 'This agent has left. Rejoin on the Node screen.' }
  if (record.status === AGENT_INACTIVE || record.status === AGENT_MAINTENANCE)
    return { code: 'resting', text: 'This agent says that it is away or under repair, and takes no part. Set it active again on the Node screen.' }
  if (core.stalled)
    return {
      code: 'no-quorum',
      text: `${present} of ${weight} votes are here, ${quorumWeight(weight)} are needed. New blocks are tentative until enough are back.`
    }
  const sync = core.sync.latest
  if (sync !== null && !sync.eligible) return { code: 'not-synced', text: gateReason(sync) }
  if (!core.hasTurn())
    return {
      code: 'no-turn',
      text: 'Not among those whose turn may come on this block: a newcomer is drawn some blocks after its registration, and while its heartbeats are on the chain.'
    }
  return { code: 'eligible', text: 'This agent may make the next block.' }
}

export function statusView(core: NodeCore, around: Surroundings, now: number): Status {
  const { final } = core.tree
  const head = core.head()
  const { weight, present, validators } = core.presence(now)
  const reason = reasonFor(core, around, now)
  const eligible = core.hasTurn() && (reason.code === 'eligible' || reason.code === 'no-quorum')
  return {
    networkId: toHex(core.networkId),
    family: core.rounds.family.name,
    mode: modeName(core.rounds.family.config),
    room: roomRules(core),
    publicKey: toHex(core.publicKey),
    agentId: toHex(agentIdOf(core.publicKey)),
    peerId: around.peerId,
    name: around.name,
    role: around.role,
    height: head.height,
    headHash: head.hash,
    finalHeight: final.height,
    finalHash: final.hash,
    stateRoot: toHex(final.header.stateRoot),
    peers: around.peers,
    eligible,
    reason: reason.text,
    reasonCode: reason.code,
    validator: core.rounds.isValidator(core.rounds.round),
    seat: seatView(core),
    quorum: { validators, weight, present, needed: quorumWeight(weight) },
    mempool: core.mempool.size,
    syncing: syncingView(core, now),
    version: around.version,
    at: now
  }
}

function syncingView({ stateSync }: NodeCore, now: number): SyncingView | null {
  if (stateSync === null) return null
  const { phase, height, done, total, bytes, peers, fetched, chunksSince } = stateSync
  const etaMs = fetched > 0 && chunksSince !== null ? Math.ceil(((now - chunksSince) * (total - done)) / fetched) : null
  return { phase: phase === 'manifest' || phase === 'headers' ? 'checking' : 'fetching', height, done, total, bytes, peers, etaMs }
}

const MEMBERSHIP_NAMES: Record<number, RoomRules['membership']> = {
  [MEMBERSHIP_OPEN]: 'open',
  [MEMBERSHIP_INVITED]: 'invited',
  [MEMBERSHIP_STAKE]: 'stake',
  [MEMBERSHIP_SPACE]: 'space'
}

export function membershipName(membership: number): RoomRules['membership'] {
  return MEMBERSHIP_NAMES[membership] ?? 'open'
}

export function modeName({ family, mode }: ChainConfig): string {
  return FAMILIES.find(({ id }) => id === family)?.modes[mode] ?? String(mode)
}

function roomRules(core: NodeCore): RoomRules {
  const { authority, membership, name, epochLength, leakAfter } = core.genesis
  const state = core.head().state ?? core.tree.final.state!
  const change = state.scheduled
  return {
    name: nameFromBytes(name) ?? '',
    membership: membershipName(membership),
    authority: isNobody(authority) ? null : { publicKey: toHex(authority), name: nameOf(core, authority), mine: toHex(authority) === toHex(core.publicKey) },
    leakAfter: leakAfter === 0 ? null : leakAfter,
    scheduled:
      change === null
        ? null
        : {
            family: FAMILIES.find(({ id }) => id === change.config.family)?.name ?? '',
            mode: modeName(change.config),
            fromHeight: change.epoch * epochLength + 1
          },
    blockIntervalMs: state.config.blockIntervalMs,
    producersAsk: core.rounds.family.producersAsk,
    families: FAMILIES.map(({ name: family, modes }) => ({ name: family, modes: [...modes] })),
    terms: roomTerms(core.genesis),
    payout: payoutOf(core, state)
  }
}

/** A fee that is cut up without a rest. */
const TRIAL_FEE = 1000n
/** By state, which is never changed: a status is made several times a second, a state once per block. */
const payouts = new WeakMap<WorldState, PayoutView>()

/** The family's own rule, asked about the next block as if this node made it. */
function payoutOf(core: NodeCore, state: WorldState): PayoutView {
  const known = payouts.get(state)
  if (known !== undefined) return known
  const paid = (fees: bigint) => core.rounds.family.payouts(state, core.publicKey, fees, state.treasury)
  const sum = (fees: bigint) => paid(fees).reduce((all, { amount }) => all + amount, 0n)
  const view = { amount: String(sum(0n)), recipients: paid(0n).length, feesToMakerMilli: Number(((sum(TRIAL_FEE) - sum(0n)) * 1000n) / TRIAL_FEE) }
  payouts.set(state, view)
  return view
}

export function roomTerms({ registrationGrant, missedSlotPenalty, epochLength, lookahead, heartbeatTtl, minCommittee }: Genesis): RoomTerms {
  return { registrationGrant: String(registrationGrant), missedSlotPenalty: String(missedSlotPenalty), epochLength, lookahead, heartbeatTtl, minCommittee }
}

/** R9: the registry at the end of an epoch decides a set `lookahead` epochs on, so some sets are known in advance. */
function seatView(core: NodeCore): SeatView {
  const { epochLength, heartbeatTtl, lookahead, minCommittee } = core.genesis
  const head = core.head()
  const members = head.state?.agents().filter(agent => isAlive(agent, head.height, heartbeatTtl)).length ?? 0
  const registeredAt = core.agent(core.publicKey)?.registeredAt ?? null
  const epoch = epochOf(core.rounds.round, epochLength)
  const firstOf = (other: number): number => other * epochLength + 1
  const decided = Array.from({ length: lookahead + 1 }, (_, i) => epoch + i).find(other => core.rounds.isValidator(firstOf(other)))
  const foreseen = registeredAt !== null && members >= minCommittee ? epoch + lookahead + 1 : undefined
  const seated = decided ?? foreseen
  return { registeredAt, votesFrom: seated === undefined ? null : firstOf(seated), members, membersNeeded: minCommittee }
}

// ----------------------------------------------------------------------------------------------------------------- blocks

/** Hashes on the final chain, as far down as the tree remembers. */
export function finalChain(core: NodeCore): Set<string> {
  const hashes = new Set<string>()
  for (let entry: BlockEntry | undefined = core.tree.final; entry !== undefined; entry = core.tree.get(entry.parent)) hashes.add(entry.hash)
  return hashes
}

function blockStatus(core: NodeCore, entry: BlockEntry, finals: ReadonlySet<string>): BlockStatus {
  if (entry.height <= core.tree.final.height) return finals.has(entry.hash) ? 'final' : 'stale'
  if (core.rounds.isNotarised(entry)) return 'notarised'
  if (entry.height < core.rounds.round || entry.invalid !== null) return 'stale'
  return core.stalled ? 'tentative' : 'proposed'
}

function acceptanceIn(core: NodeCore, entry: BlockEntry, finals: ReadonlySet<string>): Acceptance {
  const { final } = core.tree
  const parent = core.tree.get(entry.parent)?.state ?? final.state!
  const sibling = entry.height <= final.height ? core.tree.at(entry.height).find(({ hash }) => finals.has(hash)) : undefined
  return acceptanceOf({
    finalHash: sibling?.hash ?? null,
    hash: entry.hash,
    notarised: core.rounds.isNotarised(entry),
    invalid: entry.invalid !== null,
    seenAt: entry.seenAt,
    now: core.now,
    deadlineMs: core.rules.familyOf(parent).deadlineMs
  })
}

function countOf(core: NodeCore, block: BlockEntry | undefined): OpinionCount {
  if (block === undefined) return { approve: 0, reject: 0 }
  const { approve, reject } = core.opinions.tally(block.height, block.hash)
  return { approve, reject }
}

export function blockView(core: NodeCore, entry: BlockEntry, finals: ReadonlySet<string>): BlockView {
  const { notarised, finalised, total } = core.rounds.weights(entry)
  return {
    hash: entry.hash,
    height: entry.height,
    parent: entry.parent,
    status: blockStatus(core, entry, finals),
    proposer: toHex(entry.header.proposer),
    proposerName: entry.height === 0 ? 'genesis' : nameOf(core, entry.header.proposer),
    rank: entry.header.rank,
    timestamp: entry.header.timestamp,
    transactions: entry.transactions?.length ?? 0,
    notarisedWeight: notarised,
    finalisedWeight: finalised,
    totalWeight: total,
    acceptance: acceptanceIn(core, entry, finals)
  }
}

export function chainView(core: NodeCore): ChainView {
  const { final } = core.tree
  const head = core.head()
  const finals = finalChain(core)
  const from = Math.max(0, final.height - CHAIN_VIEW_DEPTH)
  const entries = [...core.tree.all()].filter(entry => entry.height >= from).sort((a, b) => a.height - b.height || a.header.rank - b.header.rank)
  return {
    from,
    headHash: head.hash,
    headHeight: head.height,
    finalHash: final.hash,
    finalHeight: final.height,
    blocks: entries.slice(-CHAIN_VIEW_BLOCKS).map(entry => blockView(core, entry, finals))
  }
}

export function candidatesOn(core: NodeCore, parent: BlockEntry, state: WorldState): Candidate[] {
  const record = core.rounds.peek(parent.height + 1)
  const family = core.rules.familyOf(state)
  // By claims two may hold one rank; then the family says which is better.
  const children = core.tree
    .at(parent.height + 1)
    .filter(entry => entry.parent === parent.hash)
    .sort((a, b) => family.compare(a.header, b.header))
  const mine = toHex(core.publicKey)
  const listed = family.ranking(state)
  const places = listed.map(({ publicKey, ticket }, rank) => ({ publicKey, rank, ticket: toHex(ticket).slice(0, 8) }))
  // Where a claim decides, or the first list has passed, the blocks themselves say who stands where.
  for (const { header } of children) {
    const known = places.some(({ publicKey }) => toHex(publicKey) === toHex(header.proposer))
    if (!known) places.push({ publicKey: header.proposer, rank: header.rank, ticket: '' })
  }
  const all = places.map(({ publicKey, rank, ticket }): Candidate => {
    const proposer = toHex(publicKey)
    const block = children.find(entry => toHex(entry.header.proposer) === proposer)
    return {
      proposer,
      name: nameOf(core, publicKey),
      rank: block?.header.rank ?? rank,
      ticket,
      hash: block?.hash ?? null,
      votes: block === undefined ? 0 : core.rounds.weights(block).notarised,
      opinions: countOf(core, block),
      disqualified: record?.disqualified.has(`${parent.hash}/${proposer}`) ?? false,
      mine: proposer === mine
    }
  })
  const ordered = all.sort((a, b) => a.rank - b.rank)
  return ordered.filter((candidate, i) => i < CANDIDATES_SHOWN || candidate.mine)
}

export function rulesAfter(core: NodeCore, parent: WorldState): FamilyRules {
  const { name, config } = core.rules.familyOf(parent)
  return { family: name, mode: modeName(config) }
}

export function roundView(core: NodeCore): RoundView | null {
  const { rounds } = core
  const parent = core.stalled ? core.head() : rounds.notarisedAt(rounds.round - 1)[0]
  if (parent?.state == null) return null
  const total = rounds.setAt(rounds.round)?.total ?? 0
  return {
    height: parent.height + 1,
    rules: rulesAfter(core, parent.state),
    startAt: rounds.startOf(parent),
    slotMs: rounds.slotMs,
    blockIntervalMs: rounds.intervalMs,
    candidates: candidatesOn(core, parent, parent.state),
    totalWeight: total,
    neededWeight: quorumWeight(total),
    tentative: core.stalled
  }
}

// ----------------------------------------------------------------------------------------------------------------- agents

const AGENT_STATUSES: Readonly<Record<number, AgentView['status']>> = {
  [AGENT_ACTIVE]: 'active',
  [AGENT_INACTIVE]: 'inactive',
  [AGENT_MAINTENANCE]: 'maintenance',
  [AGENT_LEFT]: 'left',
  [AGENT_PENALISED]: 'penalised'
}

export function agentsView(core: NodeCore, online: ReadonlySet<string>): AgentView[] {
  const validators = core.rounds.setAt(core.rounds.round)?.weights
  const mine = toHex(core.publicKey)
  return (core.head().state?.agents() ?? []).map(agent => {
    const key = toHex(agent.publicKey)
    return agentView(agent, { validator: validators?.has(key) ?? false, mine: key === mine, online: key === mine || online.has(key) })
  })
}

export function agentView(agent: AgentRecord, seen: Pick<AgentView, 'validator' | 'mine' | 'online'>): AgentView {
  const publicKey = toHex(agent.publicKey)
  return {
    publicKey,
    agentId: toHex(agentIdOf(agent.publicKey)),
    name: nameFromBytes(agent.name) ?? publicKey.slice(0, 8),
    status: AGENT_STATUSES[agent.status] ?? 'left',
    balance: String(agent.balance),
    deposit: String(agent.deposit),
    producer: agent.producer === 1,
    registeredAt: agent.registeredAt,
    lastHeartbeat: agent.lastHeartbeat,
    blocksFinal: agent.blocksMade,
    ...seen
  }
}

// ----------------------------------------------------------------------------------------------------------------- blocks

/** A block and its proofs, from the tree or read back from the store. */
export interface FoundBlock {
  block: Block
  /** Where the tree has forgotten it, and the state after it is still hot. */
  parent: BlockEntry | null
  notarisation: Certificate | null
  /** Of this block, or of the nearest later one: finality of a block is that of its descendants. */
  finalisation: Certificate | null
}

/** Looks a block up in the tree: by hash, or by height on the final chain and then on the head's branch. */
export function findInTree(core: NodeCore, heightOrHash: number | string): FoundBlock | null {
  const entry = typeof heightOrHash === 'string' ? core.tree.get(heightOrHash) : onBranch(core, heightOrHash)
  if (entry === undefined || entry.transactions === null) return null
  const record = core.rounds.peek(entry.height)
  return {
    block: { header: entry.header, signature: entry.signature, transactions: entry.transactions },
    parent: null,
    notarisation: record?.notarisations.get(entry.hash) ?? null,
    finalisation: nearestFinalisation(core, entry)
  }
}

function onBranch(core: NodeCore, height: number): BlockEntry | undefined {
  let entry: BlockEntry | undefined = height <= core.tree.final.height ? core.tree.final : core.head()
  while (entry !== undefined && entry.height > height) entry = core.tree.get(entry.parent)
  return entry?.height === height ? entry : undefined
}

function nearestFinalisation(core: NodeCore, entry: BlockEntry): Certificate | null {
  for (let height = entry.height; height <= core.tree.final.height; height++) {
    const certificate = core.rounds.peek(height)?.finalisation ?? null
    const final = certificate === null ? undefined : core.tree.get(toHex(certificate.hash))
    if (certificate !== null && final !== undefined && core.tree.isAncestor(entry, final)) return certificate
  }
  return null
}

/** 'height', 32 bytes of hex, or null for what is neither. */
export function parseBlockId(id: number | string): number | string | null {
  if (typeof id === 'number') return Number.isInteger(id) && id >= 0 && id < 2 ** 32 ? id : null
  if (/^\d{1,10}$/.test(id)) return parseBlockId(Number(id))
  return fromHex(id)?.length === 32 ? id.toLowerCase() : null
}
