/**
 * Light nodes beside a simulation of full ones, and liars among those who serve them. The light nodes are the very class that runs in a tab; they only read what full nodes have, so a run with them
 * has the same history as one without. A checker of its own compares every head and every value that a light node accepts with the final chain.
 */
import { equalBytes, hexOf } from '../core/bytes'
import { isLastOfEpoch } from '../core/consensus/validatorSet'
import { createSigner } from '../core/crypto/ed25519'
import type { SignatureCheck, Signer } from '../core/crypto/ed25519'
import { makeStateHeader } from '../core/light/stateHeader'
import type { StateHeader } from '../core/light/schema'
import { makeCertificate } from '../core/consensus/certificates'
import { assert, fail } from '../core/result'
import { VOTE_FINALISE } from '../core/schema'
import type { AgentRecord } from '../core/schema'
import { blockHash, signVote } from '../core/signing'
import { encodeMessage } from '../core/wire'
import type { MessageOf } from '../core/wire'
import { Ingress, isRefusal } from '../node/ingress'
import { LightCore } from '../node/light/lightCore'
import type { LightEffect, LightInput } from '../node/light/messages'
import { answerProof, proofReply } from '../node/light/proofService'
import type { RequestName } from '../node/messages'
import type { Random } from './random'
import type { SimNode, Simulation } from './simulation'

/**
 * What a liar answers instead: a damaged copy; a chain of validators that it has invented, which holds together by itself; what was true long ago; or what somebody else was told.
 */
const LIES = ['damaged', 'invented', 'stale', 'other'] as const
type Lie = (typeof LIES)[number]

/** Keys of a liar's own validators: enough for a committee. */
const INVENTED_VALIDATORS = 4
/** Steps of the light nodes between two looks at the simulation, virtual ms. */
const STEP_MS = 250
/** Answers that a liar remembers. */
const REMEMBERED_ANSWERS = 64

interface Light {
  core: LightCore
  ingress: Ingress
  wakeAt: number
  /** Members of the newest head's set. */
  members: string
}

/** What a light node holds to be so, until an honest full node has come to that height. */
interface Held {
  height: number
  /** @returns what is wrong with it, or null */
  judge: (final: Final) => string | null
}

interface Final {
  hash: string
  stateRoot: string
  records: ReadonlyMap<string, bigint>
}

export interface CrowdReport {
  /** Heads that were accepted, and how often the validator set had changed from one to the next. */
  heads: number
  changes: number
  /** Proved values that were accepted. */
  values: number
  /** Answers that liars gave. */
  lies: number
  /** What a light node accepted although it is not so; empty, or the rules are broken. */
  wrong: string[]
}

export class LightCrowd {
  readonly lights: Light[] = []
  readonly report: CrowdReport = { heads: 0, changes: 0, values: 0, lies: 0, wrong: [] }
  /** By height, from honest nodes. */
  readonly #final = new Map<number, Final>()
  #held: Held[] = []
  readonly #remembered: Uint8Array[] = []
  readonly #invented: Signer[]
  readonly #draw: Random
  readonly #queue: { at: number; run: () => void }[] = []

  /**
   * @param count of light nodes
   * @param liars numbers of the simulated nodes that lie to light ones, whatever they are to the others
   * @param verify decides signatures
   */
  constructor(
    private readonly simulation: Simulation,
    count: number,
    private readonly liars: ReadonlySet<number>,
    private readonly verify: (check: SignatureCheck) => boolean,
    draw: Random
  ) {
    this.#draw = draw
    this.#invented = Array.from({ length: INVENTED_VALIDATORS }, () => createSigner(draw.bytes(32)))
    for (let i = 0; i < count; i++) this.#join()
  }

