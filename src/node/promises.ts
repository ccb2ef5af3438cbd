/**
 * R6: own blocks and votes. Each is written down before it is signed or shown: `propose` and `store` lay an effect down, and `takeStored` goes on when the disk has
 * answered.
 */
import { toHex } from '../core/bytes'
import { hashBytesOf, rootEntry } from '../core/chain/blockTree'
import type { BlockEntry } from '../core/chain/blockTree'
import { buildBlock } from '../core/chain/execute'
import type { VoteOutcome, VoteRow } from '../core/consensus/voteGuard'
import type { Turn } from '../core/families/family'
import { assert } from '../core/result'
import { VOTE_FINALISE, VOTE_NOTARISE } from '../core/schema'
import type { Vote } from '../core/schema'
import { blockHash, proposalBytes, signVote } from '../core/signing'
import { announceOf, storedBlock } from './answers'
import type { Anchors } from './anchors'
import type { BlockIntake } from './blockIntake'
import type { Desk } from './desk'
import type { Finality } from './finality'
import type { Production } from './production'
import type { Turns } from './turns'

export class OwnPromises {
  /** Own blocks that wait for the disk. */
  readonly #proposals = new Map<string, BlockEntry>()
  #unsaid: VoteRow[] = []

  constructor(
    readonly desk: Desk,
    readonly anchors: Anchors,
    readonly intake: BlockIntake,
    readonly finality: Finality,
    readonly turns: Turns,
    readonly production: Production
  ) {}

  /** A promise read back from the store at a start. */
  restore(row: VoteRow): void {
    const { rounds, tree } = this.desk
    if (row.height <= tree.final.height) return
    rounds.restore(row)
    if (row.kind === 'propose') return
    if (rounds.isValidator(row.height)) this.#signAndCount(row)
    else this.#unsaid.push(row)
  }

  /** Promises of an earlier life at heights whose set was not known at the start. */
  sayUnsaid(): void {
    const { desk } = this
    if (this.#unsaid.length === 0) return
    const open = this.#unsaid.filter(row => row.height > desk.tree.final.height)
    this.#unsaid = open.filter(row => !desk.rounds.isValidator(row.height))
    for (const row of open) if (!this.#unsaid.includes(row)) desk.publish('vote', 'vote', this.#signAndCount(row))
  }

  vote(row: VoteRow, entry: BlockEntry): void {
    if (row.kind === 'finalise') this.finality.keepProof(entry)
    this.desk.effect({ type: 'store', row, blocks: this.finality.unstored(entry) })
  }

  propose(parent: BlockEntry, turn: Turn, now: number): void {
    const { desk } = this
    const { state } = parent
    assert(state !== null, 'a parent to build on has been executed')
    // V047: the receipt comes before the block.
    if (!this.turns.claim(parent, turn, now)) return
    const timestamp = desk.rules.familyOf(state).timestamp(state, turn, now)
    const at = { height: parent.height + 1, tip: parent.hash, rank: turn.rank }
    const { candidates, limits } = this.production.select(at, desk.mempool, desk.publicKey, now)
    const anchor = this.anchors.toCarry
    const waiting = anchor === null ? candidates : [anchor, ...candidates]
    const built = buildBlock(desk.rules, state, parent.hashBytes, desk.signer, turn, timestamp, waiting, limits)
    const hash = blockHash(desk.networkId, built.header)
    this.production.built(at, toHex(hash), built, now)
    const signature = desk.signer.sign(proposalBytes(desk.networkId, hash))
    const entry = { ...rootEntry(hash, built.header, built.state, signature, built.transactions), seenAt: now }
    this.#proposals.set(entry.hash, entry)
    const row = { kind: 'propose' as const, height: entry.height, hash: entry.hash, parent: entry.parent }
    desk.effect({ type: 'store', row, blocks: [storedBlock(entry)] })
  }

  /** @param outcome null: the store failed */
  takeStored(row: VoteRow, outcome: VoteOutcome | null, now: number): void {
    const { desk } = this
    const proposal = this.#proposals.get(row.hash)
    this.#proposals.delete(row.hash)
    if (outcome === null || !outcome.ok) {
      const code = outcome?.code ?? 'store-failed'
      if (row.kind === 'propose') this.turns.failed(row, code, now)
      return desk.event({ kind: 'abstained', height: row.height, code })
    }
    if (row.height <= desk.tree.final.height) return this.finality.dropLate(row.hash)
    this.finality.noteStored(row.hash)
    if (row.kind !== 'propose') return desk.publish('vote', 'vote', this.#signAndCount(row))
    if (proposal !== undefined) this.#show(proposal, now)
  }

  /** The block is on the disk: into the own tree with it, and out to the others. */
  #show(proposal: BlockEntry, now: number): void {
    const { desk } = this
    const added = desk.tree.add(proposal.hashBytes, proposal.header, proposal.signature, proposal.transactions, now)
    if (!added.ok) return
    const { value: entry } = added
    desk.tree.adoptState(entry, proposal.state!)
    this.intake.added(entry, '', now)
    desk.publish('announce', 'announce', announceOf(desk.tree, desk.rounds, entry))
    this.production.announced({ height: entry.height, tip: entry.parent }, now)
    desk.event({ kind: 'proposed', height: entry.height, hash: entry.hash, tentative: entry.height > desk.rounds.round })
    this.turns.produced(entry)
  }

  #signAndCount(row: VoteRow): Vote {
    const { desk } = this
    const kind = row.kind === 'finalise' ? VOTE_FINALISE : VOTE_NOTARISE
    const vote = signVote(desk.networkId, { kind, height: row.height, hash: hashBytesOf(row.hash) }, desk.signer)
    if (desk.rounds.addVote(vote) === null) desk.voteTimes.note(vote, desk.now)
    return vote
  }
}
