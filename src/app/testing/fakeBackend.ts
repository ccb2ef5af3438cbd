/**
 * A pretended network for tests and for looking at screens: plausible views, driven by a clock that the caller turns. It is no simulator (that
 * is src/sim): it knows nothing of consensus, it only fills every shape that a screen can show.
 */
import type { AgentProgram } from '../../agent/config/config'
import type { BlockAudit, BlockCheck } from '../../bridge/audit'
import type {
  Failure,
  KeyProtection,
  LockedFailure,
  NodeApi,
  Result,
  SharedCheckpoint,
  SimApi,
  SimStart,
  SimUpdate,
  StartOptions,
  TransactionIntent
} from '../../bridge/api'
import type { Backend, Connection } from '../../bridge/client'
import type {
  AgentRunView,
  AgentView,
  BlockDetail,
  BlockView,
  Candidate,
  EventView,
  FamilyRules,
  MiningStatus,
  NodeSlices,
  Pulse,
  RoomRules,
  SignatureView,
  Status,
  Update
} from '../../bridge/views'

const NAMES = ['Moth-42', 'Fern-07', 'Ash-19', 'Wren-88', 'Quill-3', 'Otter-61', 'Sable-12', 'Heron-5']
export const INTERVAL_MS = 4000
const SLOT_MS = 1200
const NETWORK_ID = 'c0ffee'.padEnd(64, '1')
const BLOCKS_SHOWN = 60

const FAKE_FAMILIES: RoomRules['families'] = [
  { name: 'midnight', modes: ['lowestHash', 'leader'] },
  { name: 'spacetime', modes: ['space'] },
  { name: 'tomorrow', modes: ['byLot'] }
]

/** 32 bytes of hex that depend on the text only (FNV-1a, repeated). */
export function fakeHash(text: string): string {
  let hex = ''
  for (let i = 0; hex.length < 64; i++) {
    let h = 0x811c9dc5
    for (const c of `${text}/${i}`) h = Math.imul(h ^ c.charCodeAt(0), 0x01000193)
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d)
    hex += ((h ^ (h >>> 13)) >>> 0).toString(16).padStart(8, '0')
  }
  return hex
}

const NO_MEMES: Failure = { ok: false, code: 'unknown-meme', message: 'A fake has no memes.' }

const FAKE_MINING: MiningStatus = {
  next_height: 1,
  current_winner: fakeHash('winner'),
  backups: [],
  my_node_id: fakeHash('winner'),
  my_slot: 0,
  eligible: true,
  sync_state: 'AtTip',
  local_height: 0,
  network_height: 0,
  lag_blocks: 0,
  eligible_pool_size: 1,
  ready_peers: 1,
  eligible_streak: 3,
  recent_claims: [],
  in_pool: true,
  my_turn_at: null,
  gate: null,
  failing_checks: [],
  claims_total: 0,
  blocks_produced: 0,
  winning_slots: [0, 0, 0, 0, 0, 0, 0, 0]
}

const FAKE_AGENT: AgentRunView = {
  program: 'default',
  fromHeight: 0,
  script: null,
  social: null,
  metrics: {
    blocksMade: 2,
    accepted: 1,
    lost: 1,
    failed: 0,
    passed: 0,
    acceptanceMilli: 500,
    fillTransactionsMilli: 10,
    fillBytesMilli: 4,
    missed: 0
  },
  attempts: [],
  mempool: { waiting: 3, capacity: 5000 }
}

interface FakeOptions {
  nodes: number
  seed: string
  /** Index of the agent whose eyes we look through. */
  me: number
  /** Virtual or real start of height 1, milliseconds. */
  startAt: number
}

/** One transfer of five, as its audit shows it. */
const FAKE_AUDIT: Result<BlockAudit> = {
  ok: true,
  value: {
    height: 12,
    steps: [
      {
        part: 'transaction',
        transaction: { id: fakeHash('audited'), text: 'Ada sends 5 to Moth-42.' },
        changes: [
          {
            subject: { kind: 'agent', name: 'Ada', publicKey: fakeHash('ada') },
            path: 'agents.records.0.balance',
            field: 'balance',
            before: '100000',
            after: '95000'
          }
        ]
      },
      { part: 'end', transaction: null, changes: [] }
    ]
  }
}

