/** From what happened to one sentence for people. Keeps the newest ones. */
import { equalBytes, toHex } from '../core/bytes'
import { reasonName } from '../core/taste/judge'
import type { ReasonName } from '../core/taste/judge'
import type { EventView } from '../bridge/views'
import type { CoreEvent } from './messages'
import type { NodeCore } from './nodeCore'
import { socialSentence } from './social/sentences'
import { nameOf } from './views'

/** Events kept for a subscriber that comes late. */
const EVENTS_KEPT = 200

type Told = Pick<EventView, 'kind' | 'text'> & { height?: number; hash?: string; agents?: string[] }

const PLACES = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh']

function place(rank: number): string {
  return PLACES[rank] ?? `number ${rank + 1}`
}

/** Whose story it is: a node's own ("your block"), or that of somebody who only looks on and is none of the nodes. */
export type Audience = 'owner' | 'onlooker'

export class Narrator {
  #seq = 0
  readonly #kept: EventView[] = []

  constructor(readonly audience: Audience) {}

  since(seq: number): EventView[] {
    return this.#kept.filter(event => event.seq > seq)
  }

  get lastText(): string {
    return this.#kept.at(-1)?.text ?? ''
  }

  tell(core: NodeCore, event: CoreEvent, now: number): void {
    const told = sentenceFor(core, event, this.audience)
    if (told !== null) this.say(told, now)
  }

