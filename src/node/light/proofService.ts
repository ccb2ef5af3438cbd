/** Proofs of values of a full node's newest state that has a certificate of its own (T045), for people and light nodes. Loaded when somebody asks. */
import { fromUtf8, toHex, utf8 } from '../../core/bytes'
import type { BlockEntry } from '../../core/chain/blockTree'
import { prove } from '../../core/proof/prove'
import type { Body } from '../../core/proof/prove'
import type { ProofReply, StateProof } from '../../core/proof/schema'
import { parseSubject } from '../../core/proof/subject'
import { fail } from '../../core/result'
import type { Result } from '../../core/result'
import type { BlockRecord } from '../../core/schema'
import { encodeMessage } from '../../core/wire'
import type { NodeCore } from '../nodeCore'

export type Prover = Pick<NodeCore, 'networkId' | 'tree' | 'light'>

/** What came out of a store for one proof: the block that a transaction is in, and the records of its era. */
export interface Stored {
  body: Body | null
  era: number | null
  records: readonly BlockRecord[] | null
}

const NOTHING_STORED: Stored = { body: null, era: null, records: null }

/**
 * @param text of a subject (core/proof/subject.ts)
 * @returns `nothing-final` before the first certificate, or why `parseSubject` or `prove` refuses
 */
export function proofOf(core: Prover, text: string, stored: Stored = NOTHING_STORED): Result<StateProof> {
  const subject = parseSubject(text)
  if (!subject.ok) return subject
  const shown = core.light.shown()
  if (shown === null) return fail('nothing-final', 'no state here has a certificate of its own yet')
  const body = (hash: Uint8Array): Body | null => bodyOf(core.tree, hash, shown.entry) ?? stored.body
  return prove(core.networkId, shown.header, shown.entry.state!, subject.value, body, era => (era === stored.era ? stored.records : null))
}

export function proofReply(core: Prover, subject: Uint8Array): ProofReply {
  return replyOf(proofOf(core, fromUtf8(subject) ?? ''))
}

export function replyOf(proof: Result<StateProof>): ProofReply {
  return proof.ok ? { proof: [proof.value], code: new Uint8Array(0) } : { proof: [], code: utf8(proof.code) }
}

/** The same as the bytes of a message. */
export function answerProof(core: Prover, subject: Uint8Array): Uint8Array {
  return encodeMessage('proofReply', proofReply(core, subject))
}

/** Only what is final under the shown block: a body of another branch could not be proved anyway. */
function bodyOf(tree: Prover['tree'], hash: Uint8Array, shown: BlockEntry): Body | null {
  const entry = tree.get(toHex(hash))
  if (entry?.transactions == null || (entry !== shown && !tree.isAncestor(entry, tree.final))) return null
  return { header: entry.header, transactions: entry.transactions }
}