  #join(): void {
    const { genesis } = this.simulation
    const core = new LightCore({ genesis, signer: createSigner(this.#draw.bytes(32)), name: null })
    const ingress = new Ingress({ networkId: core.network.networkId, finalHeight: () => core.head.height, isMember: () => null, isAgent: () => false })
    this.lights.push({ core, ingress, wakeAt: this.simulation.now, members: '' })
    this.#give(this.lights.at(-1)!, { type: 'links', peers: this.simulation.nodes.map(({ index }) => String(index)) })
  }

  /** Lets simulation and light nodes run together. */
  runUntil(time: number): CrowdReport {
    while (this.simulation.now < time) {
      this.simulation.runUntil(Math.min(time, this.simulation.now + STEP_MS))
      this.#noteFinals()
      for (const due of this.#queue.splice(0)) due.run()
      for (const light of this.lights) if (light.wakeAt <= this.simulation.now) this.#give(light, { type: 'tick' })
    }
    return this.report
  }

  // -------------------------------------------------------------------------------------------------------------- the checker

  #noteFinals(): void {
    for (const node of this.simulation.nodes) {
      if (!this.simulation.isHonest(node)) continue
      let entry = node.core.tree.get(node.core.tree.final.hash)
      while (entry !== undefined && entry.height > 0 && !this.#final.has(entry.height)) {
        const { state } = entry
        if (state !== null) {
          const records = new Map(state.agents().map(({ publicKey, balance }) => [hexOf(publicKey), balance] as const))
          this.#final.set(entry.height, { hash: entry.hash, stateRoot: hexOf(state.root), records })
        }
        entry = node.core.tree.get(entry.parent)
      }
    }
    const newest = Math.max(0, ...this.#final.keys())
    const due = this.#held.filter(({ height }) => height <= newest)
    this.#held = this.#held.filter(({ height }) => height > newest)
    for (const { height, judge } of due) {
      const final = this.#final.get(height)
      const wrong = final === undefined ? `height ${height} is final nowhere` : judge(final)
      if (wrong !== null) this.report.wrong.push(wrong)
    }
  }

  #judgeHead(light: Light): void {
    const { head } = light.core
    const [hash, stateRoot] = [hexOf(head.hash), hexOf(head.stateRoot)]
    this.report.heads++
    const members = [...head.sets[0]!.weights.keys()].sort().join()
    if (light.members !== '' && light.members !== members) this.report.changes++
    light.members = members
    const judge = (final: Final) => (final.hash === hash && final.stateRoot === stateRoot ? null : `another block at height ${head.height}`)
    this.#held.push({ height: head.height, judge })
  }

  #judgeRecords(height: number, records: readonly AgentRecord[]): void {
    this.report.values += records.length
    const judge = (final: Final) =>
      records.every(({ publicKey, balance }) => final.records.get(hexOf(publicKey)) === balance) ? null : `a balance at height ${height} that nobody has`
    this.#held.push({ height, judge })
  }

  // ------------------------------------------------------------------------------------------------------------ light nodes

  #give(light: Light, input: LightInput): void {
    const before = light.core.registry
    for (const effect of light.core.handle(input, this.simulation.now)) this.#perform(light, effect)
    const { registry } = light.core
    if (registry !== null && registry !== before) this.#judgeRecords(registry.height, registry.records)
  }

