/** What a disk already says about a checkpoint, before anything begins at it: a chain that is here is never overwritten by a link. */
import type { Result } from '../../bridge/api'
import type { Checkpoint as NamedCheckpoint } from '../../bridge/views'
import { equalBytes, fromHex, toHex } from '../../core/bytes'
import { decode } from '../../core/codec'
import { StateHeader } from '../../core/light/schema'
import type { Checkpoint } from '../../core/light/stateHeader'
import { blockHash } from '../../core/signing'
import type { NodeStore } from '../ports'
import { keptHeaders } from './keptHeaders'

/**
 * `begun`: a light node has begun at this checkpoint here, and its header is kept. `agrees`: the chain here has this very block. `contradicts`: it has another one at that height. `apart`: there
 * is a chain here that does not tell. `nothing`: there is none.
 */
export type Held = { what: 'begun' | 'agrees' | 'apart' | 'nothing' } | { what: 'contradicts'; hash: string }

export async function heldAgainst(
  store: Pick<NodeStore, 'load' | 'range' | 'stateHeaders'>,
  networkId: Uint8Array,
  { height, hash }: Checkpoint
): Promise<Held> {
  const headers = (await keptHeaders(store)).flatMap(bytes => {
    const header = decode(StateHeader, bytes)
    return header.ok ? [header.value.header] : []
  })
  const kept = headers.find(header => header.height === height)
  if (kept !== undefined) {
    const found = blockHash(networkId, kept)
    return equalBytes(found, hash) ? { what: 'begun' } : { what: 'contradicts', hash: toHex(found) }
  }
  const [block] = await store.range(height, 1)
  if (block?.height === height) return block.hash === toHex(hash) ? { what: 'agrees' } : { what: 'contradicts', hash: block.hash }
  const stored = await store.load()
  return { what: headers.length > 0 || (stored !== null && stored.final.height > 0) ? 'apart' : 'nothing' }
}

/**
 * Where a light node of this store begins, when a link names a block.
 * @param tell a sentence for the person who waits
 * @returns undefined: at what it holds; `checkpoint-damaged` for a hash that is none, `checkpoint-contradicts`
 */
export async function beginning(
  store: Parameters<typeof heldAgainst>[0],
  networkId: string,
  named: NamedCheckpoint,
  tell: (sentence: string) => void = () => undefined
): Promise<Result<Checkpoint | undefined>> {
  // It may come from what this browser has kept, where anything can stand.
  const { height, hash: text } = named as { height: unknown; hash: unknown }
  const hash = typeof text === 'string' ? fromHex(text) : null
  if (hash?.length !== 32 || typeof height !== 'number' || !Number.isSafeInteger(height) || height < 1)
    return { ok: false, code: 'checkpoint-damaged', message: 'The link’s checkpoint is no height with the 64 hex digits of a block. Ask for the link again.' }
  const held = await heldAgainst(store, fromHex(networkId)!, { height, hash })
  if (held.what === 'contradicts')
    return {
      ok: false,
      code: 'checkpoint-contradicts',
      message: `The link names block ${toHex(hash).slice(0, 16)}… at #${height}, but this tab holds ${held.hash.slice(0, 16)}… there: one of the two is of another chain. This tab’s chain was left as it is. Ask for a new link, or try again to go on with the chain that is here.`
    }
  if (held.what === 'begun' || held.what === 'nothing') return { ok: true, value: { height, hash } }
  tell('This tab holds a chain of its own and goes on from it; the link’s checkpoint is not needed.')
  return { ok: true, value: undefined }
}
