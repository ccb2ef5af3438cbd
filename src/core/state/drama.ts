/** What happened between agents, as facts that the transition function found (D-13). Nobody can declare a drama. */
import { concat } from '../bytes'
import { taggedHash } from '../crypto/hash'
import { MAX_DRAMA_EVENTS, MAX_DRAMA_PARTICIPANTS, MAX_DRAMA_REFS } from '../limits'
import { DramaEvent } from '../schema'
import type { StateEdit, StateReader } from './worldState'

/** Numbers and levels (0 … 10). A reorganisation is no fact of any chain, so there is no event for it; split votes are those on conflicts. */
export const DRAMA = {
  allianceFormed: { kind: 1, level: 3 },
  allianceBroken: { kind: 2, level: 7 },
  equivocation: { kind: 3, level: 10 },
  splitVote: { kind: 4, level: 5 },
  memeWar: { kind: 5, level: 6 },
  leaderMissed: { kind: 7, level: 2 },
  partitionHealed: { kind: 8, level: 6 },
  bribe: { kind: 9, level: 4 },
  custom: { kind: 10, level: 3 }
} as const
export type DramaName = keyof typeof DRAMA

/** The name of an event's kind, as tags spell it: `alliance-formed`. */
export function dramaName(kind: number): string {
  const [name] = Object.entries(DRAMA).find(([, row]) => row.kind === kind) ?? ['']
  return name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)
}

/** The event that leaves the ring goes into one hash with all that left before it. */
export function foldDrama(folded: Uint8Array, event: DramaEvent): Uint8Array {
  return taggedHash('drama', concat(folded, DramaEvent.hashTreeRoot(event)))
}

export function recordDrama(edit: StateEdit, name: DramaName, height: number, participants: readonly Uint8Array[], refs: readonly Uint8Array[] = []): void {
  const { drama } = edit.view.social
  const event: DramaEvent = {
    height,
    ...DRAMA[name],
    participants: participants.slice(0, MAX_DRAMA_PARTICIPANTS),
    refs: refs.slice(0, MAX_DRAMA_REFS)
  }
  const place = drama.count % MAX_DRAMA_EVENTS
  drama.count++
  const view = DramaEvent.toViewDU(event)
  if (place >= drama.events.length) drama.events.push(view)
  else {
    drama.folded = foldDrama(drama.folded, drama.events.getReadonly(place).toValue())
    drama.events.set(place, view)
  }
}

/** The newest first, as far as the ring goes. */
export function* recentDrama(state: StateReader): Iterable<DramaEvent> {
  const { count, events } = state.view.social.drama
  for (let number = count - 1; number >= 0 && count - number <= events.length; number--) yield events.getReadonly(number % MAX_DRAMA_EVENTS).toValue()
}
