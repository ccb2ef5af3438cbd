/** From what happened to one sentence for people. Keeps the newest ones. */
import { toHex } from '../core/bytes'
import type { EventView } from '../bridge/views'
import type { CoreEvent } from './messages'
import type { NodeCore } from './nodeCore'
import { nameOf } from './views'

/** Events kept for a subscriber that comes late. */
export const EVENTS_KEPT = 200

type Told = Pick<EventView, 'kind' | 'text'> & { height?: number; hash?: string; agents?: string[] }

const PLACES = ['first', 'second', 'third', 'fourth', 'fifth', 'sixth', 'seventh']

function place(rank: number): string {
  return PLACES[rank] ?? `number ${rank + 1}`
}

export class Narrator {
  #seq = 0
  readonly #kept: EventView[] = []

  since(seq: number): EventView[] {
    return this.#kept.filter(event => event.seq > seq)
  }

  get lastText(): string {
    return this.#kept.at(-1)?.text ?? ''
  }

  tell(core: NodeCore, event: CoreEvent, now: number): void {
    const told = sentenceFor(core, event)
    if (told !== null) this.say(told, now)
  }

  say({ kind, text, height, hash, agents }: Told, now: number): void {
    this.#kept.push({ seq: ++this.#seq, at: now, kind, text, height: height ?? null, hash: hash ?? null, agents: agents ?? [] })
    if (this.#kept.length > EVENTS_KEPT) this.#kept.shift()
  }
}

function sentenceFor(core: NodeCore, event: CoreEvent): Told | null {
  switch (event.kind) {
    case 'final':
      return tellFinal(core, event)
    case 'reorg':
      return {
        kind: 'reorg',
        text: `The chain changed branches: ${event.depth === 1 ? 'one block' : `${event.depth} blocks`} above height ${event.ancestorHeight} gave way. Nothing final moved.`,
        height: event.height,
        hash: event.hash
      }
    case 'evidence':
      return { kind: 'evidence', text: `${nameOf(core, event.proposer)} signed two blocks for height ${event.height}. That is evidence.`, height: event.height, hash: event.hash, agents: [toHex(event.proposer)] }
    case 'penalised':
      return { kind: 'evidence', text: `${nameOf(core, event.agent)} lost its seat for signing two blocks.`, height: event.height, agents: [toHex(event.agent)] }
    case 'registered':
      return { kind: 'joined', text: `${nameOf(core, event.agent)} joined.`, height: event.height, agents: [toHex(event.agent)] }
    case 'left':
      return { kind: 'left', text: `${nameOf(core, event.agent)} left.`, height: event.height, agents: [toHex(event.agent)] }
    case 'stalled':
      return { kind: 'no-quorum', text: `No quorum at height ${event.height}: ${event.present} of ${event.total} are heard. Blocks are tentative now.`, height: event.height }
    case 'resumed':
      return { kind: 'quorum-back', text: `A quorum is back; height ${event.height} goes on.`, height: event.height }
    case 'syncing':
      return { kind: 'sync', text: `Catching up from height ${event.height} to ${event.target}.`, height: event.height }
    case 'synced':
      return { kind: 'sync', text: `Caught up at height ${event.height}.`, height: event.height }
    case 'abstained':
      return { kind: 'warning', text: `Abstained at height ${event.height}: ${event.code}. An earlier promise, or the disk, forbids this signature.`, height: event.height }
    case 'refused-block':
      return { kind: 'warning', text: `Refused a block of ${nameOf(core, event.proposer)}: ${event.failure.code}.`, height: event.height, hash: event.hash }
    case 'notarised':
    case 'proposed':
      return null
  }
}

function tellFinal(core: NodeCore, { height, hash, rank, proposer }: Extract<CoreEvent, { kind: 'final' }>): Told {
  const agents = [toHex(proposer)]
  if (toHex(proposer) === toHex(core.publicKey)) return { kind: 'won', text: `Your block is final at height ${height}: you were ${place(rank)} in line.`, height, hash, agents }
  const own = core.tree.at(height).find(entry => toHex(entry.header.proposer) === toHex(core.publicKey))
  const name = nameOf(core, proposer)
  if (own === undefined) return { kind: 'final', text: `${name} was ${place(rank)} in line; block ${height} is final.`, height, hash, agents }
  return { kind: 'lost', text: `${name} was ${place(rank)} in line for height ${height}; you were ${place(own.header.rank)}.`, height, hash, agents }
}
