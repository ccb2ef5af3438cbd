/** What any full node does for light ones: state headers by height (T057), and the state that proofs are made under (proofService.ts). */
import type { BlockEntry } from '../../core/chain/blockTree'
import type { HeaderQuery } from '../../core/light/headerSync'
import { lightNetwork } from '../../core/light/stateHeader'
import type { StateHeader } from '../../core/light/schema'
import type { Certificate } from '../../core/schema'
import type { Desk } from '../desk'
import type { StoredStateHeader } from '../ports'
import { Checkpoints } from './checkpoints'
import { HeaderBook } from './headerBook'
import type { Shown } from './headerBook'

export class LightService {
  readonly #desk: Desk
  readonly headers: HeaderBook
  readonly checkpoints: Checkpoints

  /** @param kept encoded state headers that the disk has, ascending */
  constructor(desk: Desk, kept: readonly Uint8Array[]) {
    this.#desk = desk
    this.headers = new HeaderBook(desk.genesis, desk.tree.final)
    this.headers.restore(kept)
    this.checkpoints = new Checkpoints(lightNetwork(desk.genesis))
  }

  /** @returns headers for the disk */
  note(finals: readonly BlockEntry[], certificate: Certificate | null): StoredStateHeader[] {
    this.checkpoints.note(finals, certificate)
    return this.headers.note(finals, certificate)
  }

  /** The newest state that can be shown. After a start nothing has become final yet; the certificate of the final block came back from the disk. */
  shown(): Shown | null {
    const { final } = this.#desk.tree
    const certificate = this.#desk.rounds.peek(final.height)?.finalisation ?? null
    if (certificate !== null) this.headers.resume(final, certificate)
    return this.headers.newest()
  }

  /** At most one: the form of the reply. */
  stateHeader(query: HeaderQuery): StateHeader[] {
    this.shown()
    // Of that very height: what somebody begins at.
    const found = (query.height > query.above && this.checkpoints.at(query.height)) || this.headers.find(query)
    return found === null ? [] : [found]
  }
}
