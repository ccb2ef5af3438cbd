/** What a block does before its transactions: its parent gets a record, and what is due happens. The same for every block, whatever is in it. */
import { DUE_ALLIANCE, MAX_DUE_PER_BLOCK, takeDue } from './agenda'
import { endAlliance } from './alliances'
import { equalBytes } from '../bytes'
import { resolveConflict } from './conflicts'
import type { StateEdit, WorldState } from './worldState'

/** @param parentHash the id of the block that `parent` is the state of: a heartbeat in this block may name it already */
export function beginBlock(parent: WorldState, parentHash: Uint8Array): StateEdit {
  const edit = parent.edit()
  edit.recordBlock(parent, parentHash)
  const height = parent.height + 1
  for (let done = 0; done < MAX_DUE_PER_BLOCK; done++) {
    const due = takeDue(edit, height)
    if (due === null) break
    if (due.kind === DUE_ALLIANCE) endAlliance(edit, due.place, due.at, height)
    else resolveConflict(edit, due.place, due.at, height)
  }
  return edit
}

/** Of a state that is the newest one for a while, for each transaction that comes in. */
const begun = new WeakMap<WorldState, { hash: Uint8Array; edit: StateEdit }>()

/** What a transaction of the next block meets on top of this one: the block's own hash is on record, and what falls due has happened. Nobody writes to it. */
export function begunOn(parent: WorldState, parentHash: Uint8Array): StateEdit {
  const known = begun.get(parent)
  if (known !== undefined && equalBytes(known.hash, parentHash)) return known.edit
  const edit = beginBlock(parent, parentHash)
  begun.set(parent, { hash: parentHash, edit })
  return edit
}