/** A chain that grows with time: one winner per height, the others' blocks stale, finality one round behind. */
export class FakeNetwork {
  readonly keys: string[]
  readonly offline = new Set<number>()
  split = false
  rules: FamilyRules = { family: 'midnight', mode: 'lowestHash' }
  #seq = 0
  #saidHeight = 0

  constructor(readonly options: FakeOptions) {
    this.keys = Array.from({ length: options.nodes }, (_, i) => fakeHash(`${options.seed}/key/${i}`))
  }

  name(key: string): string {
    return NAMES[this.keys.indexOf(key)] ?? 'Nobody'
  }

  heightAt(now: number): number {
    return Math.max(0, Math.floor((now - this.options.startAt) / INTERVAL_MS))
  }

  line(height: number): Candidate[] {
    const { me, seed } = this.options
    return this.keys
      .map((key, i) => ({ key, i, ticket: fakeHash(`${seed}/ticket/${height}/${key}`).slice(0, 8) }))
      .sort((a, b) => (a.ticket < b.ticket ? -1 : 1))
      .map(({ key, i, ticket }, rank) => ({
        proposer: key,
        name: this.name(key),
        rank,
        ticket,
        hash: this.offline.has(i) ? null : fakeHash(`${seed}/block/${height}/${key}`),
        votes: rank === 0 ? this.keys.length - this.offline.size : 0,
        opinions: { approve: 0, reject: 0 },
        disqualified: height % 17 === 5 && rank === 3,
        mine: i === me
      }))
  }

  winner(height: number): Candidate {
    return this.line(height).find(c => c.hash !== null) ?? this.line(height)[0]!
  }

  hash(height: number): string {
    return height === 0 ? fakeHash(`${this.options.seed}/genesis`) : this.winner(height).hash!
  }

  block(height: number, candidate: Candidate, head: number): BlockView {
    const won = candidate.hash === this.hash(height)
    const final = height < head
    const total = this.keys.length
    return {
      hash: candidate.hash!,
      height,
      parent: this.hash(height - 1),
      status: won ? (final ? 'final' : this.split ? 'tentative' : 'notarised') : final ? 'stale' : 'proposed',
      proposer: candidate.proposer,
      proposerName: candidate.name,
      rank: candidate.rank,
      timestamp: this.options.startAt + height * INTERVAL_MS,
      transactions: (height * 7) % 4,
      notarisedWeight: won ? total : 0,
      finalisedWeight: won && final ? total : 0,
      totalWeight: total,
      acceptance: won ? 'accepted' : final ? 'rejected' : 'pending'
    }
  }

  slices(now: number): NodeSlices {
    const head = this.heightAt(now)
    const from = Math.max(1, head - BLOCKS_SHOWN)
    const blocks: BlockView[] = []
    for (let h = from; h <= head; h++) {
      for (const c of this.line(h).slice(0, h % 5 === 0 ? 5 : h % 3 === 0 ? 2 : 1)) if (c.hash !== null) blocks.push(this.block(h, c, head))
    }
    return {
      status: this.status(now),
      chain: { from, headHash: this.hash(head), headHeight: head, finalHash: this.hash(Math.max(0, head - 1)), finalHeight: Math.max(0, head - 1), blocks },
      round: this.round(now, head + 1),
      agents: this.agents(head),
      peers: this.peers(),
      storage: {
        kind: 'indexeddb',
        usedBytes: 1_412_000,
        quotaBytes: 298_000_000,
        persisted: false,
        blocks: head + 1,
        lowestBlock: 0,
        budgetBytes: 149_000_000,
        snapshots: [
          { height: 128, hash: '8a'.repeat(32), stateRoot: '3f'.repeat(32), at: 1_700_000_128_000, bytes: 48_200, chunks: 12, certified: true },
          { height: 64, hash: '64'.repeat(32), stateRoot: '91'.repeat(32), at: 1_700_000_064_000, bytes: 46_900, chunks: 11, certified: true }
        ],
        cache: { states: 129, hits: 41, misses: 3 },
        troubles: []
      },
      info: {
        missing: [
          { what: 'Web Locks', effect: 'Two tabs of this browser cannot see which identity is taken.', remedy: 'Open the page over https or on localhost.' }
        ],
        addresses: ['/ip4/127.0.0.1/tcp/8080/ws/p2p-circuit/webrtc'],
        relays: [{ address: '/ip4/127.0.0.1/tcp/8080/ws', state: 'connected', error: null }],
        peerConnectionsMade: 6,
        dataPath: 'transferred',
        verdicts: { accept: 1204, ignore: 310, reject: 2, reasons: { duplicate: 306, 'wrong-network': 2, 'outside-window': 4 } },
        deliveries: {
          announce: { messages: 3, sent: 14, failed: 1, unheard: 0 },
          vote: { messages: 190, sent: 950, failed: 4, unheard: 0 },
          tx: { messages: 2, sent: 10, failed: 0, unheard: 0 },
          presence: { messages: 96, sent: 480, failed: 0, unheard: 0 }
        },
        worstGapMs: 12,
        signatures: { known: 8120, here: 1460, elsewhere: 940 },
        validation: { checkedHeight: 96, checks: 3, mismatch: null },
        light: null
      },
      mining: this.mining(now, head),
      social: this.social(),
      agent: FAKE_AGENT
    }
  }

