/**
 * What has to happen at the start of a height: offers that lapse, alliances that expire, conflicts that are decided. A binary heap in the state, so that a block touches the
 * few entries that are due and not every alliance there is.
 */
import { MAX_AGENDA } from '../limits'
import { AgendaEntry } from '../schema'
import type { StateEdit } from './worldState'

export const DUE_ALLIANCE = 1
export const DUE_CONFLICT = 2

/** Due things that one block sees to; who is late by a block or two loses nothing, and no height can be made expensive. */
export const MAX_DUE_PER_BLOCK = 16

function soonerFirst(a: AgendaEntry, b: AgendaEntry): number {
  return a.at - b.at || a.kind - b.kind || a.place - b.place
}

/** @returns whether the agenda can take so many more */
export function hasRoom(edit: StateEdit, entries: number): boolean {
  return edit.view.social.agenda.length + entries <= MAX_AGENDA
}

export function schedule(edit: StateEdit, entry: AgendaEntry): void {
  const { agenda } = edit.view.social
  const at = (place: number): AgendaEntry => agenda.getReadonly(place).toValue()
  let place = agenda.length
  agenda.push(AgendaEntry.toViewDU(entry))
  while (place > 0) {
    const parent = (place - 1) >>> 1
    if (soonerFirst(at(parent), entry) <= 0) break
    agenda.set(place, AgendaEntry.toViewDU(at(parent)))
    place = parent
  }
  agenda.set(place, AgendaEntry.toViewDU(entry))
}

/** Takes the soonest entry off the agenda if its time has come. */
export function takeDue(edit: StateEdit, height: number): AgendaEntry | null {
  const { agenda } = edit.view.social
  if (agenda.length === 0) return null
  const first = agenda.getReadonly(0).toValue()
  if (first.at > height) return null
  const last = agenda.getReadonly(agenda.length - 1).toValue()
  edit.view.social.agenda = agenda.sliceTo(agenda.length - 2)
  if (edit.view.social.agenda.length > 0) sink(edit, last)
  return first
}

/** The last entry, put where the first one was, finds its place. */
function sink(edit: StateEdit, entry: AgendaEntry): void {
  const { agenda } = edit.view.social
  const at = (place: number): AgendaEntry => agenda.getReadonly(place).toValue()
  let place = 0
  for (let child = 1; child < agenda.length; child = 2 * place + 1) {
    if (child + 1 < agenda.length && soonerFirst(at(child + 1), at(child)) < 0) child++
    if (soonerFirst(entry, at(child)) <= 0) break
    agenda.set(place, AgendaEntry.toViewDU(at(child)))
    place = child
  }
  agenda.set(place, AgendaEntry.toViewDU(entry))
}
