/** How a switch runs: the real simulation on a calm network, with other rules where the switch says so, and an onlooker that counts. */
import { toHex } from '../../core/bytes'
import type { RankedRounds } from '../../core/consensus/rankedRounds'
import type { Signer } from '../../core/crypto/ed25519'
import type { Family } from '../../core/families/family'
import { familyModule } from '../../core/families/registry'
import { assert } from '../../core/result'
import type { ChainConfig, Genesis } from '../../core/schema'
import type { FaultPlan } from '../faultPlan'
import { MODEL_VRF } from '../modelVrf'
import { CALM, STANDARD } from '../scenario'
import type { Mutant, Scenario } from '../scenario'
import { SIM_EPOCH_MS } from '../simGenesis'
import { Simulation } from '../simulation'
import type { Stage } from './asWritten'
import { parallelFamily } from './labFamily'
import { Violation } from '../violation'
import type { Invariant } from '../violation'

/** The people in a run: keys by number, so that a rule can tell who plays which part. */
export interface Room {
  readonly signers: readonly Signer[]
  readonly genesis: Genesis
  /** -1: not one of the founders. */
  indexOf(publicKey: Uint8Array): number
  /** The family on whose stage a rule of the core is tried: a shipped one, or the lab's with parallel creation. */
  readonly stage: Family
}

export interface LabSetup {
  seed: number
  nodes: number
  /** The run ends at the first two final blocks of one height: a node that is shown the other one has no way to go on. */
  endsAtFork?: boolean
  /** The family of all nodes and of the checkers. */
  family: (config: ChainConfig, genesis: Genesis, room: Room) => Family
  /** Other rules of the round. Called once, when the keys are known. */
  rounds?: (room: Room) => typeof RankedRounds
  mutant?: Omit<Mutant, 'name' | 'breaks' | 'finds' | 'rounds'>
  scenario?: Partial<Scenario>
  /** What goes wrong, and when, in the place of what the scenario and the seed would plan. */
  plan?: FaultPlan
}

interface Final {
  node: number
  height: number
  hash: string
  /** Number of the node that made it. */
  proposer: number
  rank: number
  at: number
}

interface Proposed {
  node: number
  height: number
  hash: string
}

/** What the block tree says when a quorum wants it to leave a final block; it stops the node. */
const REFUSES_FORK = 'finality moves forward along one branch'

/** A run under way. Violations are collected instead of ending it: what matters here is how far a broken rule goes. */
export class Lab {
  readonly simulation: Simulation
  readonly finals: Final[] = []
  readonly proposals: Proposed[] = []
  readonly violations: Violation[] = []
  #room: Room | null = null
  /** Nodes that stopped because a quorum made a block final beside their own final one. */
  refusals = 0
  #ended = false