  mining(now: number, head: number): NodeSlices['mining'] {
    const line = this.line(head + 1)
    const mine = line.findIndex(({ mine }) => mine)
    const me = this.keys[this.options.me]!
    return {
      next_height: head + 1,
      current_winner: line[0]!.proposer,
      backups: line.slice(1, 7).map(({ proposer }) => proposer),
      my_node_id: me,
      my_slot: mine === -1 ? null : mine,
      eligible: true,
      sync_state: 'AtTip',
      local_height: head,
      network_height: head,
      lag_blocks: 0,
      eligible_pool_size: this.keys.length,
      ready_peers: this.keys.length - 1,
      eligible_streak: 5,
      recent_claims: [[head, { winner_id: me, tip_hash: this.hash(head - 1), claimed_at: now, slot_idx: 0, status: 'accepted', reason: null }]],
      in_pool: true,
      my_turn_at: mine === -1 ? null : this.options.startAt + (head + 1) * INTERVAL_MS + mine * 1200,
      gate: { min_ready_peers: 1, max_desync_blocks: 2, eligible_streak: 3 },
      failing_checks: [],
      claims_total: 4,
      blocks_produced: 3,
      winning_slots: [30, 4, 1, 0, 0, 0, 0, 0]
    }
  }

  round(now: number, height: number): NodeSlices['round'] {
    const startAt = this.options.startAt + height * INTERVAL_MS
    const soon = now > startAt - 900
    return {
      height,
      rules: this.rules,
      startAt,
      slotMs: SLOT_MS,
      blockIntervalMs: INTERVAL_MS,
      candidates: this.line(height).map(c => ({ ...c, hash: soon ? c.hash : null, votes: soon ? c.votes : 0 })),
      totalWeight: this.keys.length,
      neededWeight: Math.floor((2 * this.keys.length) / 3) + 1,
      tentative: this.split
    }
  }

  agents(head: number): AgentView[] {
    return this.keys.map((key, i) => ({
      publicKey: key,
      agentId: key.slice(0, 40),
      name: this.name(key),
      status: 'active',
      validator: true,
      balance: String(1000 + i * 10),
      deposit: '0',
      producer: true,
      registeredAt: 0,
      lastHeartbeat: head,
      blocksFinal: Math.floor(head / this.keys.length),
      mine: i === this.options.me,
      online: !this.offline.has(i)
    }))
  }

  social(): NodeSlices['social'] {
    return { memes: { total: 0, version: '0' }, influence: [], suggestions: [], alliances: [], trust: [], drama: [], conflicts: [], disputable: [] }
  }

  peers(): NodeSlices['peers'] {
    const transports = ['webrtc', 'tab', 'relayed', 'websocket'] as const
    return this.keys.flatMap((key, i) =>
      i === this.options.me || this.offline.has(i)
        ? []
        : [
            {
              peerId: `12D3Koo${key.slice(0, 45)}`,
              transport: transports[i % 4]!,
              publicKey: key,
              name: this.name(key),
              finalHeight: 3,
              sinceS: 40 + i,
              cut: false
            }
          ]
    )
  }

