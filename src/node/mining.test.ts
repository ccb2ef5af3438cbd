import { describe, expect, it } from 'vitest'
import { toHex } from '../core/bytes'
import { encodeParameters } from '../core/families/vision/parameters'
import type { VisionParameters } from '../core/families/vision/parameters'
import { vision } from '../core/families/vision/rules'
import { fail } from '../core/result'
import { compose, createNetwork, makeBlock, signerAt, TEST_TIME } from '../core/testing/network'
import { ClaimLedger } from './claimLedger'
import type { CoreEvent, Effect, Input } from './messages'
import { miningLine } from './narrator'
import { miningView } from './miningView'
import { NodeCore } from './nodeCore'

/** One node of a room of its own: a clock that is turned by hand and a disk that says what it is told to say. */
class Alone {
  now = TEST_TIME
  readonly core: NodeCore
  readonly effects: Effect[] = []
  diskFails = false
  #wakeAt = TEST_TIME
  #unanswered: Input[] = []

  constructor(founders = 1, changes: Partial<VisionParameters> = {}, family: 'vision' | 'midnight' = 'vision') {
    const config = { ...vision.defaultConfig(0), parameters: encodeParameters(changes) }
    const { genesis } = createNetwork(founders, { heartbeatTtl: 100_000, ...(family === 'vision' ? { config } : {}) })
    const opened = NodeCore.open({ genesis, signer: signerAt(0), name: null }, null, this.now)
    if (!opened.ok) throw new Error(opened.detail)
    this.core = opened.value
  }

