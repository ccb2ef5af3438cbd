/** A light node beside a table of full ones, driven by hand: its requests go to their peers' cores, each answer through the door. */
import { assert, fail } from '../../core/result'
import { signerAt } from '../../core/testing/network'
import { Ingress, isRefusal } from '../ingress'
import { LightCore } from '../light/lightCore'
import type { LightOptions } from '../light/lightCore'
import type { LightEffect, LightEvent, LightInput } from '../light/messages'
import { answerProof } from '../light/proofService'
import { witnessReply } from '../light/witnessService'
import type { RequestName } from '../messages'
import type { NodeTable } from './table'

/** What a peer does to its answer; for liars. */
export type Tamper = (peer: number, name: RequestName, bytes: Uint8Array) => Uint8Array

export class LightSeat {
  readonly core: LightCore
  readonly events: LightEvent[] = []
  readonly done: Extract<LightEffect, { type: 'submitted' | 'lookedUp' | 'blockChecked' }>[] = []
  readonly penalised: string[] = []
  kept: Extract<LightEffect, { type: 'keep' }>['steps'] = []
  bytesRead = 0
  readonly #door: Ingress
  #queue: (() => void)[] = []
  #wakeAt = 0

  /** @param number of its key; far from the table's own */
  constructor(
    readonly table: NodeTable,
    readonly number: number,
    readonly peers: readonly number[],
    options: Partial<LightOptions> = {},
    readonly tamper: Tamper = (_peer, _name, bytes) => bytes
  ) {
    const { genesis } = table.network
    this.core = new LightCore({ genesis, signer: signerAt(number), name: `Light ${number}`, ...options })
    this.#door = new Ingress({ networkId: this.core.network.networkId, finalHeight: () => this.core.head.height, isMember: () => null, isAgent: () => false })
    this.give({ type: 'links', peers: peers.map(String) })
  }

  give(input: LightInput): LightEffect[] {
    const effects = this.core.handle(input, this.table.now)
    for (const effect of effects) this.#perform(effect)
    return effects
  }

  #perform(effect: LightEffect): void {
    if (effect.type === 'event') this.events.push(effect.event)
    else if (effect.type === 'submitted' || effect.type === 'lookedUp' || effect.type === 'blockChecked') this.done.push(effect)
    else if (effect.type === 'penalise') this.penalised.push(effect.peer)
    else if (effect.type === 'keep') this.kept = effect.steps
    else if (effect.type === 'wake') this.#wakeAt = effect.at
    else if (effect.type === 'request') this.#queue.push(() => this.#ask(effect))
  }

  #ask({ id, to, name, bytes }: Extract<LightEffect, { type: 'request' }>): void {
    const door = this.table.doors[Number(to)]!
    const opened = door.openRequest(`light ${this.number}`, bytes, this.table.now)
    assert(!isRefusal(opened), 'an honest request is let in')
    const request = door.admit(
      opened,
      opened.checks.map(check => this.table.setup.verify(check))
    )
    assert(!isRefusal(request), 'an honest request is well signed')
    for (const effect of this.table.give(Number(to), { type: 'request', id: 1, from: `light ${this.number}`, message: request }))
      if (effect.type === 'reply' || effect.type === 'serveWitness' || effect.type === 'serveProof') {
        const core = this.table.cores[Number(to)]!
        const bytes =
          effect.type === 'reply' ? effect.bytes : effect.type === 'serveProof' ? answerProof(core, effect.subject) : witnessReply(core, effect.asked)
        this.#answer(id, to, name, this.tamper(Number(to), name, bytes))
      }
  }

  #answer(id: number, from: string, name: RequestName, bytes: Uint8Array): void {
    this.bytesRead += bytes.length
    const opened = this.#door.openReply(name, bytes)
    const message = isRefusal(opened)
      ? opened
      : this.#door.admit(
          opened,
          opened.checks.map(check => this.table.setup.verify(check))
        )
    this.give({ type: 'reply', id, from, result: isRefusal(message) ? fail('bad-reply', message.code) : { ok: true, value: message } })
  }

  /** Lets the table and this node run together. */
  run(ms: number): void {
    const until = this.table.now + ms
    while (this.table.now < until) {
      this.table.run(50)
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next()
      if (this.table.now >= this.#wakeAt) this.give({ type: 'tick' })
    }
  }
}
