/**
 * Proofs with what a store and other nodes add: blocks that are no longer in memory, and the records of eras that the state has only the root of (T040). Loaded when somebody asks for a proof.
 */
import { fromUtf8, toHex, utf8 } from '../../core/bytes'
import { decode } from '../../core/codec'
import { lightNetwork, linkStateHeader } from '../../core/light/stateHeader'
import { eraOf, eraPath, isRecent, prove } from '../../core/proof/prove'
import type { Body } from '../../core/proof/prove'
import type { StateProof } from '../../core/proof/schema'
import { parseSubject } from '../../core/proof/subject'
import type { Subject } from '../../core/proof/subject'
import { openProof } from '../../core/proof/verify'
import { ok } from '../../core/result'
import type { Result } from '../../core/result'
import { Block } from '../../core/schema'
import { encodeMessage } from '../../core/wire'
import type { Input } from '../messages'
import type { NodeCore } from '../nodeCore'
import type { NodeStore, PeerId } from '../ports'
import { Eras } from './eras'
import { proofOf, replyOf } from './proofService'
import type { Prover, Stored } from './proofService'

/** Peers that are asked for a proof of an old block: most have let go of it as well, and an archive does not say that it is one. */
const MAX_ASKED = 16
/** Why there is no proof of a block that others may have. */
const LET_GO: ReadonlySet<string> = new Set(['too-old', 'unknown-block'])

/** The way to other nodes. */
export interface Others {
  peers(): PeerId[]
  /** Never rejects; what comes back has been through the door, its signatures verified. */
  ask(peer: PeerId, proofRequest: Uint8Array): Promise<Extract<Input, { type: 'reply' }>['result']>
}

export class ProofDesk {
  readonly #core: Prover & Pick<NodeCore, 'genesis'>
  readonly #store: Pick<NodeStore, 'block' | 'range'>
  readonly #others: Others
  readonly #eras: Eras

  constructor(core: Prover & Pick<NodeCore, 'genesis'>, store: Pick<NodeStore, 'block' | 'range'>, others: Others) {
    this.#core = core
    this.#store = store
    this.#others = others
    this.#eras = new Eras(core.genesis, store)
  }

  /** @returns as `proofOf`; `too-old` where blocks of its era are no longer stored here */
  async proofOf(text: string): Promise<Result<StateProof>> {
    const proof = proofOf(this.#core, text)
    if (proof.ok || !LET_GO.has(proof.code)) return proof
    const subject = parseSubject(text)
    const stored = subject.ok ? await this.#stored(subject.value).catch(() => null) : null
    // Its state may have moved on meanwhile: what is shown is what is newest now.
    return stored === null ? proof : proofOf(this.#core, text, stored)
  }

  /** For the person here: what this node has let go of is asked of its peers, one after another, and believed where it hangs from this node's own final chain. */
  async findProof(text: string): Promise<Result<StateProof>> {
    const own = await this.proofOf(text)
    if (own.ok || !LET_GO.has(own.code)) return own
    const subject = parseSubject(text)
    const request = encodeMessage('proofRequest', { subject: utf8(text) })
    for (const peer of this.#others.peers().slice(0, MAX_ASKED)) {
      const answer = await this.#others.ask(peer, request)
      const [proof] = answer.ok && answer.value.kind === 'proofReply' ? answer.value.value.proof : []
      if (proof !== undefined && subject.ok && this.#holds(subject.value, proof)) return ok(proof)
    }
    return own
  }

  /** Its signatures are verified already. Its header is one of the final chain here, or links to the newest of it. */
  #holds(subject: Subject, proof: StateProof): boolean {
    const { genesis, tree } = this.#core
    const opened = openProof(lightNetwork(genesis), subject, proof)
    if (!opened.ok) return false
    const { state } = opened.value.shown
    const entry = tree.get(toHex(state.hash))
    if (entry !== undefined && entry.height <= tree.final.height) return entry === tree.final || tree.isAncestor(entry, tree.final)
    const { final } = tree
    const { stateRoot, timestamp } = final.header
    return linkStateHeader({ height: final.height, hash: final.hashBytes, stateRoot, timestamp, sets: final.state!.sets }, opened.value.shown).ok
  }

  async #stored(subject: Subject): Promise<Stored | null> {
    if (subject.kind === 'block') return this.#withEra(subject.height, null)
    if (subject.kind !== 'transaction') return null
    const found = await this.#store.block(toHex(subject.block))
    const block = found === null ? null : decode(Block, found.bytes)
    return block?.ok ? this.#withEra(block.value.header.height, block.value) : null
  }

  async #withEra(height: number, body: Body | null): Promise<Stored> {
    const { networkId, light } = this.#core
    const shown = light.shown()
    const era = eraOf(height)
    if (shown === null || isRecent(height, shown.entry.height)) return { body, era: null, records: null }
    const root = prove(networkId, shown.header, shown.entry.state!, { kind: 'state', path: eraPath(height) }, () => null)
    return { body, era, records: root.ok ? await this.#eras.records(era, root.value.claim[0]!.value) : null }
  }

  /** @returns an encoded `proofReply` */
  async answer(subject: Uint8Array): Promise<Uint8Array> {
    return encodeMessage('proofReply', replyOf(await this.proofOf(fromUtf8(subject) ?? '')))
  }
}
