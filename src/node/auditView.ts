/** The audit trail of a block as people read it (T082): who or what changed, from what to what. */
import { toHex } from '../core/bytes'
import { auditBlock } from '../core/chain/audit'
import { nameFromBytes } from '../core/names'
import { equalBytes } from '../core/bytes'
import { transactionId } from '../core/signing'
import type { Change } from '../core/state/changes'
import { TRUST_OFFSET } from '../core/schema'
import type { WorldState } from '../core/state/worldState'
import type { AuditChange, AuditStep, AuditSubject, BlockAudit } from '../bridge/audit'
import type { Result as ApiResult } from '../bridge/api'
import type { NodeCore } from './nodeCore'
import { sentence } from './blockDetail'
import { nameOf } from './views'
import type { FoundBlock } from './views'

/** Longest text of one value, characters: a line on a phone. */
const MAX_VALUE_CHARS = 80

/** @returns `state-gone` where the state before the block or after it is no longer in memory */
export function blockAudit(core: NodeCore, { block }: FoundBlock): ApiResult<BlockAudit> {
  const { header, transactions } = block
  const after = core.tree.states.get(header.stateRoot)
  const parent = after === null ? null : parentState(core, after, header.parent)
  if (after === null || parent === null)
    return { ok: false, code: 'state-gone', message: 'The state before this block is not in this node’s memory any more; it keeps those of the newest blocks.' }
  const steps = auditBlock(core.rules, parent, header.parent, transactions, after)
  return {
    ok: true,
    value: {
      height: header.height,
      steps: steps.map(({ part, transaction, changes }): AuditStep => ({
        part,
        transaction: transaction === null ? null : { id: toHex(transactionId(transaction)), text: sentence(core, transaction) },
        changes: changes.map(change => changeView(core, after, change))
      }))
    }
  }
}

/** The state after a block knows the root of the one before it: its newest record holds it (F-24). */
function parentState(core: NodeCore, after: WorldState, parentHash: Uint8Array): WorldState | null {
  const record = after.blockRecord(after.height - 1)
  return record === null || !equalBytes(record.hash, parentHash) ? null : core.tree.states.get(record.stateRoot)
}

function changeView(core: NodeCore, state: WorldState, { path, before, after }: Change): AuditChange {
  const field = String(path.at(-1))
  return { subject: subjectOf(core, state, path), path: path.join('.'), field, before: textOf(field, before), after: textOf(field, after) }
}

/** Whose record it is: an agent by name, everything else by what it is. */
function subjectOf(core: NodeCore, state: WorldState, path: Change['path']): AuditSubject {
  const [subtree, list, place] = path
  const agentAt = (at: number): AuditSubject => {
    const { publicKey } = state.agentAt(at)
    return { kind: 'agent', name: nameOf(core, publicKey), publicKey: toHex(publicKey) }
  }
  if (subtree === 'agents' && list === 'records' && typeof place === 'number') return agentAt(place)
  if (subtree === 'social' && list === 'relationships' && typeof place === 'number') return { ...agentAt(place), kind: 'relation' }
  if (list === 'treasury') return { kind: 'treasury', name: '', publicKey: null }
  const kinds: Record<string, AuditSubject['kind']> = {
    plots: 'plot',
    recent: 'blockRecord',
    history: 'history',
    chain: 'chain',
    config: 'config',
    validators: 'validators',
    alliances: 'alliance',
    memeInfluence: 'memeInfluence',
    drama: 'drama',
    conflicts: 'conflict',
    agenda: 'agenda',
    custom: 'custom',
    records: 'meme',
    sketches: 'sketch'
  }
  return { kind: kinds[String(list)] ?? 'counter', name: typeof place === 'number' ? `#${place}` : '', publicKey: null }
}

function textOf(field: string, value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (field === 'trust' && typeof value === 'number') return String(value - TRUST_OFFSET)
  const text = plainText(field, value)
  return text.length > MAX_VALUE_CHARS ? `${text.slice(0, MAX_VALUE_CHARS)}…` : text
}

function plainText(field: string, value: unknown): string {
  if (value instanceof Uint8Array) return bytesText(field, value)
  return typeof value === 'number' || typeof value === 'bigint' ? String(value) : JSON.stringify(value, plainJson)
}

function bytesText(field: string, bytes: Uint8Array): string {
  return (field === 'name' || field === 'label' ? nameFromBytes(bytes) : null) ?? toHex(bytes)
}

function plainJson(_key: string, value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value)
  return typeof value === 'bigint' ? String(value) : value
}