  status(now: number): Status {
    const head = this.heightAt(now)
    const me = this.keys[this.options.me]!
    const total = this.keys.length
    return {
      networkId: NETWORK_ID,
      ...this.rules,
      room: {
        name: 'Test',
        membership: 'open',
        authority: null,
        leakAfter: null,
        scheduled: null,
        blockIntervalMs: INTERVAL_MS,
        producersAsk: false,
        families: FAKE_FAMILIES,
        terms: {
          registrationGrant: '100000',
          missedSlotPenalty: '100',
          epochLength: 4,
          lookahead: 3,
          heartbeatTtl: 16,
          minCommittee: 4
        },
        payout: { amount: '1000', recipients: 1, feesToMakerMilli: 1000 }
      },
      publicKey: me,
      agentId: me.slice(0, 40),
      peerId: `12D3Koo${me.slice(0, 45)}`,
      name: this.name(me),
      role: 'full',
      height: head,
      headHash: this.hash(head),
      finalHeight: Math.max(0, head - 1),
      finalHash: this.hash(Math.max(0, head - 1)),
      stateRoot: fakeHash('root'),
      peers: this.peers().map(p => ({ peerId: p.peerId, transport: p.transport })),
      eligible: true,
      reason: 'May make the next block.',
      reasonCode: 'eligible',
      validator: true,
      seat: { registeredAt: 3, votesFrom: 17, members: total, membersNeeded: 4 },
      quorum: { validators: total, weight: total, present: total - this.offline.size, needed: Math.floor((2 * total) / 3) + 1 },
      mempool: 2,
      syncing: null,
      version: '0.1.0',
      at: now
    }
  }

