/** This node's turns: may it use them (proof of sync, V010), when the next one comes, and what became of each claim (V122–V127). */
import { toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import type { VoteRow } from '../core/consensus/voteGuard'
import type { RoundClock, Turn } from '../core/families/family'
import { ClaimLedger } from './claimLedger'
import type { ClaimReceipt } from './claimLedger'
import type { Desk } from './desk'
import type { Production } from './production'
import { ProofOfSync } from './proofOfSync'
import type { SyncFacts } from './proofOfSync'

export class Turns {
  readonly sync = new ProofOfSync()
  readonly claims = new ClaimLedger()
  /** The round whose turn has been told. */
  #told = 0

  constructor(
    readonly desk: Desk,
    readonly production: Production
  ) {}

  observe(now: number): void {
    if (!this.sync.isDue(now)) return
    const changed = this.sync.observe(this.desk.rounds.family.gate, () => this.syncFacts(), now)
    if (changed !== null) this.desk.event({ kind: 'sync-state', snapshot: changed })
  }

  /** How this node stands to its peers now. */
  syncFacts(): SyncFacts {
    const { head, peers, rounds, tree } = this.desk
    return {
      localHeight: head.height,
      tipHash: head.hash,
      leads: peers.leads(tree.final.height),
      solo: rounds.setAt(rounds.round)?.weights.size === 1 && rounds.isValidator(rounds.round)
    }
  }

  /** The same on every node: when the children of this block may be made. */
  #clockOn(parent: BlockEntry): RoundClock {
    const { rounds } = this.desk
    const { timestamp, config } = parent.state!
    return { start: rounds.startOf(parent), anchor: timestamp + config.blockIntervalMs, slotMs: rounds.slotMs }
  }

  /** Turns are worth a line where they have to be earned, and where one rank waits for another (M010); where all speak at once everybody has one at every height. */
  #inTurns(parent: BlockEntry): boolean {
    if (this.sync.latest !== null) return true
    const { rules, publicKey } = this.desk
    const state = parent.state!
    const family = rules.familyOf(state)
    const clock = this.#clockOn(parent)
    const timeOf = (rank: number): number => family.proposalTime(state, { rank, claim: new Uint8Array(0) }, publicKey, clock)
    return timeOf(1) > timeOf(0)
  }

  /** V120, V121, M010: once a round. */
  tellNext(now: number): void {
    const { rounds, rules, publicKey } = this.desk
    const { round } = rounds
    const parent = this.#told === round ? undefined : rounds.notarisedAt(round - 1)[0]
    const state = parent?.state
    if (parent === undefined || state == null) return
    this.#told = round
    if (!this.#inTurns(parent)) return
    const turn = rounds.turnOn(parent)
    if (turn === null) return
    const waitMs = Math.max(0, rules.familyOf(state).proposalTime(state, turn, publicKey, this.#clockOn(parent)) - now)
    this.desk.event({ kind: 'turn', height: round, rank: turn.rank, waitMs })
  }

  /** @returns false: this turn is claimed already */
  claim(parent: BlockEntry, turn: Turn, now: number): boolean {
    const place = { height: parent.height + 1, tipHash: parent.hash }
    if (!this.claims.recordClaim({ ...place, winnerId: toHex(this.desk.publicKey), claimedAt: now, slotIndex: turn.rank })) return false
    this.#tell(this.claims.recent(1)[0] ?? null)
    return true
  }

  failed(row: VoteRow, code: string, now: number): void {
    const receipt = this.claims.clearClaim(row.height, row.parent, 'failed', code)
    if (receipt !== null) this.production.close([receipt], now)
    this.#tell(receipt)
  }

  produced(entry: BlockEntry): void {
    this.#tell(this.claims.markProduced(entry.height, entry.parent, entry.hash), entry.transactions?.length)
  }

  settle(finals: readonly BlockEntry[], now: number): void {
    const settled = this.claims.settle(finals.map(({ height, hash, parent, header }) => ({ height, hash, parent, rank: header.rank })))
    this.production.close(settled, now)
    this.production.settle(this.desk.tree.final.height, now)
    for (const receipt of settled) this.#tell(receipt)
  }

  #tell(receipt: ClaimReceipt | null, transactions: number | null = null): void {
    if (receipt === null) return
    const { rounds, tree } = this.desk
    if (this.#inTurns(rounds.notarisedAt(rounds.round - 1)[0] ?? tree.final)) this.desk.event({ kind: 'claim', receipt, transactions })
  }
}
