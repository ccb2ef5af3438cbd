/**
 * A block for somebody who has neither its state nor its parent's (T041–T044): the block, its parent's header, what the block reads of its parent's state (state/witness.ts), and a proof that it
 * is on the final chain. Whoever has it runs the block again and comes to the root of its header by itself.
 */
import { equalBytes } from '../bytes'
import type { ChainRules } from '../chain/execute'
import type { SignatureCheck } from '../crypto/ed25519'
import { genesisTrust, lightNetwork } from '../light/stateHeader'
import type { Inspected } from '../light/stateHeader'
import { fail, ok } from '../result'
import type { Failure, Result } from '../result'
import type { Block } from '../schema'
import { blockHash, transactionRoot } from '../signing'
import { inspectTransaction } from '../state/transactions'
import { checkWitness } from '../state/witness'
import type { WitnessError } from '../state/witness'
import { recentPath } from './prove'
import type { Subject } from './subject'
import { openProof } from './verify'
import type { BlockWitness, WitnessRequest } from './witnessSchema'

/** What came out of running a block on its witness. */
export interface BlockVerdict {
  height: number
  hash: Uint8Array
  oldRoot: Uint8Array
  newRoot: Uint8Array
  transactions: number
  /** Of the acting agents and the proposer. */
  signatures: number
  /** Nodes of the old state that were needed. */
  nodes: number
  /** Null: the block leads from the old root to the new one by the rules. Else it does not, whoever has signed it. */
  finding: { code: WitnessError; detail: string } | null
}

/** Where the hash of this block is proved: among the ancestors, or as the final block itself. */
export const placedAt = (height: number, isHead: boolean): Subject => (isHead ? { kind: 'head' } : { kind: 'state', path: recentPath(height) })

/**
 * Is this a witness of the final block that was asked for? Whatever is wrong here is the fault of who sent it.
 * @returns the state header, which has to be believed before anything else is: its signatures are still to be verified; `other-subject`, `other-block`, `other-parent`, `other-body`, or why the proof fails
 */
export function openBlockWitness(rules: ChainRules, asked: WitnessRequest, { proof, parent: [parent], block }: BlockWitness): Result<Inspected> {
  const { header } = block
  const hash = blockHash(rules.networkId, header)
  const [wanted] = asked.hash
  if (wanted === undefined ? header.height !== asked.height : !equalBytes(hash, wanted))
    return fail('other-subject', 'another block than the one that was asked for')
  const isHead = proof.claim.length === 0
  const opened = openProof(lightNetwork(rules.genesis), placedAt(header.height, isHead), proof)
  if (!opened.ok) return opened
  const shown = isHead ? blockHash(rules.networkId, proof.header.header) : (opened.value.value as Uint8Array)
  if (!equalBytes(shown, hash)) return fail('other-block', 'this block is not on the final chain')
  const parentHash = parent === undefined ? rules.networkId : blockHash(rules.networkId, parent)
  if (!equalBytes(header.parent, parentHash) || (parent === undefined) !== (header.height === 1)) return fail('other-parent', 'the parent is another block')
  return equalBytes(transactionRoot(block.transactions), header.txRoot) ? ok(opened.value.shown) : fail('other-body', 'the body is another one')
}

/**
 * Runs the block again.
 * @param opened `openBlockWitness` had nothing against it
 * @returns a failure where the witness is to blame, and says nothing of the block; else what became of the block
 */
export function judgeBlockWitness(rules: ChainRules, opened: BlockWitness, verify: (check: SignatureCheck) => boolean): Result<BlockVerdict> {
  const { parent, block, witness } = opened
  const { header, transactions } = block
  const oldRoot = parent[0]?.stateRoot ?? genesisTrust(rules.genesis).stateRoot
  const result = checkWitness(rules, oldRoot, block, witness, verify)
  if (!result.ok && isSendersFault(result)) return result
  const verdict = { height: header.height, hash: blockHash(rules.networkId, header), oldRoot, newRoot: header.stateRoot, transactions: transactions.length }
  const signatures = 1 + transactions.reduce((sum, transaction) => sum + signaturesOf(rules, transaction), 0)
  const finding = result.ok ? null : { code: result.code as WitnessError, detail: result.detail }
  return ok({ ...verdict, signatures, nodes: witness.leaves.length, finding })
}

/** The root of the body covers the agents' signatures, so what they break is the block's. The witness and the proposer's signature are covered by nothing. */
function isSendersFault({ code, detail }: Failure): boolean {
  const ofWitness: readonly string[] = ['malformed-witness', 'wrong-old-root', 'incomplete-witness'] satisfies WitnessError[]
  return ofWitness.includes(code) || (code === 'bad-signature' && detail === 'of the proposer')
}

function signaturesOf(rules: ChainRules, transaction: Block['transactions'][number]): number {
  const checks = inspectTransaction(rules.networkId, transaction)
  return checks.ok ? checks.value.length : 0
}