  constructor(setup: LabSetup, { family: shipped, ...platform }: Stage) {
    const mutant: Mutant = { name: 'as-written', breaks: 'see src/sim/asWritten', finds: [], ...setup.mutant }
    let signers: readonly Signer[] = []
    const scenario: Scenario = {
      ...STANDARD,
      // What fails here fails by its rule: no faults, no traffic, exact clocks.
      ...CALM,
      transfersPerMinute: 0,
      socialPerMinute: 0,
      virtualMs: 0,
      ...(shipped === undefined ? {} : { family: shipped }),
      ...setup.scenario,
      seed: setup.seed,
      nodes: setup.nodes,
      byzantine: setup.scenario?.byzantine ?? 0,
      mutant,
      genesis: founders => {
        signers = founders
        return setup.scenario?.genesis?.(founders) ?? {}
      },
      familyOf: genesis => {
        this.#room = roomOf(signers, genesis, shipped)
        mutant.rounds = setup.rounds?.(this.#room)
        const family = setup.family(genesis.config, genesis, this.room)
        return () => family
      }
    }
    this.simulation = new Simulation(
      scenario,
      { vrf: MODEL_VRF, ...platform },
      {
        violation: violation => {
          this.violations.push(violation)
          if (setup.endsAtFork === true && violation.invariant === 'S1') throw violation
        },
        event: (node, event, now) => {
          if (event.kind === 'final') {
            const { height, hash, rank } = event
            this.finals.push({ node, height, hash, rank, proposer: this.room.indexOf(event.proposer), at: now - SIM_EPOCH_MS })
          }
          if (event.kind === 'proposed' && !event.tentative) this.proposals.push({ node, height: event.height, hash: event.hash })
        }
      },
      setup.plan
    )
  }

  get room(): Room {
    assert(this.#room !== null, 'the simulation asks for the genesis before anything else')
    return this.#room
  }

  /** @param until virtual milliseconds since the start */
  runUntil(until: number): this {
    if (this.#ended) return this
    try {
      this.simulation.runUntil(SIM_EPOCH_MS + until)
    } catch (error) {
      const refusesFork = error instanceof Error && error.message.includes(REFUSES_FORK)
      if (!refusesFork && !(error instanceof Violation)) throw error
      if (refusesFork) this.refusals++
      this.#ended = true
    }
    return this
  }

  /** The first violation of one of these invariants, or of any. */
  violation(...invariants: Invariant[]): string | null {
    return this.violations.find(({ invariant }) => invariants.length === 0 || invariants.includes(invariant))?.message ?? null
  }

  /** Final height of each node. */
  heights(): number[] {
    return this.simulation.nodes.map(node => node.core.tree.final.height)
  }

  topHeight(): number {
    return Math.max(...this.heights())
  }

  /** Heights at which two nodes hold two different blocks final. */
  forkedHeights(): number {
    const hashes = new Map<number, Set<string>>()
    for (const { height, hash } of this.finals) hashes.set(height, (hashes.get(height) ?? new Set()).add(hash))
    return [...hashes.values()].filter(({ size }) => size > 1).length
  }

  /** The smallest number of signatures that made a block final, over all nodes and kept heights. */
  fewestVotes(): number {
    let fewest = this.simulation.nodes.length
    for (const { core } of this.simulation.nodes) {
      for (let height = 1; height <= core.tree.final.height; height++) {
        const certificate = core.rounds.peek(height)?.finalisation ?? null
        if (certificate !== null) fewest = Math.min(fewest, certificate.signatures.length)
      }
    }
    return fewest
  }

  /** The final chain as the first node that knows a height has it. */
  chain(): Final[] {
    const byHeight = new Map<number, Final>()
    for (const final of this.finals) if (!byHeight.has(final.height)) byHeight.set(final.height, final)
    return [...byHeight.values()].sort((a, b) => a.height - b.height)
  }

  /** Percentage of the final heights whose block this node made. */
  shareOf(node: number): number {
    const chain = this.chain()
    return percent(chain.filter(({ proposer }) => proposer === node).length, chain.length)
  }

  /** The same of the heights after its first block. */
  shareAfterFirst(node: number): number {
    const chain = this.chain()
    const after = chain.slice(chain.findIndex(({ proposer }) => proposer === node) + 1)
    return percent(after.filter(({ proposer }) => proposer === node).length, after.length)
  }

  /** Seconds at the end of the run in which nothing became final. */
  silentSeconds(): number {
    const last = Math.max(0, ...this.finals.map(({ at }) => at))
    return Math.floor((this.simulation.now - SIM_EPOCH_MS - last) / 1000)
  }
}

export function openLab(setup: LabSetup, stage: Stage): Lab {
  return new Lab(setup, stage)
}

/** The family of a rule that is the core's: whatever stands on the stage. */
export const onStage: LabSetup['family'] = (_config, _genesis, { stage }) => stage

/** With one decimal. */
export function percent(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((1000 * part) / whole) / 10
}

function roomOf(signers: readonly Signer[], genesis: Genesis, shipped: string | undefined): Room {
  const module = shipped === undefined ? null : familyModule(shipped)
  const stage = module === null ? parallelFamily(genesis.config, genesis) : module.create(genesis.config, genesis)
  const places = new Map(signers.map(({ publicKey }, place) => [toHex(publicKey), place]))
  return { signers, genesis, indexOf: publicKey => places.get(toHex(publicKey)) ?? -1, stage }
}
