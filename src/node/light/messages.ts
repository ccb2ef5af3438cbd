/** What goes into a light node and what comes out: plain data, a subset of a full node's and what it has of its own. */
import type { Result } from '../../core/result'
import type { TrustedState } from '../../core/light/stateHeader'
import type { StateHeader } from '../../core/light/schema'
import type { BlockVerdict } from '../../core/proof/blockWitness'
import type { BlockWitness, WitnessRequest } from '../../core/proof/witnessSchema'
import type { StateProof } from '../../core/proof/schema'
import type { Effect, Input } from '../messages'

export type LightInput =
  | Extract<Input, { type: 'tick' | 'request' | 'reply' | 'links' | 'submit' }>
  /** Somebody wants a value, with its proof; `subject` is text (core/proof/subject.ts). */
  | { type: 'lookUp'; id: number; subject: string }
  /** T041: somebody wants a final block checked without its state. */
  | { type: 'checkBlock'; id: number; block: WitnessRequest }

/** A value that is proved under a state that is trusted, and everything that a file about it needs. */
export interface LookedUp {
  value: unknown
  height: number
  proof: StateProof
  /** State headers from the start of trust to the proof's own, each linked to the one before. */
  steps: readonly StateHeader[]
}

/** A block that was run again, and what it hangs from. */
export interface CheckedBlock {
  verdict: BlockVerdict
  witness: BlockWitness
  /** Of the final state that the block is an ancestor of, or is the block of. */
  provedAt: number
}

/** Why nothing begins at a checkpoint: nobody here shows its header; the room's chain has another block there; nothing newer follows from it. */
export type CheckpointTrouble = 'checkpoint-unproved' | 'checkpoint-other-chain' | 'checkpoint-dead-end'

export type LightEvent =
  /** The block of the checkpoint was shown: trust begins at it. */
  | { kind: 'checkpoint'; state: TrustedState }
  /** A newer final state is trusted. */
  | { kind: 'head'; state: TrustedState }
  /** For the first time since the start a peer has shown its newest state header, and this one is trusted. */
  | { kind: 'newest'; state: TrustedState }
  /** More than a third of a set has lied: two certificates for different blocks of one height. This node believes nobody any more. */
  | { kind: 'fork'; height: number; known: Uint8Array; other: Uint8Array }
  /** T044: a final block does not lead to its root by the rules: more than two thirds of a set have signed what is not so. */
  | { kind: 'broken'; height: number; code: string }
  /** This peer's answer was refused. */
  | { kind: 'liar'; peer: string; code: string }
  /** An own transaction is in a final state. */
  | { kind: 'included'; id: string }
  /** An own transaction has no chance any more: its nonce was used by another. */
  | { kind: 'replaced'; id: string }

export type LightEffect =
  | Extract<Effect, { type: 'publish' | 'request' | 'reply' | 'wake' | 'penalise' | 'submitted' }>
  | { type: 'lookedUp'; id: number; result: Result<LookedUp> }
  | { type: 'blockChecked'; id: number; result: Result<CheckedBlock> }
  /** A peer asks for what a light node does not have. */
  | { type: 'refuse'; id: number }
  /** Keep these headers for the next start; they replace those before. */
  | { type: 'keep'; steps: readonly StateHeader[] }
  | { type: 'event'; event: LightEvent }
