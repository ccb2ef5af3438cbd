/** `SimApi`: the simulator at the pace of a wall clock, seen through the same views as a live node. */
import type { Failure, Result, SimApi, SimFault, SimStart, SimUpdate } from '../src/bridge/api'
import type { BlockDetail, NodeSlices, Pulse, Update } from '../src/bridge/views'
import { toHex } from '../src/core/bytes'
import { decodeMessage } from '../src/core/wire'
import { Narrator } from '../src/node/narrator'
import { Publisher } from '../src/node/publisher'
import { agentsView, blockDetail, chainView, findInTree, parseBlockId, roundView, statusView } from '../src/node/views'
import { systemClock } from '../src/platform/systemClock'
import { STANDARD } from '../src/sim/scenario'
import { SIM_EPOCH_MS, Simulation } from '../src/sim/simulation'
import type { SimNode, SimObserver } from '../src/sim/simulation'

/** Real time between two steps of the simulation: one frame at 30 per second. */
const STEP_MS = 33
/** A tab that slept does not catch up more than this, real milliseconds. */
const MAX_STEP_MS = 500
/** Virtual time that has passed when the curtain rises, in block intervals: some blocks are final, and the next midnight is less than a second away. */
const PRELUDE_INTERVALS = 4.8

const NOT_STARTED: Failure = { ok: false, code: 'not-started', message: 'No simulation is running.' }

export class SimService implements SimApi {
  #simulation: Simulation | null = null
  #publisher: Publisher<SimUpdate> | null = null
  #narrator = new Narrator('onlooker')
  #options: SimStart | null = null
  #focus = 0
  #playing = false
  #steppedAt = 0
  #cancel: (() => void) | null = null
  /** Virtual time shows as time of day from the start on, so that countdowns run. */
  #shift = 0

