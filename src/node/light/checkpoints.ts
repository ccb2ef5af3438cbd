/**
 * State headers of blocks that a room link may name as its checkpoint (PROTOCOL "Light client"). A checkpoint is a block's hash, and only a header of this very block shows the validator sets
 * under it. So all full nodes keep one at the same heights, whatever the sets do, for as long as such a link is meant to be of use.
 *
 * In memory only: what a link names can be asked of anybody who was there, and a link grows old anyway.
 */
import type { BlockEntry } from '../../core/chain/blockTree'
import { decode, encode } from '../../core/codec'
import { StateHeader } from '../../core/light/schema'
import { inspectStateHeader, makeStateHeader } from '../../core/light/stateHeader'
import type { LightNetwork } from '../../core/light/stateHeader'
import type { Certificate, Header } from '../../core/schema'

/** Heights between two blocks that a link may name: half a minute of a room at 2 s, and no more than MAX_DESCENDANTS. */
export const CHECKPOINT_INTERVAL = 16
/** Headers of such blocks in memory: 4,096 heights, more than two hours at 2 s; 2 kB each in a class of ten, 14 kB with the largest sets. */
export const KEPT_CHECKPOINTS = 256

export class Checkpoints {
  readonly #network: LightNetwork
  /** Encoded, by height, ascending. */
  readonly #kept = new Map<number, Uint8Array>()
  /** The newest of these blocks while nothing certifies it, and the headers on top of it. */
  #pending: { entry: BlockEntry; above: Header[]; tip: string } | null = null

  constructor(network: LightNetwork) {
    this.#network = network
  }

  /** @param finals blocks that have just become final, ascending, executed @param certificate of the last of them; null where an anchor made it final */
  note(finals: readonly BlockEntry[], certificate: Certificate | null): void {
    for (const entry of finals) {
      if (entry.height % CHECKPOINT_INTERVAL === 1) this.#pending = { entry, above: [], tip: entry.hash }
      else if (this.#pending !== null && entry.parent === this.#pending.tip) {
        this.#pending.above.push(entry.header)
        this.#pending.tip = entry.hash
      } else this.#pending = null
    }
    if (certificate !== null) this.#certify(certificate)
  }

  #certify(certificate: Certificate): void {
    if (!this.#pending?.entry.state) return
    const { entry, above } = this.#pending
    // The next such block takes its place before there are more on top of it than a header may bring along.
    const header = makeStateHeader(entry.header, entry.state!, certificate, above)
    // The state after the last block of an epoch names later sets only: then a certificate further up shows it.
    if (!inspectStateHeader(this.#network, header).ok) return
    this.#kept.set(entry.height, encode(StateHeader, header))
    this.#pending = null
    if (this.#kept.size > KEPT_CHECKPOINTS) this.#kept.delete(this.#kept.keys().next().value!)
  }

  /** @param height of the youngest when left out @returns null where this node keeps none of that height */
  at(height = [...this.#kept.keys()].at(-1)): StateHeader | null {
    const header = decode(StateHeader, this.#kept.get(height ?? 0) ?? new Uint8Array(0))
    return header.ok ? header.value : null
  }
}
