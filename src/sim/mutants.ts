/**
 * Deliberate bugs. The simulator must catch each of them; a checker that lets one live is not worth its name. Two of them once looked like sound ideas:
 * taste inside the comparison, and proofs left out to save bytes.
 */
import { toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { transactionRules } from '../core/chain/execute'
import type { ChainRules, TransactionRules } from '../core/chain/execute'
import { decode } from '../core/codec'
import { makeCertificate } from '../core/consensus/certificates'
import { RankedRounds } from '../core/consensus/rankedRounds'
import type { Family } from '../core/families/family'
import { plotRoot } from '../core/families/spacetime/plot'
import type { Failure } from '../core/result'
import { TransferPayload, VOTE_FINALISE } from '../core/schema'
import type { Vote } from '../core/schema'
import { TX_TRANSFER } from '../core/state/transactions'
import { isQuorum } from '../core/state/worldState'
import type { ValidatorSet, WorldState } from '../core/state/worldState'
import { decodeMessage, encodeMessage } from '../core/wire'
import { CALM } from './scenario'
import type { Mutant, Scenario } from './scenario'

/** R5 without its condition: signs finalise for the winner although it notarised another block, too. */
class FinaliseAlways extends RankedRounds {
  protected override mayFinalise(): boolean {
    return true
  }
}

/** R3 with taste in the comparison: each side waits for its own favourite. */
class TasteInComparison extends RankedRounds {
  protected override compare(a: BlockEntry, b: BlockEntry): number {
    return a.header.rank + this.tasteOf(a) - b.header.rank - this.tasteOf(b)
  }
}

/** R3 without disqualification: an equivocator is voted for again and again. */
class NoDisqualification extends RankedRounds {
  protected override get disqualifies(): boolean {
    return false
  }
}

/** R4 with a quorum of half the weight. */
class HalfQuorum extends RankedRounds {
  override setAt(height: number): ValidatorSet | null {
    const set = super.setAt(height)
    return set === null ? null : { ...set, total: Math.ceil((set.total * 2) / 3) }
  }
}

/** R9 with the set of four epochs before: who was convicted since then still votes. */
class OldSet extends RankedRounds {
  override setAt(height: number): ValidatorSet | null {
    return super.setAt(Math.max(1, height - 4 * this.tree.rules.genesis.epochLength))
  }
}

/** R4 with votes summed over all blocks of a height: whoever completes two thirds of them has won. */
class TallyOverHashes extends RankedRounds {
  override addVote(vote: Vote): Failure | null {
    const failure = super.addVote(vote)
    const record = this.peek(vote.height)
    const set = this.setAt(vote.height)
    if (record === undefined || set === null || vote.height <= this.tree.final.height) return failure
    const finalises = vote.kind === VOTE_FINALISE
    const all = new Map([...(finalises ? record.finalise : record.notarise).values()].flatMap(votes => [...votes]))
    if (
      !isQuorum(
        [...all.keys()].reduce((sum, voter) => sum + (set.weights.get(voter) ?? 0), 0),
        set.total
      )
    )
      return failure
    const hash = toHex(vote.hash)
    const certificate = makeCertificate(vote.kind, vote.height, vote.hash, all)
    if (finalises) record.finalisation ??= certificate
    else if (!record.notarisations.has(hash)) record.notarisations.set(hash, certificate)
    this.touch()
    return failure
  }
}

/** R1 with the order of the blocks' own hashes, which a proposer can vary. */
class RankFromBlockHash extends RankedRounds {
  protected override compare(a: BlockEntry, b: BlockEntry): number {
    return a.hash < b.hash ? -1 : 1
  }

  override timeOf(entry: BlockEntry, parent: BlockEntry): number {
    const place = this.tree.at(entry.height).filter(other => other.parent === entry.parent && other.hash < entry.hash).length
    // Half a slot for all of them to arrive.
    return this.startOf(parent) + Math.floor(this.slotMs / 2) + place * this.slotMs
  }
}

/** R10 left out: a block's time is not compared with the clock. */
class TimeAhead extends RankedRounds {
  override timeOf(entry: BlockEntry, parent: BlockEntry): number {
    return super.timeOf(entry, parent) === entry.header.timestamp - parent.state!.config.slotMs ? this.startOf(parent) : super.timeOf(entry, parent)
  }
}

/** Every family with a check of turns that overlooks these failures. */
function overlooking(...codes: readonly string[]): NonNullable<Mutant['rules']> {
  return rules => {
    const families = new WeakMap<Family, Family>()
    return {
      familyOf(parent: WorldState): Family {
        const family = rules.familyOf(parent)
        let lenient = families.get(family)
        if (lenient === undefined) {
          lenient = {
            ...family,
            checkTurn: (state, header) => {
              const failure = family.checkTurn(state, header)
              return failure !== null && codes.includes(failure.code) ? null : failure
            }
          }
          families.set(family, lenient)
        }
        return lenient
      }
    }
  }
}

/** The rules of transactions with one of the two replaced. */
function transactions(change: (rules: TransactionRules) => Partial<TransactionRules>): NonNullable<Mutant['rules']> {
  return (rules: ChainRules) => ({ transactions: { ...transactionRules(rules), ...change(transactionRules(rules)) } })
}

/** Leaves of each plot of a room of spacetime: as many as come by themselves. */
const PLOT_LEAVES = 256
/** Everybody has space from the start: a registration would take dozens of blocks to count. */
const WITH_PLOTS: Partial<Scenario> = {
  family: 'spacetime',
  genesis: signers => ({
    plots: signers.map(({ publicKey }) => ({
      owner: publicKey,
      seed: new Uint8Array(32),
      leaves: PLOT_LEAVES,
      root: plotRoot(publicKey, new Uint8Array(32), PLOT_LEAVES),
      leafFunction: 1,
      registeredAt: 0
    }))
  })
}
/** One liar and nothing else that goes wrong: what breaks has one cause. */
const ONE_LIAR: Partial<Scenario> = { ...CALM, byzantine: 1 }

export const MUTANTS: readonly Mutant[] = [
  { name: 'finalise-always', breaks: 'R5: finalise although another block was notarised', finds: ['S1', 'S5'], rounds: FinaliseAlways, blindStore: true },
  { name: 'votes-forgotten', breaks: 'R6: promises are not on the disk before they are sent', finds: ['S1', 'S5'], forgetVotes: true },
  { name: 'taste-in-comparison', breaks: 'R3: taste decides which block is better', finds: ['L1'], rounds: TasteInComparison },
  {
    name: 'no-disqualification',
    breaks: 'R3: two blocks of one proposer keep blocking the ranks behind it',
    finds: ['L1'],
    rounds: NoDisqualification,
    scenario: { liars: ['twoFaces'] }
  },
  {
    name: 'mark-of-finals',
    breaks: 'R6: the mark beside the database follows final blocks, so a database that comes back old votes a second time above them',
    finds: ['S1', 'S5'],
    lowMark: true,
    scenario: { byzantine: 0, wipeMilli: 30 }
  },
  { name: 'half-quorum', breaks: 'R4: half of the weight is a quorum', finds: ['S1', 'S3'], rounds: HalfQuorum },
  { name: 'tally-over-hashes', breaks: 'R4: votes for all blocks of a height are added up', finds: ['S1', 'S3'], rounds: TallyOverHashes },
  {
    name: 'old-set',
    breaks: 'R9: certificates are judged by the set of an earlier epoch',
    finds: ['S1', 'S3'],
    rounds: OldSet,
    scenario: { liars: ['equivocate'] }
  },
  { name: 'proofs-withheld', breaks: 'R7: what is sent again leaves out the proofs of earlier rounds', finds: ['L1', 'L3'], withholdProofs: true },
  {
    name: 'rank-from-block-hash',
    breaks: 'R1: the block with the smallest hash is the best one',
    finds: ['R1'],
    rounds: RankFromBlockHash,
    scenario: CALM,
    seeds: 2
  },
  {
    name: 'time-ahead',
    breaks: 'R10: blocks from the future are voted for',
    finds: ['R10'],
    rounds: TimeAhead,
    scenario: { ...ONE_LIAR, liars: ['ahead'] },
    seeds: 2
  },
  {
    name: 'nonce-unchecked',
    breaks: 'S9: a transaction counts as often as it is sent',
    finds: ['S9'],
    everywhere: true,
    rules: transactions(({ check }) => ({
      check(context, transaction) {
        const nonce = context.state.agent(transaction.sender)?.nonce ?? 0
        return check(context, transaction.nonce < nonce ? { ...transaction, nonce } : transaction)
      }
    })),
    scenario: { liars: ['replay'], transfersPerMinute: 240 },
    seeds: 5
  },
  {
    name: 'coins-minted',
    breaks: 'S6: a transfer is credited and not debited',
    finds: ['S6'],
    everywhere: true,
    rules: transactions(({ apply }) => ({
      apply(context, transaction) {
        apply(context, transaction)
        const payload = transaction.kind === TX_TRANSFER ? decode(TransferPayload, transaction.payload) : null
        const sender = context.state.agent(transaction.sender)
        if (payload?.ok === true && sender !== null) context.state.update(transaction.sender, { balance: sender.balance + payload.value.amount })
      }
    })),
    scenario: CALM,
    seeds: 2
  },
  {
    name: 'foreign-heartbeat',
    breaks: 'D-45: a heartbeat may name a block of another chain',
    finds: ['F1'],
    everywhere: true,
    rules: transactions(({ check }) => ({
      check(context, transaction) {
        const failure = check(context, transaction)
        return failure?.code === 'foreign-heartbeat' ? null : failure
      }
    })),
    scenario: { ...ONE_LIAR, liars: ['foreign'] },
    seeds: 2
  },
  {
    name: 'slot-of-another',
    breaks: 'F-54: a block counts in a slot that its maker does not hold',
    finds: ['S4'],
    rules: overlooking('bad-rank'),
    scenario: { ...ONE_LIAR, family: 'vision', liars: ['impostor'] },
    seeds: 3
  },
  {
    name: 'plot-not-bound',
    breaks: 'F-45: a proof of space counts for whoever shows it',
    finds: ['F2'],
    everywhere: true,
    rules: overlooking('foreign-plot'),
    scenario: { ...ONE_LIAR, ...WITH_PLOTS, liars: ['impostor'] },
    seeds: 3
  },
  {
    name: 'proof-counts-twice',
    breaks: 'F-49: a proof of space answers every challenge',
    finds: ['F2'],
    everywhere: true,
    rules: overlooking('wrong-score'),
    scenario: { ...ONE_LIAR, ...WITH_PLOTS, liars: ['impostor'] },
    seeds: 3
  },
  {
    name: 'orphans-unbounded',
    breaks: 'S10: blocks without a parent are kept without end',
    finds: ['S10'],
    limits: { orphans: { blocks: Infinity, parentsPerProposer: Infinity } },
    scenario: { ...ONE_LIAR, liars: ['flood'] },
    seeds: 2
  },
  {
    name: 'mempool-unbounded',
    breaks: 'S10: transactions wait without end',
    finds: ['S10'],
    limits: { mempool: { transactions: Infinity, perSender: Infinity } },
    scenario: { ...ONE_LIAR, liars: ['flood'] },
    seeds: 2
  },
  {
    name: 'snapshot-of-another-height',
    breaks: 'S8: a snapshot holds the state of another height than it says',
    finds: ['S8'],
    commit: ({ snapshot, ...batch }) => ({
      ...batch,
      snapshot: snapshot === null ? null : { ...snapshot, snapshot: { ...snapshot.snapshot, height: snapshot.snapshot.height - 1 } }
    }),
    scenario: { ...CALM, virtualMs: 200_000 },
    seeds: 2
  }
]

/** An answer about unfinalised rounds as the mutant gives it: the newest votes, and no certificate. */
export function withoutProofs(bytes: Uint8Array): Uint8Array {
  const decoded = decodeMessage(bytes, ['roundsReply'])
  if (!decoded.ok) return bytes
  const { announces, votes } = decoded.value.value
  const newest = Math.max(0, ...votes.map(vote => vote.height))
  return encodeMessage('roundsReply', {
    announces: announces.map(announce => ({ ...announce, parentCertificate: [] })),
    votes: votes.filter(vote => vote.height === newest),
    certificates: []
  })
}