  #perform(light: Light, effect: LightEffect): void {
    if (effect.type === 'wake') light.wakeAt = effect.at
    else if (effect.type === 'event' && effect.event.kind === 'head') this.#judgeHead(light)
    else if (effect.type === 'event' && effect.event.kind === 'fork') this.report.wrong.push(`a fork at height ${effect.event.height}`)
    else if (effect.type === 'request') this.#queue.push({ at: this.simulation.now, run: () => this.#ask(light, effect) })
  }

  #ask(light: Light, { id, to, name, bytes }: Extract<LightEffect, { type: 'request' }>): void {
    const node = this.simulation.nodes[Number(to)]
    assert(node !== undefined, 'light nodes ask nodes that exist')
    const away = !node.online || node.frozenUntil > this.simulation.now
    const answer = away ? null : this.#answer(node, name, bytes)
    if (answer === null) return this.#give(light, { type: 'reply', id, from: to, result: fail('timeout') })
    const opened = light.ingress.openReply(name, answer)
    const message = isRefusal(opened)
      ? opened
      : light.ingress.admit(
          opened,
          opened.checks.map(check => this.verify(check))
        )
    this.#give(light, { type: 'reply', id, from: to, result: isRefusal(message) ? fail('bad-reply', message.code) : { ok: true, value: message } })
  }

  #answer(node: SimNode, name: RequestName, bytes: Uint8Array): Uint8Array | null {
    const opened = node.ingress.openRequest('light', bytes, this.simulation.now)
    if (isRefusal(opened)) return null
    const honest = honestAnswer(node, opened.message)
    if (honest === null) return null
    if (!this.liars.has(node.index) || name === 'helloRequest') return honest
    this.report.lies++
    return this.#lie(node, opened.message, honest, this.#draw.pick(LIES))
  }

  // ----------------------------------------------------------------------------------------------------------------- liars

  #lie(node: SimNode, message: MessageOf<RequestName>, honest: Uint8Array, lie: Lie): Uint8Array {
    this.#remembered.push(honest)
    if (this.#remembered.length > REMEMBERED_ANSWERS) this.#remembered.shift()
    if (lie === 'damaged') return honest.with(1 + this.#draw.below(honest.length - 1), this.#draw.below(256))
    if (lie === 'invented') return this.#inventedAnswer(node, message) ?? honest
    return lie === 'stale' ? this.#remembered[0]! : this.#draw.pick(this.#remembered)
  }

  /** A state in which the liar's own keys validate and somebody is rich, certified by those very keys: everything fits together, but it does not link. */
  #inventedAnswer(node: SimNode, message: MessageOf<RequestName>): Uint8Array | null {
    const { final } = node.core.tree
    const { epochLength, lookahead } = this.simulation.genesis
    if (final.state === null || final.height === 0 || isLastOfEpoch(final.height, epochLength)) return null
    const edit = final.state.edit()
    const validators = this.#invented.map(({ publicKey }) => ({ publicKey, weight: 1 }))
    edit.decideSets(
      Math.floor((final.height - 1) / epochLength),
      Array.from({ length: lookahead + 1 }, () => validators)
    )
    edit.update(node.signer.publicKey, { balance: 10n ** 15n })
    const state = edit.finish()
    const header = { ...final.header, stateRoot: state.root }
    const hash = blockHash(node.core.networkId, header)
    const votes = new Map(
      this.#invented.map(
        signer => [hexOf(signer.publicKey), signVote(node.core.networkId, { kind: VOTE_FINALISE, height: header.height, hash }, signer)] as const
      )
    )
    const shown = makeStateHeader(header, state, makeCertificate(VOTE_FINALISE, header.height, hash, votes))
    return message.kind === 'stateHeaderRequest' ? encodeMessage('stateHeaderReply', { headers: [shown] }) : this.#inventedProof(node, message, shown)
  }

  /** An honest proof under the invented header. */
  #inventedProof(node: SimNode, message: MessageOf<RequestName>, header: StateHeader): Uint8Array | null {
    if (message.kind !== 'proofRequest') return null
    const { proof } = proofReply(node.core, message.value.subject)
    return proof[0] === undefined ? null : encodeMessage('proofReply', { proof: [{ ...proof[0], header }], code: new Uint8Array(0) })
  }
}

function honestAnswer(node: SimNode, message: MessageOf<RequestName>): Uint8Array | null {
  const { core } = node
  switch (message.kind) {
    case 'helloRequest': {
      const { final } = core.tree
      const heights = { height: core.head().height, finalHeight: final.height, finalHash: final.hashBytes }
      return equalBytes(message.value.networkId, core.networkId)
        ? encodeMessage('helloReply', { ...message.value, role: 1, publicKey: core.publicKey, ...heights })
        : null
    }
    case 'stateHeaderRequest':
      return encodeMessage('stateHeaderReply', { headers: core.light.stateHeader(message.value) })
    case 'proofRequest':
      return answerProof(core, message.value.subject)
    case 'submitRequest':
      return encodeMessage('submitReply', { accepted: 0 })
    default:
      return null
  }
}
