/** What a block changed, as page and console get it (T082). */
import type { Hex } from './views'

/** Whose record a change is in. `name` is an agent's name or the record's place; `publicKey` that of an agent. A relation's agent is the one who is trusted. */
export interface AuditSubject {
  kind:
    | 'agent'
    | 'relation'
    | 'treasury'
    | 'plot'
    | 'blockRecord'
    | 'history'
    | 'chain'
    | 'config'
    | 'validators'
    | 'alliance'
    | 'memeInfluence'
    | 'drama'
    | 'conflict'
    | 'agenda'
    | 'custom'
    | 'meme'
    | 'sketch'
    | 'counter'
  name: string
  publicKey: Hex | null
}

export interface AuditChange {
  subject: AuditSubject
  /** Where it stands in the state, from the root down. */
  path: string
  field: string
  /** Null: there was no such record. Long values are cut. */
  before: string | null
  after: string | null
}

export interface AuditStep {
  /** What was due before the transactions, one of them, or the settlement after them. */
  part: 'start' | 'transaction' | 'end'
  transaction: { id: Hex; text: string } | null
  changes: AuditChange[]
}

export interface BlockAudit {
  height: number
  steps: AuditStep[]
}
