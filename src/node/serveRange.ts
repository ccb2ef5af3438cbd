/** Answers a peer that catches up, out of the store: final blocks from a height on, cut where a finalisation certificate proves the last of them. */
import { decode } from '../core/codec'
import { MAX_BLOCK_BYTES } from '../core/limits'
import { Block, Certificate } from '../core/schema'
import { encodeMessage } from '../core/wire'
import type { NodeStore, StoredBlock, StoredCertificate } from './ports'

/** Room for blocks in one reply, below the cap of the message. */
const MAX_REPLY_BYTES = 7 * MAX_BLOCK_BYTES

/** Where final blocks and their certificates are kept; the synchronous half, for a simulated disk. */
export interface RangeSource {
  range(fromHeight: number, count: number): StoredBlock[]
  certificate(height: number): StoredCertificate | null
}

/** @returns an encoded `rangeReply`; empty when no certificate lies in the range */
export function rangeReply(source: RangeSource, from: number, count: number): Uint8Array {
  // What was pruned is missing between kept blocks: only what links up is a range.
  const blocks = decodeBlocks(source.range(from, count).filter(({ height }, i) => height === from + i))
  while (blocks.length > 0) {
    const proof = source.certificate(blocks.at(-1)!.header.height)
    const certificate = proof === null ? null : decode(Certificate, proof.bytes)
    if (certificate?.ok) return encodeMessage('rangeReply', { blocks, certificate: [certificate.value] })
    blocks.pop()
  }
  return encodeMessage('rangeReply', { blocks: [], certificate: [] })
}

/** The same out of a real store. */
export async function serveRange(store: Pick<NodeStore, 'range' | 'certificate'>, from: number, count: number): Promise<Uint8Array> {
  const stored = await store.range(from, count)
  const certificates = new Map<number, StoredCertificate>()
  for (let i = stored.length - 1; i >= 0; i--) {
    const height = stored[i]!.height
    const proof = await store.certificate('finalise', height)
    if (proof === null) continue
    certificates.set(height, proof)
    // The highest certificate is all that is needed, unless its blocks do not fit into one reply.
    if (stored.slice(0, i + 1).reduce((sum, block) => sum + block.bytes.length + 4, 0) < MAX_REPLY_BYTES) break
  }
  return rangeReply({ range: () => stored, certificate: height => certificates.get(height) ?? null }, from, count)
}

function decodeBlocks(stored: readonly StoredBlock[]): Block[] {
  const blocks: Block[] = []
  let room = MAX_REPLY_BYTES
  for (const { bytes } of stored) {
    const block = decode(Block, bytes)
    if (!block.ok || (room -= bytes.length + 4) < 0) break
    blocks.push(block.value)
  }
  return blocks
}
