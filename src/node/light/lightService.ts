/** What any full node does for light ones: state headers by height (T057), and proofs of values of its newest state that has a certificate of its own (T045). */
import { fromUtf8, toHex, utf8 } from '../../core/bytes'
import type { BlockEntry } from '../../core/chain/blockTree'
import type { HeaderQuery } from '../../core/light/headerSync'
import { lightNetwork } from '../../core/light/stateHeader'
import type { StateHeader } from '../../core/light/schema'
import { prove } from '../../core/proof/prove'
import type { Body } from '../../core/proof/prove'
import type { ProofReply, StateProof } from '../../core/proof/schema'
import { parseSubject } from '../../core/proof/subject'
import { fail } from '../../core/result'
import type { Result } from '../../core/result'
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

  /**
   * @param text of a subject (core/proof/subject.ts)
   * @returns `nothing-final` before the first certificate, or why `parseSubject` or `prove` refuses
   */
  proof(text: string): Result<StateProof> {
    const subject = parseSubject(text)
    if (!subject.ok) return subject
    const shown = this.shown()
    if (shown === null) return fail('nothing-final', 'no state here has a certificate of its own yet')
    return prove(this.#desk.networkId, shown.header, shown.entry.state!, subject.value, hash => this.#body(hash, shown.entry))
  }

  proofReply(subject: Uint8Array): ProofReply {
    const proof = this.proof(fromUtf8(subject) ?? '')
    return proof.ok ? { proof: [proof.value], code: new Uint8Array(0) } : { proof: [], code: utf8(proof.code) }
  }

  /** Only what is final under the shown block: a body of another branch could not be proved anyway. */
  #body(hash: Uint8Array, shown: BlockEntry): Body | null {
    const entry = this.#desk.tree.get(toHex(hash))
    if (entry?.transactions == null || (entry !== shown && !this.#desk.tree.isAncestor(entry, this.#desk.tree.final))) return null
    return { header: entry.header, transactions: entry.transactions }
  }
}
