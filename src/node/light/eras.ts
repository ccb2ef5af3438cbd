/**
 * The records of blocks that the state has only the root of (T040): made again out of stored blocks, for proofs. Nothing here has to be believed: what does not lead to the root that the state keeps
 * proves nothing.
 */
import { hexOf, toHex } from '../../core/bytes'
import { decode } from '../../core/codec'
import { genesisState } from '../../core/genesis'
import { RECENT_HASHES } from '../../core/limits'
import { Block, RecentBlocks } from '../../core/schema'
import type { BlockRecord, Genesis } from '../../core/schema'
import { blockHash, networkIdOf } from '../../core/signing'
import { StateIndex } from '../../core/state/worldState'
import type { NodeStore } from '../ports'

/** Blocks read at once: bodies are let go of at once, and 32 of the largest are 8 MiB. */
const PAGE = 32
/** Eras in memory: 256 records of 180 bytes each. Whoever asks for one old block asks for its neighbours. */
const KEPT_ERAS = 8
/** Questions that wait for an era to be read; the next one is told that it is not here, and asks somebody else. */
const MAX_WAITING = 16

export class Eras {
  readonly #genesis: Genesis
  readonly #store: Pick<NodeStore, 'range'>
  /** By root, hex, the one asked for last at the end. */
  readonly #kept = new Map<string, readonly BlockRecord[]>()
  /** One is read at a time, whoever asks. */
  #reading: Promise<unknown> = Promise.resolve()
  #waiting = 0

  constructor(genesis: Genesis, store: Pick<NodeStore, 'range'>) {
    this.#genesis = genesis
    this.#store = store
  }

  /**
   * @param root of the era, as the state keeps it
   * @returns its records, ascending; null when blocks of it are no longer stored, or too many ask at once
   */
  records(era: number, root: Uint8Array): Promise<readonly BlockRecord[] | null> {
    if (this.#waiting >= MAX_WAITING) return Promise.resolve(null)
    this.#waiting++
    const read = this.#reading.then(() => this.#records(era, root)).finally(() => this.#waiting--)
    this.#reading = read.catch(() => null)
    return read
  }

  async #records(era: number, root: Uint8Array): Promise<readonly BlockRecord[] | null> {
    const name = hexOf(root)
    const records = this.#kept.get(name) ?? (await this.#read(era, name))
    if (records === null) return null
    this.#kept.delete(name)
    this.#kept.set(name, records)
    if (this.#kept.size > KEPT_ERAS) this.#kept.delete(this.#kept.keys().next().value!)
    return records
  }

  async #read(era: number, root: string): Promise<readonly BlockRecord[] | null> {
    const from = era * RECENT_HASHES
    const found = new Map<string, BlockRecord>()
    if (era === 0) found.set(hexOf(networkIdOf(this.#genesis)), genesisRecord(this.#genesis))
    const end = from + RECENT_HASHES
    for (let next = from; next < end;) {
      const page = await this.#store.range(next, PAGE)
      for (const record of page.flatMap(({ bytes }) => recordOf(this.#genesis, bytes))) if (record.height < end) found.set(hexOf(record.hash), record)
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE) break
      // A disk may hold siblings of final blocks: the last height may go on in the next page.
      next = last.height > next ? last.height : next + 1
    }
    const tops = [...found.values()].filter(({ height }) => height === end - 1)
    for (const top of tops) {
      const records = linkedDown(found, top, from)
      if (records !== null && toHex(RecentBlocks.hashTreeRoot(records)) === root) return records
    }
    return null
  }
}

function linkedDown(found: ReadonlyMap<string, BlockRecord>, top: BlockRecord, from: number): BlockRecord[] | null {
  const records: BlockRecord[] = []
  for (let at: BlockRecord | undefined = top; at !== undefined; at = found.get(hexOf(at.parentHash))) {
    records.push(at)
    if (at.height === from) return records.reverse()
  }
  return null
}

function recordOf(genesis: Genesis, bytes: Uint8Array): BlockRecord[] {
  const block = decode(Block, bytes)
  if (!block.ok) return []
  const { header } = block.value
  const { height, parent, timestamp, proposer, txRoot, stateRoot } = header
  return [{ height, hash: blockHash(networkIdOf(genesis), header), parentHash: parent, timestamp, producer: proposer, txRoot, stateRoot }]
}

function genesisRecord(genesis: Genesis): BlockRecord {
  const state = genesisState(genesis, new StateIndex())
  const { height, parent, timestamp, producer, txRoot } = state.chain
  return { height, hash: networkIdOf(genesis), parentHash: parent, timestamp, producer, txRoot, stateRoot: state.root }
}
