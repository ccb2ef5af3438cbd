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

/** T041–T044: a block that was run again on what its witness holds of the state before it. Hashes hex. */
export interface BlockCheck {
  height: number
  hash: string
  /** State roots before the block and in its header. */
  oldRoot: string
  newRoot: string
  transactions: number
  /** That were verified: of the acting agents and the proposer. */
  signatures: number
  /** Of the old state: how many nodes were needed, and the bytes of them. */
  nodes: number
  witnessBytes: number
  /** Height of the final state under which the block's place on the chain is proved. */
  provedAt: number
  /** Subject of that proof, for `prove`. */
  place: string
  /** Null: the block holds. Else the rule or hash that does not, by its code (`WITNESS_ERRORS`), and more about it. */
  finding: { code: string; detail: string } | null
}

export interface BlockAudit {
  height: number
  steps: AuditStep[]
}
