/**
 * What a script sees: plain data about one moment, frozen in the sandbox. Amounts are thousandths, times milliseconds of the node's clock, keys and hashes hex. The same shape describes
 * a past height in a dry run.
 */

import type { Personality } from '../../core/taste/personalities'

/** Heap of a script; the view and the interpreter's own objects take about a third of a MiB. */
export const SCRIPT_MEMORY_BYTES = 8 * 1024 * 1024
/** Transactions that are listed, best fee first; `mempool.count` counts all. */
export const VIEW_TRANSACTIONS = 32
/** Agents that are listed, in the order of the registry; this one is always among them. */
export const VIEW_AGENTS = 64
/** Opinions that are listed, newest height first. */
export const VIEW_OPINIONS = 64

export interface ScriptTransaction {
  readonly id: string
  readonly from: string
  readonly fee: number
  readonly bytes: number
  readonly own: boolean
}

export interface ScriptAgent {
  readonly key: string
  readonly name: string
  readonly balance: number
  readonly active: boolean
  readonly blocksMade: number
  readonly missed: number
}

export interface ScriptOpinion {
  readonly height: number
  /** Who made the block. */
  readonly maker: string
  readonly judge: string
  readonly approves: boolean
  readonly score: number
}

/** People and memes that are listed: those that were active last, and the newest. */
export const VIEW_PEOPLE = 32
export const VIEW_MEMES = 16

/** How this agent stands with the others, at the parent's state. Ratios are thousandths, trust −1000 … 1000. */
export interface ScriptSocial {
  readonly influence: number
  readonly people: readonly {
    readonly key: string
    readonly name: string
    readonly personality: string
    readonly influence: number
    readonly trustsMe: number
    readonly trusted: number
    readonly validator: boolean
  }[]
  /** Newest first. */
  readonly memes: readonly {
    readonly id: string
    readonly by: string
    readonly mine: boolean
    readonly height: number
    readonly quality: number
    readonly tags: readonly string[]
    readonly love: number
    readonly like: number
    readonly dislike: number
    readonly answered: boolean
  }[]
  readonly alliances: readonly { readonly id: string; readonly with: readonly string[]; readonly state: 'offered-to-me' | 'offered-by-me' | 'active' }[]
}

export interface ScriptView {
  /** Of the block that is to be made. */
  readonly height: number
  readonly now: number
  readonly head: { readonly height: number; readonly hash: string; readonly finalHeight: number; readonly maker: string }
  readonly rules: { readonly family: string; readonly mode: string; readonly blockIntervalMs: number; readonly slotMs: number }
  /** This agent's turn; null: it has none at this height. */
  readonly turn: { readonly rank: number } | null
  readonly mempool: { readonly count: number; readonly bytes: number; readonly fees: number; readonly best: readonly ScriptTransaction[] }
  readonly me: ScriptAgent
  readonly agents: readonly ScriptAgent[]
  readonly peers: number
  readonly opinions: readonly ScriptOpinion[]
  /** Null as long as this agent is not active on the chain. */
  readonly social: ScriptSocial | null
  /** What the person allows: weights may be moved by `weightShift` from `weights` (thousandths), amounts are thousandths. */
  readonly limits: { readonly maxTransactions: number; readonly spendLeft: number; readonly weights: Personality['weights']; readonly weightShift: number }
  /** What the last decision returned as `memory`, or null. */
  readonly memory: unknown
}

/** What became of one call of `decide`. Fuel and memory are told also when it failed, as far as they are known. */
export interface ScriptRun {
  readonly result:
    { readonly ok: true; readonly json: string } | { readonly ok: false; readonly code: ScriptFailure; readonly message: string; readonly line: number | null }
  /** Share of the fuel that was used, milli. */
  readonly fuelMilli: number
  readonly memoryBytes: number
  /** Of the host's clock. */
  readonly wallMs: number
}

/** `killed`: it ran longer than the host waits, so its worker was ended. */
export type ScriptFailure = 'syntax' | 'no-decide' | 'threw' | 'out-of-fuel' | 'out-of-memory' | 'bad-result' | 'killed' | 'unavailable'
