/** What a node tells others of its blocks and rounds. Pure functions of tree and round records. */
import type { BlockEntry, BlockTree } from '../core/chain/blockTree'
import { toHex } from '../core/bytes'
import { encode } from '../core/codec'
import type { RankedRounds } from '../core/consensus/rankedRounds'
import { INLINE_BODY_BYTES, MAX_BLOCK_BYTES, MAX_ROUND_ANNOUNCES, MAX_ROUND_CERTIFICATES, MAX_ROUND_VOTES } from '../core/limits'
import { assert } from '../core/result'
import { Block, TransactionList } from '../core/schema'
import type { Announce, RoundsReply } from '../core/schema'
import type { StoredBlock } from './ports'
import { subjectsOf } from './subjects'

/** Parts of a state in one reply, bytes: a slow link carries them before its time is up. */
const CHUNKS_REPLY_BYTES = 768 * 1024
const NOTHING = new Uint8Array(0)

/** What this node knows above `from` and is not final here: proposals with their parents' certificates, votes, certificates (R7). */
export function unfinalised(tree: BlockTree, rounds: RankedRounds, from: number, top: number): RoundsReply {
  const reply: RoundsReply = { announces: [], votes: [], certificates: [] }
  let room = 6 * MAX_BLOCK_BYTES
  for (let height = Math.max(1, from + 1); height <= top; height++) {
    const record = rounds.peek(height)
    for (const certificate of [record?.finalisation ?? null, ...(record?.notarisations.values() ?? [])]) {
      if (certificate !== null && reply.certificates.length < MAX_ROUND_CERTIFICATES) reply.certificates.push(certificate)
    }
    for (const byVoter of [...(record?.notarise.values() ?? []), ...(record?.finalise.values() ?? [])]) {
      for (const vote of byVoter.values()) if (reply.votes.length < MAX_ROUND_VOTES) reply.votes.push(vote)
    }
    const entries = tree.at(height).filter(entry => entry.invalid === null)
    for (const entry of entries.sort((a, b) => a.header.rank - b.header.rank)) {
      const announce = announceOf(tree, rounds, entry)
      room -= 512 + (announce.body[0] === undefined ? 0 : INLINE_BODY_BYTES)
      if (room > 0 && reply.announces.length < MAX_ROUND_ANNOUNCES) reply.announces.push(announce)
    }
  }
  return reply
}

/** R2, R7: a proposal always travels with its parent's certificate, where there is one. */
export function announceOf(tree: BlockTree, rounds: RankedRounds, entry: BlockEntry): Announce {
  const parent = tree.get(entry.parent)
  const proof = parent === undefined ? null : rounds.parentProof(parent)
  const body = entry.transactions
  const inline = body !== null && TransactionList.value_serializedSize(body) <= INLINE_BODY_BYTES
  return { header: entry.header, signature: entry.signature, parentCertificate: proof === null ? [] : [proof], body: inline ? [body] : [] }
}

/** Whole blocks as far as they fit into one reply. */
export function bodies(entries: readonly (BlockEntry | undefined)[]): Block[] {
  let room = 4 * MAX_BLOCK_BYTES - 4096
  return entries
    .filter(entry => entry?.transactions != null)
    .map(entry => wholeBlock(entry!))
    .filter(block => (room -= Block.value_serializedSize(block) + 4) > 0)
}

export function wholeBlock(entry: BlockEntry): Block {
  assert(entry.transactions !== null, 'the body is here')
  return { header: entry.header, signature: entry.signature, transactions: entry.transactions }
}

/** Parts of a state as far as they fit into one reply; empty where there is none, or no room. */
export function chunks(roots: readonly Uint8Array[], chunkOf: (root: string) => Uint8Array | null): Uint8Array[] {
  let room = CHUNKS_REPLY_BYTES
  return roots.map(root => {
    const bytes = room > 0 ? chunkOf(toHex(root)) : null
    room -= bytes?.length ?? 0
    return bytes ?? NOTHING
  })
}

export function storedBlock(entry: BlockEntry): StoredBlock {
  const block = wholeBlock(entry)
  return { hash: entry.hash, height: entry.height, bytes: encode(Block, block), subjects: subjectsOf(block) }
}
