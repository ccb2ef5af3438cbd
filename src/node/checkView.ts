/** What came of running a block on its witness, as people read it. Loaded when somebody asks. */
import { fromHex, toHex } from '../core/bytes'
import type { ChainRules } from '../core/chain/execute'
import { encode } from '../core/codec'
import type { SignatureCheck } from '../core/crypto/ed25519'
import { judgeBlockWitness, openBlockWitness, placedAt } from '../core/proof/blockWitness'
import type { BlockWitness, WitnessRequest } from '../core/proof/witnessSchema'
import { formatSubject } from '../core/proof/subject'
import { ok } from '../core/result'
import type { Result } from '../core/result'
import { StateWitness } from '../core/state/witnessSchema'
import type { BlockCheck } from '../bridge/audit'
import type { CheckedBlock } from './light/messages'
import { parseBlockId } from './views'

/** @returns null for what names no block */
export function witnessRequest(heightOrHash: number | string): WitnessRequest | null {
  const id = parseBlockId(heightOrHash)
  if (id === null) return null
  return typeof id === 'number' ? { hash: [], height: id } : { hash: [fromHex(id)!], height: 0 }
}

export function blockCheck({ verdict, witness, provedAt }: CheckedBlock): BlockCheck {
  const { height, hash, oldRoot, newRoot, transactions, signatures, nodes, finding } = verdict
  // By now the block has a child that keeps its hash, also where it was the newest one.
  const place = formatSubject(placedAt(height, false))
  const witnessBytes = encode(StateWitness, witness.witness).length
  return {
    height,
    hash: toHex(hash),
    oldRoot: toHex(oldRoot),
    newRoot: toHex(newRoot),
    transactions,
    signatures,
    nodes,
    witnessBytes,
    provedAt,
    place,
    finding
  }
}

/** A full node's own: it makes the witness, and then believes in nothing but it. */
export function checkOwn(rules: ChainRules, asked: WitnessRequest, witness: BlockWitness, verify: (check: SignatureCheck) => boolean): Result<CheckedBlock> {
  const opened = openBlockWitness(rules, asked, witness)
  if (!opened.ok) return opened
  const verdict = judgeBlockWitness(rules, witness, verify)
  return verdict.ok ? ok({ verdict: verdict.value, witness, provedAt: opened.value.state.height }) : verdict
}
