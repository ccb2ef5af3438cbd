/** `SimApi`: the simulator at the pace of a wall clock, seen through the same views as a live node. */
import type { BlockAudit } from '../src/bridge/audit'
import { blockAudit } from '../src/node/auditView'
import type { NodeCore } from '../src/node/nodeCore'
import type { FoundBlock } from '../src/node/views'
import type { AsWrittenReport, AsWrittenRun, Failure, Result, SimApi, SimFault, SimRun, SimRunReport, SimStart, SimUpdate } from '../src/bridge/api'
import type { BlockDetail, NodeSlices, Pulse, Update } from '../src/bridge/views'
import { toHex } from '../src/core/bytes'
import type { Signer } from '../src/core/crypto/ed25519'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createPrefetch } from '../src/core/crypto/verifier'
import { LEAF_FUNCTION, plotRoot } from '../src/core/families/spacetime/plot'
import { FAMILIES, familyModule } from '../src/core/families/registry'
import type { NetworkOptions } from '../src/core/genesis'
import { decodeMessage } from '../src/core/wire'
import { Narrator } from '../src/node/narrator'
import { Publisher } from '../src/node/publisher'
import { blockDetail } from '../src/node/blockDetail'
import { agentsView, chainView, findInTree, parseBlockId, roundView, statusView } from '../src/node/views'
import { createWebCryptoFast } from '../src/platform/crypto/webCryptoFast'
import { systemClock } from '../src/platform/systemClock'
import { AS_WRITTEN } from '../src/sim/asWritten/index'
import { comparisonOf } from '../src/sim/asWritten/report'
import { labScenario } from '../src/sim/labRun'
import { STANDARD } from '../src/sim/scenario'
import { SIM_EPOCH_MS, Simulation } from '../src/sim/simulation'
import type { SimNode, SimObserver, SimPlatform } from '../src/sim/simulation'
import { Violation } from '../src/sim/violation'

/** Real time between two steps of the simulation: one frame at 30 per second. */
const STEP_MS = 33
/** A tab that slept does not catch up more than this, real milliseconds. */
const MAX_STEP_MS = 500
/** Virtual time of a run between two chances for other calls, ms. */
const RUN_STEP_MS = 1000
/** Virtual time that has passed when the curtain rises, in block intervals: some blocks are final, and the next midnight is less than a second away. */
const PRELUDE_INTERVALS = 4.8

/** Leaves of the plots that the simulation's founders bring, in turn: who has more wins more often. Small enough to be hashed before the first picture. */
const PLOT_LEAVES = [1024, 256, 512] as const

const NOT_STARTED: Failure = { ok: false, code: 'not-started', message: 'No simulation is running.' }

/** Workers verify by promise only, where the origin has WebCrypto; elsewhere the slow way, on the spot. */
async function simPlatform(): Promise<SimPlatform> {
  const cache = new VerificationCache()
  const fast = await createWebCryptoFast(globalThis.crypto.subtle)
  return fast === null ? { fastVerify: null, cache } : { fastVerify: null, cache, prefetch: createPrefetch({ cache, fast }) }
}

function unknownFamily({ family, mode }: SimStart): Failure {
  const known = FAMILIES.map(({ name, modes }) => `${name} (${modes.join(', ')})`).join('; ')
  return { ok: false, code: 'unknown-family', message: `This build has no family or mode “${[family, mode].join(' ').trim()}”. It has ${known}.` }
}

/** Disk space that was registered from the beginning, for a family that asks for it: else the first proofs would come after a maturity's blocks. */
function foundersPlots(signers: readonly Signer[]): Pick<NetworkOptions, 'plots'> {
  const plots = signers.map(({ publicKey }, i) => {
    const leaves = PLOT_LEAVES[i % PLOT_LEAVES.length]!
    // One plot an owner: the owner's key is as good a seed as any.
    return { owner: publicKey, seed: publicKey, leaves, leafFunction: LEAF_FUNCTION, root: plotRoot(publicKey, publicKey, leaves), registeredAt: 0 }
  })
  return { plots }
}

