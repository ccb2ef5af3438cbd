/** Answers a peer that catches up, out of the store: final blocks from a height on, cut where a finalisation certificate proves the last of them. */
import { toHex } from '../core/bytes'
import { decode } from '../core/codec'
import { MAX_BLOCK_BYTES, MAX_RANGE_BLOCKS } from '../core/limits'
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

/** Final blocks in a row, ascending, and the certificate that makes the last of them final. */
interface FinalRange {
  blocks: Block[]
  certificate: Certificate
}

/**
 * A disk may hold siblings of final blocks: a promise that was on its way while its height became final leaves one. So only what links down from a certified block counts.
 * @returns null when nothing from `from` on leads to a certificate
 */
function finalRange(source: RangeSource, from: number, count: number): FinalRange | null {
  const stored = source.range(from, count)
  const byHash = new Map(stored.map(block => [block.hash, block]))
  for (const last of stored.toReversed()) {
    const proof = source.certificate(last.height)
    const certificate = proof?.hash === last.hash ? decode(Certificate, proof.bytes) : null
    if (certificate?.ok !== true) continue
    const blocks = linkedDown(byHash, last, from)
    if (blocks !== null) return { blocks, certificate: certificate.value }
  }
  return null
}

/** From `last` down to height `from`, given back ascending; null when one is missing, or when they do not fit into one reply. */
function linkedDown(byHash: ReadonlyMap<string, StoredBlock>, last: StoredBlock, from: number): Block[] | null {
  const blocks: Block[] = []
  let room = MAX_REPLY_BYTES
  for (let at: StoredBlock | undefined = last; at !== undefined;) {
    const block = decode(Block, at.bytes)
    if (!block.ok || (room -= at.bytes.length + 4) < 0) return null
    blocks.push(block.value)
    if (at.height === from) return blocks.reverse()
    at = byHash.get(toHex(block.value.header.parent))
  }
  return null
}

/** @returns an encoded `rangeReply`; empty when no certificate lies in the range */
export function rangeReply(source: RangeSource, from: number, count: number): Uint8Array {
  const found = finalRange(source, from, count)
  return encodeMessage('rangeReply', found === null ? { blocks: [], certificate: [] } : { blocks: found.blocks, certificate: [found.certificate] })
}

/** The same out of a real store. */
export async function serveRange(store: Pick<NodeStore, 'range' | 'certificate'>, from: number, count: number): Promise<Uint8Array> {
  return rangeReply(await readRange(store, from, count), from, count)
}

/** The final block of this height. @returns null when it is not kept, or not proved within the next `MAX_RANGE_BLOCKS` */
export async function finalBlockAt(store: Pick<NodeStore, 'range' | 'certificate'>, height: number): Promise<Block | null> {
  return finalRange(await readRange(store, height, MAX_RANGE_BLOCKS), height, MAX_RANGE_BLOCKS)?.blocks[0] ?? null
}

async function readRange(store: Pick<NodeStore, 'range' | 'certificate'>, from: number, count: number): Promise<RangeSource> {
  const stored = await store.range(from, count)
  const certificates = new Map<number, StoredCertificate>()
  for (let i = stored.length - 1; i >= 0; i--) {
    const { height, hash } = stored[i]!
    const proof = await store.certificate('finalise', height)
    if (proof?.hash !== hash) continue
    certificates.set(height, proof)
    // The highest certificate is all that is needed, unless its blocks do not fit into one reply.
    if (stored.slice(0, i + 1).reduce((sum, block) => sum + block.bytes.length + 4, 0) < MAX_REPLY_BYTES) break
  }
  return { range: () => stored, certificate: height => certificates.get(height) ?? null }
}