  events(now: number): EventView[] {
    const head = this.heightAt(now)
    const events: EventView[] = []
    for (let h = Math.max(this.#saidHeight, head - 12) + 1; h <= head; h++) {
      const winner = this.winner(h)
      const about = { at: this.options.startAt + h * INTERVAL_MS, height: h, hash: winner.hash, agents: [winner.proposer] }
      events.push({ seq: ++this.#seq, kind: winner.mine ? 'won' : 'final', text: `Block #${h} by ${winner.name} is final.`, ...about })
      if (h % 17 === 5) events.push({ seq: ++this.#seq, kind: 'evidence', text: 'Quill-3 signed two blocks at one height.', ...about })
      if (h % 9 === 4) events.push({ seq: ++this.#seq, kind: 'peer', text: 'Wren-88 is connected directly.', ...about })
    }
    this.#saidHeight = head
    return events
  }

  pulses(before: number, now: number): Pulse[] {
    const height = this.heightAt(now) + 1
    const phase = (t: number) => (t - this.options.startAt) % INTERVAL_MS
    if (!(phase(before) < 300 && phase(now) >= 300)) return []
    return this.line(height).flatMap(c =>
      this.keys
        .filter(k => k !== c.proposer)
        .map(to => ({ from: c.proposer, to, kind: 'announce' as const, height, sentAt: now, arriveAt: now + 250, lost: false }))
    )
  }

  detail(id: number | string, now: number): Result<BlockDetail> {
    const head = this.heightAt(now)
    for (let height = head; height > 0; height--) {
      for (const c of this.line(height)) {
        if (c.hash === null || !(id === height ? c.hash === this.hash(height) : typeof id === 'string' && c.hash.startsWith(id))) continue
        return { ok: true, value: this.fullBlock(height, c, head) }
      }
    }
    return { ok: false, code: 'not-found', message: 'No such block is known here.' }
  }

  fullBlock(height: number, candidate: Candidate, head: number): BlockDetail {
    const view = this.block(height, candidate, head)
    const signatures: SignatureView[] = this.keys.map((key, i) => ({
      voter: key,
      name: this.name(key),
      signature: fakeHash(key + view.hash) + fakeHash(view.hash),
      heardAt: i === 0 ? null : view.timestamp + 40 * i
    }))
    const weight = signatures.length
    return {
      ...view,
      networkId: NETWORK_ID,
      txRoot: fakeHash(`tx${height}`),
      stateRoot: fakeHash(`state${height}`),
      seed: fakeHash(`seed${height}`),
      signature: fakeHash('s') + fakeHash(view.hash),
      sizeBytes: 612,
      transactionList: Array.from({ length: view.transactions }, (_, i) => ({
        id: fakeHash(`${view.hash}/${i}`),
        kind: i === 0 ? 'register' : 'transfer',
        sender: this.keys[i]!,
        senderName: this.name(this.keys[i]!),
        nonce: height + i,
        fee: '1',
        meme: null,
        text: i === 0 ? `${this.name(this.keys[0]!)} registers.` : `${this.name(this.keys[i]!)} sends 5 to Moth-42.`,
        signature: fakeHash('sig')
      })),
      rules: this.rules,
      candidates: this.line(height),
      notarisation: view.notarisedWeight > 0 ? { signatures, weight, totalWeight: weight } : null,
      finalisation: view.status === 'final' ? { signatures, weight, totalWeight: weight, height, hash: view.hash } : null,
      opinions: [],
      children: height < head ? [this.hash(height + 1)] : []
    }
  }
}

/** What a caller turns: `advance` moves time and pushes an update to whoever listens. */
export class FakeWorlds {
  sim = new FakeNetwork({ nodes: 5, seed: 'sim', me: 0, startAt: 0 })
  readonly live: FakeNetwork
  options: StartOptions | null = null
  /** Set: `start` fails with this. */
  refuse: Result<Status> | LockedFailure | null = null
  keyProtection: KeyProtection = 'open'
  checked: Result<BlockCheck> = { ok: false, code: 'unknown-block', message: 'No final block of this hash is in memory here.' }
  /** Overrides for single slices of the live node. */
  liveSlices: Partial<NodeSlices> = {}
  readonly cuts: string[][] = []
  socialWatched = false
  readonly simStarts: SimStart[] = []
  readonly intents: TransactionIntent[] = []
  readonly programs: AgentProgram[] = []
  /** Subjects that were asked for. */
  readonly proved: string[] = []
  /** Set: `prove` answers with this. */
  proof: Result<string> | null = null
  checkpoint: Result<SharedCheckpoint> = { ok: true, value: { height: 33, hash: fakeHash('checkpoint'), keptBlocks: 4096 } }
  /** Set: `submit` answers with this. */
  submitted: Result<{ id: string }> | null = null
  #simNow: number
  #simListener: ((update: SimUpdate) => unknown) | null = null
  #liveListener: ((update: Update) => unknown) | null = null

  constructor(heights = 12) {
    this.#simNow = heights * INTERVAL_MS + 500
    this.live = new FakeNetwork({ nodes: 6, seed: 'live', me: 5, startAt: Date.now() - heights * INTERVAL_MS })
  }

  advance(ms: number): void {
    const before = this.#simNow
    this.#simNow += ms
    const now = this.#simNow
    const { keys, offline } = this.sim
    this.#simListener?.({
      version: 1,
      slices: this.sim.slices(now),
      events: this.sim.events(now),
      pulses: this.sim.pulses(before, now),
      droppedPulses: 0,
      virtualNow: now,
      nodes: keys.map((publicKey, i) => ({
        publicKey,
        name: this.sim.name(publicKey),
        online: !offline.has(i),
        headHeight: this.sim.heightAt(now),
        headHash: this.sim.hash(this.sim.heightAt(now)),
        finalHeight: this.sim.heightAt(now) - 1
      }))
    })
    this.#pushLive()
  }

  #pushLive(): void {
    const now = Date.now()
    this.#liveListener?.({ version: 1, slices: { ...this.live.slices(now), ...this.liveSlices }, events: this.live.events(now), pulses: [], droppedPulses: 0 })
  }

  backend(): Backend {
    return {
      openSim: () => connection(this.#simApi()),
      openNode: () => connection(this.#nodeApi()),
      openProof: () => connection({ check: async text => ({ ok: false, code: 'not-json', message: `${text.length} characters that are no proof.` }) })
    }
  }

  #startSim(options: SimStart): Result<null> {
    this.simStarts.push(options)
    const modes = FAKE_FAMILIES.find(({ name }) => name === options.family)?.modes ?? []
    const mode = options.mode ?? modes[0] ?? ''
    if (!modes.includes(mode)) return { ok: false, code: 'unknown-family', message: `There is no family ${options.family} here.` }
    this.#simListener = null
    this.sim = new FakeNetwork({ nodes: 5, seed: 'sim', me: 0, startAt: 0 })
    this.sim.rules = { family: options.family, mode }
    return { ok: true, value: null }
  }

  #simApi(): SimApi {
    const nothing = async () => undefined
    return {
      start: async options => this.#startSim(options),
      run: async () => ({ ok: false, code: 'not-simulated', message: 'A fake runs nothing.' }),
      asWritten: async () => ({ ok: false, code: 'not-simulated', message: 'A fake runs nothing.' }),
      pause: nothing,
      play: nothing,
      stop: nothing,
      focus: nothing,
      unsubscribe: nothing,
      fault: async fault => {
        if (fault.kind === 'offline') this.sim.offline.add(fault.node)
        if (fault.kind === 'online') this.sim.offline.delete(fault.node)
        if (fault.kind === 'split' || fault.kind === 'heal') this.sim.split = fault.kind === 'split'
      },
      subscribe: async listener => {
        this.#simListener = listener
        this.advance(0)
        return 1
      },
      block: async id => this.sim.detail(id, this.#simNow),
      audit: async () => FAKE_AUDIT
    }
  }

  #nodeApi(): NodeApi {
    const nothing = async () => undefined
    return {
      start: async options => {
        this.options = options
        return this.refuse ?? { ok: true, value: this.live.status(Date.now()) }
      },
      status: async () => this.live.status(Date.now()),
      mining: async () => FAKE_MINING,
      watchSocial: async on => void (this.socialWatched = on),
      inspectMeme: async () => NO_MEMES,
      memes: async () => ({ ok: true, value: { memes: [], total: 0, next: null } }),
      meme: async () => NO_MEMES,
      block: async id => this.live.detail(id, Date.now()),
      prove: async subject => {
        this.proved.push(subject)
        return this.proof ?? { ok: false, code: 'unknown-agent', message: 'Nobody is registered under this key.' }
      },
      checkpoint: async () => this.checkpoint,
      audit: async () => FAKE_AUDIT,
      checkBlock: async () => this.checked,
      runAgent: async program => {
        this.programs.push(program)
        return { ok: true, value: { fromHeight: 1 } }
      },
      dryRun: async () => ({ ok: true, value: [] }),
      submit: async intent => {
        this.intents.push(intent)
        return this.submitted ?? { ok: true, value: { id: fakeHash('tx') } }
      },
      subscribe: async listener => {
        this.#liveListener = listener
        this.#pushLive()
        return 1
      },
      unsubscribe: nothing,
      setVisible: nothing,
      cut: async peerIds => void this.cuts.push(peerIds),
      exportKey: async () => ({ ok: true, value: '{"quorumble":"key"}' }),
      importKey: async () => ({ ok: true, value: { agentId: fakeHash('x').slice(0, 40), replaced: null } }),
      keyProtection: async () => ({ ok: true, value: this.keyProtection }),
      changePassphrase: async (_current, next) => ({ ok: true, value: (this.keyProtection = next === null ? 'open' : 'passphrase') }),
      exportNode: async () => ({ ok: true, value: new Uint8Array(1234) }),
      importNode: async () => ({
        ok: true,
        value: { networkId: fakeHash('network'), finalHeight: 128, agentId: fakeHash('x').slice(0, 40), replaced: null }
      }),
      prune: async () => ({ ok: true, value: 61 }),
      leave: nothing,
      forgetNetwork: async () => ({ ok: true, value: null }),
      erase: async () => ({ ok: true, value: null }),
      log: async () => [{ at: Date.now(), level: 'info', scope: 'net', text: 'listening' }],
      stop: nothing
    }
  }
}

function connection<Api>(api: Api): Connection<Api> {
  return { api, onFailure: () => undefined, close: () => undefined }
}
