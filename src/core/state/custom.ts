/**
 * Custom kinds of transitions (T001). A kind is a reducer with a memory of its own: schemas of its memory and its actions, a pure check, a pure step. Whoever adds one writes a
 * row here; every node then executes it, every state root covers its memory, and a witness proves it like anything else. A kind cannot touch anything but its memory.
 */
import { decode, encode } from '../codec'
import { MAX_CUSTOM_ACTION_BYTES, MAX_CUSTOM_BYTES } from '../limits'
import { assert } from '../result'
import { CustomRecord } from '../schema'
import type { CustomContext, CustomKind } from './customKind'
import { poll } from './poll'
import type { StateEdit, StateReader } from './worldState'

/** All of them. A number is part of the protocol. */
const CUSTOM_KINDS: readonly CustomKind[] = [poll]

export function customKind(number: number): CustomKind | null {
  return CUSTOM_KINDS.find(kind => kind.number === number) ?? null
}

function placeOfKind(state: StateReader, number: number): number | null {
  const { custom } = state.view.social
  for (let place = 0; place < custom.length; place++) if (custom.getReadonly(place).kind === number) return place
  return null
}

/** The memory of a kind in this state. */
export function customMemory<M>(state: StateReader, kind: CustomKind<M>): M {
  const place = placeOfKind(state, kind.number)
  if (place === null) return kind.initial
  const memory = decode(kind.memory, state.view.social.custom.getReadonly(place).data, MAX_CUSTOM_BYTES)
  assert(memory.ok, 'a state holds what its kinds have written')
  return memory.value
}

/** @returns why this action is not possible here; null: `customStep` will take it */
export function checkCustom(state: StateReader, kind: CustomKind, bytes: Uint8Array, context: CustomContext): string | null {
  const action = decode(kind.action, bytes, MAX_CUSTOM_ACTION_BYTES)
  if (!action.ok) return action.code
  const memory = customMemory(state, kind)
  const reason = kind.check(memory, action.value, context)
  if (reason !== null) return reason
  return encode(kind.memory, kind.step(memory, action.value, context)).length > MAX_CUSTOM_BYTES ? 'the memory of this kind is full' : null
}

export function customStep(edit: StateEdit, kind: CustomKind, bytes: Uint8Array, context: CustomContext): void {
  const action = decode(kind.action, bytes, MAX_CUSTOM_ACTION_BYTES)
  assert(action.ok, 'checked')
  const data = encode(kind.memory, kind.step(customMemory(edit, kind), action.value, context))
  const { custom } = edit.view.social
  const place = placeOfKind(edit, kind.number)
  const record = CustomRecord.toViewDU({ kind: kind.number, data })
  if (place === null) custom.push(record)
  else custom.set(place, record)
}