  async start(options: SimStart): Promise<void> {
    await this.stop()
    const { seed, nodes, blockIntervalMs, slotMs, latencyMs } = options
    const quiet = { lossMilli: 0, duplicateMilli: 0, partitionMilli: 0, crashMilli: 0, freezeMilli: 0, extraDelayMs: 0, clockOffsetMs: 0, clockDriftMilli: 0 }
    const endless = { virtualMs: Infinity, healAtMs: 0 }
    this.#options = options
    this.#narrator = new Narrator('onlooker')
    this.#focus = 0
    this.#simulation = new Simulation(
      { ...STANDARD, ...quiet, ...endless, seed, nodes, byzantine: 0, blockIntervalMs, slotMs, latencyMs, epochLength: 4, transfersPerMinute: 6, taste: false },
      { fastVerify: null },
      this.#observer()
    )
    const prelude = PRELUDE_INTERVALS * blockIntervalMs
    this.#shift = systemClock.now() - SIM_EPOCH_MS - prelude
    this.#simulation.runUntil(SIM_EPOCH_MS + prelude)
    this.#publisher = new Publisher<SimUpdate>(
      {
        slices: () => this.#slices(),
        eventsSince: seq => this.#narrator.since(seq),
        decorate: update => this.#decorate(update)
      },
      systemClock
    )
    await this.play()
  }

  #observer(): SimObserver {
    return {
      sent: ({ from, to, bytes, sentAt, arriveAt, lost }) => this.#sent(from, to, bytes, sentAt, arriveAt, lost),
      event: (node, event, now) => {
        const focus = this.#simulation?.nodes[this.#focus]
        if (focus !== undefined && node === this.#focus) this.#narrator.tell(focus.core, event, now + this.#shift)
      }
    }
  }

  #sent(from: number, to: number, bytes: Uint8Array, sentAt: number, arriveAt: number, lost: boolean): void {
    const simulation = this.#simulation
    const decoded = decodeMessage(bytes, ['announce', 'vote', 'transaction', 'certificate'])
    const a = simulation?.nodes[from]
    const b = simulation?.nodes[to]
    if (!decoded.ok || a === undefined || b === undefined) return
    const { kind, value } = decoded.value
    const pulse: Pulse = {
      from: toHex(a.signer.publicKey),
      to: toHex(b.signer.publicKey),
      kind: kind === 'transaction' ? 'tx' : kind === 'vote' && value.kind === 2 ? 'finalise' : kind,
      height: kind === 'announce' ? value.header.height : kind === 'transaction' ? 0 : value.height,
      sentAt: sentAt + this.#shift,
      arriveAt: arriveAt + this.#shift,
      lost
    }
    this.#publisher?.pulse(pulse)
  }

  #slices(): Partial<NodeSlices> {
    const simulation = this.#simulation
    const node = simulation?.nodes[this.#focus]
    if (simulation == null || node === undefined) return {}
    const { core } = node
    const others = simulation.nodes.filter(other => other !== node && other.online)
    const peers = others.map(other => ({ peerId: String(other.index), transport: 'webrtc' as const }))
    const status = statusView(
      core,
      { peerId: String(node.index), name: node.name, role: 'full', peers, version: 'simulation', storeSound: true },
      simulation.now
    )
    const round = roundView(core)
    const chain = chainView(core)
    return {
      status: { ...status, at: status.at + this.#shift },
      chain: { ...chain, blocks: chain.blocks.map(block => ({ ...block, timestamp: block.timestamp + this.#shift })) },
      round: round === null ? null : { ...round, startAt: round.startAt + this.#shift },
      agents: agentsView(core, new Set(others.map(other => toHex(other.signer.publicKey)))),
      peers: others.map(other => ({
        peerId: String(other.index),
        transport: 'webrtc',
        publicKey: toHex(other.signer.publicKey),
        name: other.name,
        finalHeight: other.core.tree.final.height,
        sinceS: Math.floor((simulation.now - SIM_EPOCH_MS) / 1000),
        cut: false
      })),
      storage: { kind: 'memory', usedBytes: null, quotaBytes: null, persisted: null, blocks: core.tree.size, lowestBlock: 0 },
      info: {
        missing: [],
        addresses: [],
        relays: [],
        peerConnectionsMade: 0,
        dataPath: 'none',
        verdicts: { accept: 0, ignore: 0, reject: 0, reasons: {} },
        worstGapMs: 0
      }
    }
  }

  #decorate(update: Update): SimUpdate {
    const nodes = this.#simulation?.nodes ?? []
    return { ...update, virtualNow: (this.#simulation?.now ?? 0) + this.#shift, nodes: nodes.map(simNodeView) }
  }

  async play(): Promise<void> {
    if (this.#playing) return
    this.#playing = true
    this.#steppedAt = systemClock.now()
    this.#step()
  }

  async pause(): Promise<void> {
    this.#playing = false
    this.#cancel?.()
  }

  #step(): void {
    const now = systemClock.now()
    const elapsed = Math.min(MAX_STEP_MS, now - this.#steppedAt)
    this.#steppedAt = now
    const simulation = this.#simulation
    if (!this.#playing || simulation === null) return
    simulation.runUntil(simulation.now + elapsed * (this.#options?.speed ?? 1))
    // Pauses and naps stop virtual time; the shift keeps countdowns true.
    this.#shift = now - simulation.now
    this.#publisher?.changed()
    this.#cancel = systemClock.after(STEP_MS, () => this.#step())
  }

  async fault(fault: SimFault): Promise<void> {
    const simulation = this.#simulation
    if (simulation === null) return
    switch (fault.kind) {
      case 'offline':
        if (simulation.nodes[fault.node] !== undefined) simulation.crash(fault.node, null)
        if (fault.node === this.#focus)
          this.#focus = Math.max(
            0,
            simulation.nodes.findIndex(node => node.online)
          )
        break
      case 'online':
        if (simulation.nodes[fault.node] !== undefined) simulation.restart(fault.node)
        break
      case 'split':
        simulation.heal('all')
        simulation.split(fault.left)
        break
      case 'heal':
        simulation.heal('all')
        simulation.setLoss(0)
        for (const node of simulation.nodes) simulation.restart(node.index)
        break
      case 'drop':
        simulation.setLoss(Math.max(0, Math.min(1000, fault.milli)))
    }
    this.#publisher?.changed()
  }

  async focus(node: number): Promise<void> {
    if (this.#simulation?.nodes[node] === undefined) return
    this.#focus = node
    this.#publisher?.changed()
  }

  async subscribe(listener: (update: SimUpdate) => void | Promise<void>): Promise<number> {
    return this.#publisher?.subscribe(listener) ?? 0
  }

  async unsubscribe(id: number): Promise<void> {
    this.#publisher?.unsubscribe(id)
  }

  async block(heightOrHash: number | string): Promise<Result<BlockDetail>> {
    const core = this.#simulation?.nodes[this.#focus]?.core
    if (core === undefined) return NOT_STARTED
    const id = parseBlockId(heightOrHash)
    const found = id === null ? null : findInTree(core, id)
    if (found === null)
      return { ok: false, code: 'unknown-block', message: 'This block is not in the simulation’s memory any more; it keeps the newest 64 final ones.' }
    return { ok: true, value: blockDetail(core, found) }
  }

  async stop(): Promise<void> {
    await this.pause()
    this.#publisher?.stop()
    this.#publisher = null
    this.#simulation = null
  }
}

function simNodeView(node: SimNode): SimUpdate['nodes'][number] {
  const head = node.core.head()
  return {
    publicKey: toHex(node.signer.publicKey),
    name: node.name,
    online: node.online,
    headHeight: head.height,
    headHash: head.hash,
    finalHeight: node.core.tree.final.height
  }
}