  give(input: Input): void {
    for (const effect of this.core.handle(input, this.now)) {
      this.effects.push(effect)
      if (effect.type === 'wake') this.#wakeAt = effect.at
      if (effect.type === 'store')
        this.#unanswered.push({ type: 'stored', row: effect.row, outcome: this.diskFails ? fail('conflicting-vote') : { ok: true } } as Input)
    }
    for (const answer of this.#unanswered.splice(0)) this.give(answer)
  }

  run(ms: number): void {
    const until = this.now + ms
    while (this.#wakeAt <= until) {
      this.now = Math.max(this.now, this.#wakeAt)
      this.#wakeAt = Infinity
      this.give({ type: 'tick' })
    }
    this.now = until
  }

  events<K extends CoreEvent['kind']>(kind: K): Extract<CoreEvent, { kind: K }>[] {
    return this.effects.flatMap(effect => (effect.type === 'event' && effect.event.kind === kind ? [effect.event as Extract<CoreEvent, { kind: K }>] : []))
  }

  log(): string[] {
    return this.effects.flatMap(effect => (effect.type === 'event' ? (miningLine(effect.event) ?? []) : []))
  }
}

describe('a node whose family asks for proof of sync', () => {
  it('V001, V038, V098, V105, V108: becomes eligible by itself, waits for it, then makes a block every two seconds', () => {
    const alone = new Alone()
    alone.run(1500)
    expect(miningView(alone.core, alone.now)).toMatchObject({ eligible: false, eligible_streak: 2, failing_checks: ['streak'] })
    alone.run(18_500)
    expect(miningView(alone.core, alone.now)).toMatchObject({ eligible: true, failing_checks: [] })
    // Nine heights in twenty seconds, less the jitter of the last.
    expect(alone.core.tree.final.height).toBeGreaterThanOrEqual(8)
    expect(new Set(alone.events('final').map(({ rank }) => rank))).toEqual(new Set([0]))
  })

  it('V097, F-60: with others in the room and nobody to be heard it makes none, and says why', () => {
    const alone = new Alone(4)
    alone.run(10_000)
    expect(alone.events('claim').filter(({ receipt }) => receipt.height === 1)).toEqual([])
    expect(miningView(alone.core, alone.now)).toMatchObject({
      eligible: false,
      in_pool: true,
      sync_state: 'Isolated',
      network_height: null,
      failing_checks: ['peers', 'streak']
    })
  })

  it('V023, F-53: a room may ask for no peers', () => {
    const alone = new Alone(4, { minReadyPeers: 0 })
    alone.run(20_000)
    expect(alone.events('claim').some(({ receipt }) => receipt.height === 1 && receipt.status === 'produced')).toBe(true)
  })

  it('V044: speaks in its slot, within the jitter, and never before', () => {
    const alone = new Alone()
    alone.run(30_000)
    const claims = alone.events('claim').filter(({ receipt }) => receipt.status === 'claimed')
    for (const { receipt } of claims.slice(1)) {
      const parent = alone.core.tree.get(receipt.tipHash)!
      const late = receipt.claimedAt - parent.header.timestamp - 2000 - receipt.slotIndex * 1200
      expect(late).toBeGreaterThanOrEqual(50)
      expect(late).toBeLessThan(400)
    }
    expect(claims.length).toBeGreaterThan(8)
  })

  it('V047, V059: the claim is recorded before the block is stored, and that before it is published', () => {
    const alone = new Alone()
    alone.run(6000)
    const steps = alone.effects.flatMap(effect => {
      if (effect.type === 'event' && effect.event.kind === 'claim') return [effect.event.receipt.status]
      if (effect.type === 'store' && effect.row.kind === 'propose') return ['stored']
      return effect.type === 'publish' && effect.topic === 'announce' ? ['published'] : []
    })
    expect(steps.slice(0, 5)).toEqual(['claimed', 'stored', 'published', 'produced', 'accepted'])
  })

  it('V040: tries each height on each tip once', () => {
    const alone = new Alone()
    alone.run(40_000)
    const places = alone.events('claim').flatMap(({ receipt }) => (receipt.status === 'claimed' ? [`${receipt.height}/${receipt.tipHash}`] : []))
    expect(new Set(places).size).toBe(places.length)
  })

  it('V056: when the disk refuses, the claim closes as failed with its reason', () => {
    const alone = new Alone()
    alone.diskFails = true
    alone.run(6000)
    expect(alone.core.claims.recent()[0]).toMatchObject({ height: 1, status: 'failed', reason: 'conflicting-vote' })
    expect(alone.core.claims.totals).toEqual({ claimed: 1, produced: 0 })
  })

  it('V045, V120, V122–V125, V128: the log tells the story of a turn in order', () => {
    const alone = new Alone()
    alone.run(6000)
    const hash = alone.core.tree.at(1)[0]!.hash
    expect(alone.log().map(line => line.replace(/waiting \d+ ms/, 'waiting'))).toEqual(
      expect.arrayContaining([
        'height=0, lag=0, peers=0, state=Isolated, streak=3: may use its turns',
        'primary for height 1, waiting',
        'proposing block 1',
        `block 1 made and published: 0 transactions, hash ${hash}`,
        'produced block 1'
      ])
    )
    expect(alone.log().indexOf('proposing block 1')).toBeLessThan(alone.log().indexOf('produced block 1'))
  })

  it('V121, V126, V127: and that of a backup, of a lost turn, of a changed tip', () => {
    const receipt = { winnerId: 'me', height: 9, tipHash: 'a', claimedAt: 0, slotIndex: 2, hash: null, reason: null }
    expect(miningLine({ kind: 'turn', height: 9, rank: 2, waitMs: 2523 })).toBe('backup 2 for height 9, waiting 2523 ms')
    expect(miningLine({ kind: 'claim', transactions: null, receipt: { ...receipt, status: 'lost' } })).toBe('height 9 was produced by another')
    expect(miningLine({ kind: 'claim', transactions: null, receipt: { ...receipt, status: 'failed', reason: 'tip-changed' } })).toBe(
      'failed to produce block 9: tip-changed'
    )
  })

  it('slots count from the parent, yet who slept for an hour without a quorum does not make up for it block by block', () => {
    const alone = new Alone(4, { minReadyPeers: 0 })
    alone.run(30_000)
    const before = alone.core.head().height
    expect(before, 'a tentative chain').toBeGreaterThan(2)
    alone.now += 3_600_000
    alone.run(10_000)
    // One block at once, then one per interval.
    expect(alone.core.head().height - before).toBeLessThanOrEqual(6)
    expect(alone.now - alone.core.head().header.timestamp).toBeLessThan(20_000)
  })

  it('V048: whatever becomes of a proposal is logged: produced, or failed and why', () => {
    const [fine, broken] = [new Alone(), new Alone()]
    broken.diskFails = true
    for (const alone of [fine, broken]) alone.run(6000)
    expect(fine.log()).toContain('produced block 1')
    expect(broken.log().find(line => line.startsWith('failed to produce block 1'))).toMatch(/: .+/)
    expect(broken.log()).not.toContain('produced block 1')
  })

  it('V037, V058: while its turn is there and it may not use it, a node looks again every 250 ms, and on the tip as it is then', () => {
    const alone = new Alone(4, { minReadyPeers: 2 })
    alone.run(2000)
    const turn = alone.core.rounds.turnOn(alone.core.tree.final)!
    alone.run(turn.rank * 1200 + 1500)
    const wakes = (): number[] => alone.effects.flatMap(effect => (effect.type === 'wake' ? [effect.at] : []))
    const before = wakes().length
    const from = alone.now
    alone.run(2000)
    const gaps = wakes()
      .slice(before)
      .filter(at => at > from && at < from + 2000)
    expect(gaps.length, 'at least as often as the tick').toBeGreaterThanOrEqual(7)
    expect(alone.core.claims.totals).toEqual({ claimed: 0, produced: 0 })
    expect(alone.core.head().height).toBe(0)
  })

  it('V114, V115: a day of turns leaves a hundred receipts and some kilobytes, and a node that only waits is woken some times a second', () => {
    const ledger = new ClaimLedger()
    for (let height = 1; height <= 43_200; height++) {
      ledger.recordClaim({ height, tipHash: 'ab'.repeat(32), winnerId: 'cd'.repeat(32), claimedAt: height, slotIndex: height % 7 })
      ledger.markProduced(height, 'ab'.repeat(32), 'ef'.repeat(32))
    }
    const kept = ledger.recent(1_000_000)
    expect(kept.length).toBeLessThanOrEqual(100)
    expect(JSON.stringify(kept).length).toBeLessThan(64 * 1024)
    const waiting = new Alone(4)
    waiting.run(10_000)
    const from = waiting.effects.length
    waiting.run(60_000)
    const ticks = waiting.effects.slice(from).filter(({ type }) => type === 'wake').length
    expect(ticks / 60).toBeLessThan(12)
  })

  it('V041: the draw is made from the tip: another block below it, another line; the same tip, the same line', () => {
    const network = createNetwork(6, { heartbeatTtl: 100_000, config: vision.defaultConfig(0) })
    const family = network.rules.familyOf(network.tree.final.state!)
    const lineOn = (rank: number): string => {
      const first = makeBlock(network, network.tree.final, { rank })
      const tip = makeBlock(network, makeBlock(network, first))
      return family
        .ranking(tip.state!)
        .map(({ publicKey }) => toHex(publicKey))
        .join()
    }
    expect(lineOn(0)).toBe(lineOn(0))
    expect(new Set([0, 1, 2, 3].map(lineOn)).size).toBeGreaterThan(1)
  })

  it('V139, F-06: whoever makes a block cannot predict its way to the next one: no content of a block moves the draws that follow', () => {
    const network = createNetwork(6, { heartbeatTtl: 100_000, config: vision.defaultConfig(0) })
    const family = network.rules.familyOf(network.tree.final.state!)
    const lines = (amount: bigint): string[] => {
      const transactions = amount === 0n ? [] : [compose.transfer(network.networkId, network.signers[0]!, 0, network.signers[1]!.publicKey, amount)]
      const first = makeBlock(network, network.tree.final, { transactions })
      return [first, makeBlock(network, first)].map(tip =>
        family
          .ranking(tip.state!)
          .map(({ publicKey }) => toHex(publicKey))
          .join()
      )
    }
    const plain = lines(0n)
    for (let amount = 1n; amount <= 8n; amount++) expect(lines(amount)).toEqual(plain)
  })

  it('V116: a node that waits publishes its presence and nothing else', () => {
    const alone = new Alone(4)
    alone.run(7000)
    const topics = new Set(alone.effects.flatMap(effect => (effect.type === 'publish' ? [effect.topic] : [])))
    expect([...topics]).toEqual(['presence'])
  })
})

describe('the mining status (V073–V087)', () => {
  it('names winner, backups, own slot and pool as the chain has them', () => {
    const alone = new Alone(9, { minReadyPeers: 0 })
    alone.run(500)
    const { core } = alone
    const state = core.tree.final.state!
    const ranking = core.rules
      .familyOf(state)
      .ranking(state)
      .map(({ publicKey }) => toHex(publicKey))
    const me = toHex(core.publicKey)
    const slot = ranking.indexOf(me)
    expect(miningView(core, alone.now)).toMatchObject({
      next_height: 1,
      current_winner: ranking[0],
      backups: ranking.slice(1, 7),
      my_node_id: me,
      my_slot: slot === -1 ? null : slot,
      local_height: 0,
      lag_blocks: 0,
      eligible_pool_size: 9,
      in_pool: true,
      ready_peers: 0,
      recent_claims: []
    })
  })

  it('V087, V131–V133: own claims and winning slots', () => {
    const alone = new Alone()
    alone.run(40_000)
    const view = miningView(alone.core, alone.now)
    expect(view.recent_claims).toHaveLength(10)
    const [height, newest] = view.recent_claims[1]!
    expect(newest).toMatchObject({ winner_id: view.my_node_id, slot_idx: 0, status: 'accepted', reason: null })
    expect(alone.core.tree.at(height)[0]!.parent).toBe(newest.tip_hash)
    expect(view.blocks_produced).toBe(view.claims_total)
    expect(view.winning_slots).toEqual([alone.core.tree.final.height, 0, 0, 0, 0, 0, 0, 0])
  })

  it('survives being sent to a page or written as JSON', () => {
    const alone = new Alone()
    alone.run(10_000)
    const view = miningView(alone.core, alone.now)
    expect(structuredClone(view)).toEqual(view)
    expect(JSON.parse(JSON.stringify(view))).toEqual(view)
  })

  it('a family without a gate: the same questions, no conditions, no snapshots, no lines', () => {
    const alone = new Alone(1, {}, 'midnight')
    alone.run(10_000)
    const view = miningView(alone.core, alone.now)
    expect(view).toMatchObject({ my_slot: 0, current_winner: view.my_node_id, backups: [], eligible: true, failing_checks: [], eligible_pool_size: 1 })
    expect(view.claims_total).toBeGreaterThan(2)
    expect(alone.core.sync.latest).toBeNull()
    expect(alone.log()).toEqual([])
  })
})