  say({ kind, text, height, hash, agents }: Told, now: number): void {
    this.#kept.push({ seq: ++this.#seq, at: now, kind, text, height: height ?? null, hash: hash ?? null, agents: agents ?? [] })
    if (this.#kept.length > EVENTS_KEPT) this.#kept.shift()
  }
}

/** Why whole stretches of heights are closed was told when it was found; each of them is no news. */
function tellAbstained({ height, code }: Extract<CoreEvent, { kind: 'abstained' }>): Told {
  if (code === 'key-in-use') return { kind: 'sync', text: `Abstained at #${height}: another node has promised with this key.`, height }
  if (code === 'below-watermark') return { kind: 'sync', text: `Abstained at #${height}: up to there this key may have promised something else.`, height }
  return { kind: 'warning', text: `Abstained at #${height}: ${code}. An earlier promise, or the disk, forbids this signature.`, height }
}

function tellStateSync({ step, height, detail }: Extract<CoreEvent, { kind: 'state-sync' }>): Told {
  switch (step) {
    case 'begun':
      return { kind: 'sync', text: `Fetching a later state instead of every block: ${detail}.`, height }
    case 'refused':
      return { kind: 'warning', text: `A part of a state was not what it should be, and its sender is not asked any more: ${detail}.`, height }
    case 'unanswered':
      return { kind: 'sync', text: `A peer did not answer in time; others are asked for its part of the state: ${detail}.`, height }
    case 'complete':
      return { kind: 'sync', text: `Took over the state after #${height}, each part checked under its certificate: ${detail}.`, height }
    case 'given-up':
      return { kind: 'sync', text: `Catching up block by block for now: ${detail}.`, height }
  }
}

/** A block is named `#47`: screens make a link of it. */
function sentenceFor(core: NodeCore, event: CoreEvent, audience: Audience): Told | null {
  switch (event.kind) {
    case 'final':
      return tellFinal(core, event, audience)
    case 'reorg':
      return {
        kind: 'reorg',
        text: `The chain changed branches: ${event.depth === 1 ? 'one block' : `${event.depth} blocks`} above height ${event.ancestorHeight} gave way. Nothing final moved.`,
        height: event.height,
        hash: event.hash
      }
    case 'evidence':
      return {
        kind: 'evidence',
        text: `${nameOf(core, event.proposer)} signed two ${event.what} for #${event.height}. That is evidence.`,
        height: event.height,
        hash: event.hash,
        agents: [toHex(event.proposer)]
      }
    case 'penalised':
      return {
        kind: 'evidence',
        text: `${nameOf(core, event.agent)} lost its seat for signing twice.`,
        height: event.height,
        agents: [toHex(event.agent)]
      }
    case 'leaked':
      return {
        kind: 'warning',
        text: `Nothing has become final for so long that those who are here (${event.validators}) vote alone from #${event.height + 1} on. If the others were only cut off, there may be two chains now.`,
        height: event.height
      }
    case 'registered':
      return { kind: 'joined', text: `${nameOf(core, event.agent)} joined.`, height: event.height, agents: [toHex(event.agent)] }
    case 'left':
      return { kind: 'left', text: `${nameOf(core, event.agent)} left.`, height: event.height, agents: [toHex(event.agent)] }
    case 'social':
      return tellSocial(core, event)
    case 'stalled':
      return {
        kind: 'no-quorum',
        text: `No quorum at #${event.height}: ${event.present} of ${event.total} voters are heard. Blocks are tentative now.`,
        height: event.height
      }
    case 'resumed':
      return { kind: 'quorum-back', text: `A quorum is back: #${event.height} goes on.`, height: event.height }
    case 'syncing':
      return { kind: 'sync', text: `Catching up from #${event.height} to #${event.target}.`, height: event.height }
    case 'synced':
      return { kind: 'sync', text: `Caught up at #${event.height}.`, height: event.height }
    case 'state-sync':
      return tellStateSync(event)
    case 'abstained':
      return tellAbstained(event)
    case 'refused-block':
      return { kind: 'warning', text: `Refused a block of ${nameOf(core, event.proposer)}: ${event.failure.code}.`, height: event.height, hash: event.hash }
    case 'anchored':
      return {
        kind: 'warning',
        text: `The room was anchored anew at #${event.height} by its authority: ${event.validators === 1 ? 'one agent validates' : `${event.validators} agents validate`} from here on.`,
        height: event.height,
        hash: event.hash
      }
    case 'anchor-refused':
      return {
        kind: 'warning',
        text: `The authority anchored the room at a block that contradicts what is final here, #${event.height}. This node stays with its own final chain.`,
        height: event.height
      }
    case 'opinion':
      return tellOpinion(core, event, audience)
    case 'notarised':
    case 'proposed':
    case 'sync-state':
    case 'turn':
    case 'claim':
      return null
  }
}

/** Where proof of sync is asked for, each step of a turn is one line of the log (V120–V128); the feed tells only what became of it. */
export function miningLine(event: CoreEvent): string | null {
  if (event.kind === 'turn') return `${event.rank === 0 ? 'primary' : `backup ${event.rank}`} for height ${event.height}, waiting ${event.waitMs} ms`
  if (event.kind === 'claim') return claimLine(event)
  if (event.kind !== 'sync-state') return null
  const { localHeight, lag, readyPeers, state, eligibleStreak, eligible } = event.snapshot
  return `height=${localHeight}, lag=${lag}, peers=${readyPeers}, state=${state}, streak=${eligibleStreak}: ${eligible ? 'may use its turns' : 'may not use its turns'}`
}

function claimLine({ receipt, transactions }: Extract<CoreEvent, { kind: 'claim' }>): string {
  const { height, hash, status, reason } = receipt
  switch (status) {
    case 'claimed':
      return `proposing block ${height}`
    case 'produced':
      return `block ${height} made and published: ${transactions ?? 0} transactions, hash ${hash}`
    case 'accepted':
      return `produced block ${height}`
    case 'lost':
      return `height ${height} was produced by another`
    case 'failed':
      return `failed to produce block ${height}: ${reason}`
  }
}

/** Why a validator is not pleased, after "…, because ". A reason of a newer version is named by no words. */
const DISPLEASED: Partial<Record<ReasonName, string>> = {
  technical: 'it leaves transactions waiting',
  social: 'they have little to do with you',
  meme: 'its meme is weak',
  fees: 'it pays too little',
  drama: 'nothing happens in it',
  whim: 'of a whim',
  equivocation: 'its maker was caught with two blocks',
  majority: 'most others are not either',
  record: 'its maker has let turns pass',
  mood: 'of a bad mood',
  slight: 'you thought badly of theirs',
  rival: 'you are rivals'
}

/** Only to the maker, and only what it could do better: approvals and the opinions on others' blocks stand beside the votes. */
function tellOpinion(core: NodeCore, { height, hash, judge, opinion }: Extract<CoreEvent, { kind: 'opinion' }>, audience: Audience): Told | null {
  const block = core.tree.get(hash)
  if (audience !== 'owner' || opinion.verdict === 'approve' || block === undefined || !equalBytes(block.header.proposer, core.publicKey)) return null
  const worst = opinion.reasons.find(({ points }) => points < 0)
  const name = worst === undefined ? null : reasonName(worst.code)
  const cause = name === null ? undefined : DISPLEASED[name]
  const text = `${nameOf(core, judge)} is not pleased with your block #${height}${cause === undefined ? '' : `, because ${cause}`}.`
  return { kind: 'opinion', text, height, hash, agents: [toHex(judge)] }
}

/** The block comes first: what follows may hold words of anybody's, and a number in them is no link. */
function tellSocial(core: NodeCore, { height, hash, transaction }: Extract<CoreEvent, { kind: 'social' }>): Told {
  const { sender } = transaction
  const sentence = socialSentence(transaction, nameOf(core, sender), publicKey => nameOf(core, publicKey))
  return { kind: 'social', text: `#${height}: ${sentence}.`, height, hash, agents: [toHex(sender)] }
}

function tellFinal(core: NodeCore, { height, hash, rank, proposer }: Extract<CoreEvent, { kind: 'final' }>, audience: Audience): Told {
  const about = { height, hash, agents: [toHex(proposer)] }
  const self = toHex(core.publicKey)
  if (audience === 'owner' && toHex(proposer) === self)
    return { kind: 'won', text: `Your block #${height} is final: you were ${place(rank)} in line.`, ...about }
  const text = `Block #${height} is final: ${nameOf(core, proposer)} was ${place(rank)} in line`
  const own = core.tree.at(height).find(entry => toHex(entry.header.proposer) === self)
  if (audience === 'onlooker' || own === undefined) return { kind: 'final', text: `${text}.`, ...about }
  return { kind: 'lost', text: `${text}, you were ${place(own.header.rank)}.`, ...about }
}