export class SimService implements SimApi {
  #simulation: Simulation | null = null
  #publisher: Publisher<SimUpdate> | null = null
  #narrator = new Narrator('onlooker')
  #options: SimStart | null = null
  #focus = 0
  #playing = false
  /** A step is under way; it may have to wait for signatures. */
  #stepping = false
  #starting: Promise<void> = Promise.resolve()
  #steppedAt = 0
  #cancel: (() => void) | null = null
  /** Virtual time shows as time of day from the start on, so that countdowns run. */
  #shift = 0

  /** Starts come one after another, however fast they are asked for: each waits for signatures on its way. */
  start(options: SimStart): Promise<Result<null>> {
    const started = this.#starting.then(() => this.#open(options))
    this.#starting = started.then(
      () => undefined,
      () => undefined
    )
    return started
  }

  async #open(options: SimStart): Promise<Result<null>> {
    await this.stop()
    const { seed, nodes, blockIntervalMs, slotMs, latencyMs, family } = options
    const modes = familyModule(family)?.modes ?? []
    const mode = options.mode === undefined ? 0 : modes.indexOf(options.mode)
    if (modes[mode] === undefined) return unknownFamily(options)
    const quiet = { lossMilli: 0, duplicateMilli: 0, partitionMilli: 0, crashMilli: 0, freezeMilli: 0, extraDelayMs: 0, clockOffsetMs: 0, clockDriftMilli: 0 }
    const endless = { virtualMs: Infinity, healAtMs: 0 }
    this.#options = options
    this.#narrator = new Narrator('onlooker')
    this.#focus = 0
    const simulation = new Simulation(
      {
        ...STANDARD,
        ...quiet,
        ...endless,
        ...(family === 'spacetime' ? { genesis: foundersPlots } : {}),
        seed,
        family,
        mode,
        nodes,
        byzantine: 0,
        blockIntervalMs,
        slotMs,
        latencyMs,
        transfersPerMinute: 6,
        socialPerMinute: 0,
        taste: false
      },
      await simPlatform(),
      this.#observer()
    )
    this.#simulation = simulation
    const prelude = PRELUDE_INTERVALS * blockIntervalMs
    this.#shift = systemClock.now() - SIM_EPOCH_MS - prelude
    await simulation.runUntilAsync(SIM_EPOCH_MS + prelude)
    if (simulation !== this.#simulation) return NOT_STARTED
    this.#publisher = new Publisher<SimUpdate>(
      {
        slices: () => this.#slices(),
        eventsSince: seq => this.#narrator.since(seq),
        decorate: update => this.#decorate(update)
      },
      systemClock
    )
    await this.play()
    return { ok: true, value: null }
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
      storage: {
        kind: 'memory',
        usedBytes: null,
        quotaBytes: null,
        persisted: null,
        blocks: core.tree.size,
        lowestBlock: 0,
        budgetBytes: null,
        snapshots: [],
        cache: { states: 0, hits: 0, misses: 0 },
        troubles: []
      },
      info: {
        missing: [],
        addresses: [],
        relays: [],
        peerConnectionsMade: 0,
        dataPath: 'none',
        verdicts: { accept: 0, ignore: 0, reject: 0, reasons: {} },
        deliveries: {},
        worstGapMs: 0,
        signatures: { known: 0, here: 0, elsewhere: 0 },
        validation: { checkedHeight: null, checks: 0, mismatch: null },
        light: null
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
    void this.#step()
  }

  async pause(): Promise<void> {
    this.#playing = false
    this.#cancel?.()
  }

  /** One step at a time: the next is planned when this one has ended, however long its signatures take. */
  async #step(): Promise<void> {
    if (this.#stepping) return
    this.#stepping = true
    try {
      await this.#advance()
    } finally {
      this.#stepping = false
    }
    if (this.#playing && this.#simulation !== null) this.#cancel = systemClock.after(STEP_MS, () => void this.#step())
  }

  async #advance(): Promise<void> {
    const now = systemClock.now()
    const elapsed = Math.min(MAX_STEP_MS, now - this.#steppedAt)
    this.#steppedAt = now
    const simulation = this.#simulation
    if (!this.#playing || simulation === null) return
    await simulation.runUntilAsync(simulation.now + elapsed * (this.#options?.speed ?? 1))
    if (simulation !== this.#simulation) return
    // Pauses and naps stop virtual time; the shift keeps countdowns true.
    this.#shift = now - simulation.now
    this.#publisher?.changed()
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

  async run(options: SimRun): Promise<Result<SimRunReport>> {
    const scenario = labScenario(options)
    if (!scenario.ok) return { ok: false, code: scenario.code, message: `There is no such run: ${scenario.detail}.` }
    const startedAt = systemClock.now()
    const simulation = new Simulation(scenario.value, await simPlatform())
    const end = SIM_EPOCH_MS + scenario.value.virtualMs
    try {
      for (let at = SIM_EPOCH_MS; at < end;) {
        at = Math.min(at + RUN_STEP_MS, end)
        await simulation.runUntilAsync(at)
      }
      simulation.judge()
    } catch (error) {
      if (error instanceof Violation) return { ok: false, code: 'violation', message: `An invariant broke: ${error.message}.` }
      throw error
    }
    const { finalHeight, logHash, messages, virtualMs } = simulation.result()
    const { signaturesVerified } = simulation.work
    return { ok: true, value: { finalHeight, logHash, messages, signaturesVerified, virtualMs, wallMs: systemClock.now() - startedAt } }
  }

  async asWritten({ asWritten, family, seed }: AsWrittenRun): Promise<Result<AsWrittenReport>> {
    const entry = AS_WRITTEN.find(({ id }) => id === asWritten)
    if (entry === undefined || (family !== undefined && entry.shipped[family] === undefined)) {
      const known = AS_WRITTEN.map(({ id, shipped }) => [id, ...Object.keys(shipped)].join(' ')).join('; ')
      return { ok: false, code: 'unknown-rule', message: `There is no rule as written “${[asWritten, family].join(' ').trim()}”. There are ${known}.` }
    }
    const startedAt = systemClock.now()
    const used = seed ?? (family === undefined ? entry.storedSeed : entry.shipped[family]!)
    const stage = { fastVerify: null, family }
    const written = entry.run(false, used, stage)
    const sound = entry.run(true, used, stage)
    const { id, seedRule, soundRule, seen } = entry
    const failed = { written: written.failed, sound: sound.failed }
    const figures = comparisonOf(entry, written, sound)
    const report = { id, seed: used, family: family ?? null, seedRule, soundRule, seen, figures, failed, violation: written.violation }
    return { ok: true, value: { ...report, wallMs: systemClock.now() - startedAt } }
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
    const found = this.#find(heightOrHash)
    return found.ok ? { ok: true, value: blockDetail(found.value.core, found.value.block) } : found
  }

  async audit(heightOrHash: number | string): Promise<Result<BlockAudit>> {
    const found = this.#find(heightOrHash)
    return found.ok ? blockAudit(found.value.core, found.value.block) : found
  }

  /** In the memory of the node in focus. */
  #find(heightOrHash: number | string): Result<{ core: NodeCore; block: FoundBlock }> {
    const core = this.#simulation?.nodes[this.#focus]?.core
    if (core === undefined) return NOT_STARTED
    const id = parseBlockId(heightOrHash)
    const block = id === null ? null : findInTree(core, id)
    if (block === null)
      return { ok: false, code: 'unknown-block', message: 'This block is not in the simulation’s memory any more; it keeps the newest 64 final ones.' }
    return { ok: true, value: { core, block } }
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
