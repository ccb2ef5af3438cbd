/** What a full node does for those who check a block without its state (T041). Loaded when somebody asks. */
import { toHex, utf8 } from '../../core/bytes'
import type { BlockEntry } from '../../core/chain/blockTree'
import { MAX_WITNESS_REPLY } from '../../core/limits'
import { placedAt } from '../../core/proof/blockWitness'
import { prove } from '../../core/proof/prove'
import { BlockWitness } from '../../core/proof/witnessSchema'
import type { WitnessRequest } from '../../core/proof/witnessSchema'
import { fail, ok } from '../../core/result'
import type { Result } from '../../core/result'
import { makeWitness } from '../../core/state/witness'
import { encodeMessage } from '../../core/wire'
import { wholeBlock } from '../answers'
import type { NodeCore } from '../nodeCore'

/** Of a reply: its kind and the offsets of its lists. */
const FRAME_BYTES = 64

/**
 * @returns `nothing-final`, `unknown-block`, `not-yet` (younger than the newest state that can be shown), `state-gone` (its parent's state is no longer in memory), `too-old`, `too-large`
 */
export function witnessOf({ tree, rules, networkId, light }: NodeCore, { hash: [hash], height }: WitnessRequest): Result<BlockWitness> {
  const shown = light.shown()
  if (shown === null) return fail('nothing-final', 'no state here has a certificate of its own yet')
  const isFinal = (entry: BlockEntry): boolean => entry === tree.final || tree.isAncestor(entry, tree.final)
  const entry = hash === undefined ? tree.at(height).find(isFinal) : tree.get(toHex(hash))
  if (entry === undefined || entry.height === 0 || !isFinal(entry)) return fail('unknown-block', 'no final block of this name is in memory here')
  if (entry.height > shown.entry.height) return fail('not-yet', 'the block is younger than the newest state that can be shown')
  const parent = tree.get(entry.parent)
  const before = parent?.state ?? (parent === undefined ? null : tree.states.get(parent.header.stateRoot))
  if (parent === undefined || before === null || entry.transactions === null) return fail('state-gone', 'the state before this block is no longer in memory')
  const subject = placedAt(entry.height, entry === shown.entry)
  const proof = prove(networkId, shown.header, shown.entry.state!, subject, () => null)
  if (!proof.ok) return proof
  const block = wholeBlock(entry)
  const witness = makeWitness(rules, before, block)
  if (!witness.ok) return witness
  const found = { proof: proof.value, parent: parent.height === 0 ? [] : [parent.header], block, witness: witness.value }
  return BlockWitness.value_serializedSize(found) > MAX_WITNESS_REPLY - FRAME_BYTES ? fail('too-large', 'the witness does not fit into one message') : ok(found)
}

export function witnessReply(core: NodeCore, asked: WitnessRequest): Uint8Array {
  const found = witnessOf(core, asked)
  return encodeMessage('witnessReply', found.ok ? { found: [found.value], code: new Uint8Array(0) } : { found: [], code: utf8(found.code) })
}
