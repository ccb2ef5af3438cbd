/** A node that stands still, for tests of what the server makes of one. */
import type { BlockCheck } from '../../src/bridge/audit'
import type { BlockDetail, Candidate, MiningStatus, NodeSlices, Status } from '../../src/bridge/views'
import type { HeadlessNode } from '../node'

const hex = (digit: string): string => digit.repeat(64)

export const fakeStatus: Status = {
  networkId: hex('a'),
  family: 'midnight',
  mode: 'lowestHash',
  room: {
    name: 'Test',
    membership: 'open',
    authority: null,
    leakAfter: null,
    scheduled: null,
    blockIntervalMs: 2000,
    producersAsk: false,
    families: [{ name: 'midnight', modes: ['lowestHash'] }],
    terms: { registrationGrant: '100000', missedSlotPenalty: '100', epochLength: 4, lookahead: 3, heartbeatTtl: 16, minCommittee: 4 },
    payout: { amount: '1000', recipients: 1, feesToMakerMilli: 1000 }
  },
  publicKey: hex('1'),
  agentId: 'b'.repeat(40),
  peerId: '12D3KooWFake',
  name: 'Moth',
  role: 'archive',
  height: 12,
  headHash: hex('c'),
  finalHeight: 10,
  finalHash: hex('d'),
  stateRoot: hex('e'),
  peers: [
    { peerId: 'one', transport: 'webrtc' },
    { peerId: 'two', transport: 'websocket' },
    { peerId: 'three', transport: 'websocket' }
  ],
  eligible: true,
  reason: 'Moth may make the next block.',
  reasonCode: 'eligible',
  syncing: null,
  validator: true,
  seat: { registeredAt: 0, votesFrom: 1, members: 4, membersNeeded: 4 },
  quorum: { validators: 4, weight: 4, present: 3, needed: 3 },
  mempool: 5,
  version: '0.1.0',
  at: 0
}

const candidate: Candidate = {
  proposer: hex('1'),
  name: 'Moth',
  rank: 2,
  ticket: '00000000',
  hash: null,
  votes: 3,
  opinions: { approve: 0, reject: 0 },
  disqualified: false,
  mine: true
}

export const fakeMining: MiningStatus = {
  next_height: 13,
  current_winner: hex('1'),
  backups: [hex('2'), hex('3')],
  my_node_id: hex('3'),
  my_slot: 2,
  eligible: true,
  sync_state: 'AtTip',
  local_height: 12,
  network_height: 12,
  lag_blocks: 0,
  eligible_pool_size: 8,
  ready_peers: 7,
  eligible_streak: 5,
  recent_claims: [[12, { winner_id: hex('3'), tip_hash: hex('c'), claimed_at: 1_702_668_960_000, slot_idx: 2, status: 'lost', reason: null }]],
  in_pool: true,
  my_turn_at: null,
  gate: null,
  failing_checks: [],
  claims_total: 4,
  blocks_produced: 3,
  winning_slots: [5, 2, 0, 0, 0, 0, 1, 1]
}

export const fakeSlices: NodeSlices = {
  status: fakeStatus,
  chain: { from: 0, headHash: hex('c'), headHeight: 12, finalHash: hex('d'), finalHeight: 10, blocks: [] },
  round: {
    height: 13,
    rules: { family: 'midnight', mode: 'lowestHash' },
    startAt: 0,
    slotMs: 1200,
    blockIntervalMs: 2000,
    candidates: [candidate],
    totalWeight: 4,
    neededWeight: 3,
    tentative: false
  },
  agents: [],
  peers: [],
  storage: {
    kind: 'disk',
    usedBytes: 1,
    quotaBytes: 2,
    persisted: true,
    blocks: 13,
    lowestBlock: 1,
    budgetBytes: null,
    snapshots: [],
    cache: { states: 5, hits: 3, misses: 1 },
    troubles: []
  },
  info: {
    missing: [],
    addresses: [],
    relays: [],
    peerConnectionsMade: 0,
    dataPath: 'none',
    verdicts: { accept: 7, ignore: 2, reject: 1, reasons: { 'too-large': 1 } },
    deliveries: { announce: { messages: 3, sent: 8, failed: 1, unheard: 0 } },
    worstGapMs: 12,
    signatures: { known: 8120, here: 1460, elsewhere: 940 },
    validation: { checkedHeight: 96, checks: 3, mismatch: null },
    light: null
  },
  mining: fakeMining,
  social: { memes: { total: 0, version: '' }, influence: [], suggestions: [], alliances: [], trust: [], drama: [], conflicts: [], disputable: [] },
  agent: {
    program: 'default',
    fromHeight: 0,
    script: null,
    social: null,
    metrics: {
      blocksMade: 0,
      accepted: 0,
      lost: 0,
      failed: 0,
      passed: 0,
      acceptanceMilli: null,
      fillTransactionsMilli: null,
      fillBytesMilli: null,
      missed: 0
    },
    attempts: [],
    mempool: { waiting: 0, capacity: 5000 }
  }
}

export const fakeCheck: BlockCheck = {
  height: 10,
  hash: hex('d'),
  oldRoot: hex('1'),
  newRoot: hex('2'),
  transactions: 3,
  signatures: 4,
  nodes: 50,
  witnessBytes: 1700,
  provedAt: 11,
  place: 'state/blocks/recent/10/hash',
  finding: null
}

export const fakeBlock = { hash: hex('d'), height: 10 } as BlockDetail

export class FakeNode implements HeadlessNode {
  networkId = hex('a')
  genesisBytes = Uint8Array.of(1, 2, 255)
  lastTickAt = 0
  counters = { votesCast: 9 }
  slicesNow = fakeSlices
  asked: (number | string)[] = []
  stopped = 0

  miningNow = fakeMining
  status = (): Status => fakeStatus
  mining = (): MiningStatus => this.miningNow
  slices = (): NodeSlices => this.slicesNow
  block: HeadlessNode['block'] = async id => {
    this.asked.push(id)
    return id === 10 || id === hex('d') ? { ok: true, value: fakeBlock } : { ok: false, code: 'unknown-block', message: 'No such block here.' }
  }
  prove: HeadlessNode['prove'] = async subject =>
    subject === 'head'
      ? { ok: true, value: '{"format":"quorumble-proof"}\n' }
      : { ok: false, code: subject === 'nonsense' ? 'bad-subject' : 'unknown-agent', message: 'There is no such proof here.' }
  witness: HeadlessNode['witness'] = async id =>
    id === 10
      ? { ok: true, value: { check: fakeCheck, bytes: Uint8Array.of(7, 255) } }
      : { ok: false, code: 'state-gone', message: 'No state before this block.' }
  stop = async (): Promise<void> => {
    this.stopped++
  }
}
