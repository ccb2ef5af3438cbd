/** From what happened to one sentence for people. Keeps the newest ones. */
import { toHex } from '../core/bytes'
import type { EventView } from '../bridge/views'
import type { CoreEvent } from './messages'
import type { NodeCore } from './nodeCore'
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
        text: `${nameOf(core, event.proposer)} signed two blocks for #${event.height}. That is evidence.`,
        height: event.height,
        hash: event.hash,
        agents: [toHex(event.proposer)]
      }
    case 'penalised':
      return {
        kind: 'evidence',
        text: `${nameOf(core, event.agent)} lost its seat for signing two blocks.`,
        height: event.height,
        agents: [toHex(event.agent)]
      }
    case 'registered':
      return { kind: 'joined', text: `${nameOf(core, event.agent)} joined.`, height: event.height, agents: [toHex(event.agent)] }
    case 'left':
      return { kind: 'left', text: `${nameOf(core, event.agent)} left.`, height: event.height, agents: [toHex(event.agent)] }
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
    case 'abstained':
      return {
        kind: 'warning',
        text: `Abstained at #${event.height}: ${event.code}. An earlier promise, or the disk, forbids this signature.`,
        height: event.height
      }
    case 'refused-block':
      return { kind: 'warning', text: `Refused a block of ${nameOf(core, event.proposer)}: ${event.failure.code}.`, height: event.height, hash: event.hash }
    case 'notarised':
    case 'proposed':
      return null
  }
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
