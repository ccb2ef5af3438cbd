/** Seed 000: personalities decide, about validity too, and for as long as they like. */
import type { BlockEntry } from '../../core/chain/blockTree'
import { RankedRounds } from '../../core/consensus/rankedRounds'
import { equalBytes } from '../../core/bytes'
import { ok } from '../../core/result'
import type { WorldState } from '../../core/state/worldState'
import { asWritten } from './asWritten'
import { onStage, openLab } from './lab'
import type { Room } from './lab'
import type { RoundsArguments } from './rules'

/** The node that pays itself too much. */
const CHEAT = 3
/** What a block really earns its maker is a thousandth of this. */
const LOOT = 1_000_000n

/** The cheat runs by rules of its own. Whoever lets a personality decide believes what the cheat's blocks say about the state after them. */
function withCheat(room: Room, believed: boolean): typeof RankedRounds {
  const own = room.stage
  const cheat = room.signers[CHEAT]!.publicKey
  const greedy = {
    ...own,
    payouts: (parent: WorldState, proposer: Uint8Array, fees: bigint, treasury: bigint) =>
      equalBytes(proposer, cheat) ? [{ to: proposer, amount: LOOT + fees }] : own.payouts(parent, proposer, fees, treasury)
  }
  const told = new Map<string, WorldState>()
  return class extends RankedRounds {
    readonly #cheats: boolean

    constructor(...args: RoundsArguments) {
      const [tree, options] = args
      const cheats = equalBytes(options.self, cheat)
      if (cheats) Object.assign(tree.rules, { familyOf: () => greedy, executions: undefined })
      else if (believed)
        Object.assign(tree.rules, { executions: { get: (hash: string) => (told.has(hash) ? ok(told.get(hash)!) : undefined), set: () => undefined } })
      super(...args)
      this.#cheats = cheats
    }

    override noteBlock(entry: BlockEntry): void {
      if (this.#cheats && entry.state !== null) told.set(entry.hash, entry.state)
      super.noteBlock(entry)
    }
  }
}

export const approvesInvalid = asWritten({
  id: 'personality-approves-invalid',
  family: 'chaos',
  seeds: ['000'],
  flaws: ['F-35', 'F-20'],
  seedRule: 'There are no fixed rules: a personality may approve an invalid block, and a block says itself what follows from it.',
  soundRule: 'Validity is a hard gate; a personality can only delay its vote (R8).',
  seen: 'One of four pays itself a thousand times the reward, the others like its blocks, and they become final.',
  storedSeed: 1,
  shipped: { chaos: 1, midnight: 1, spacetime: 1, vision: 1 },
  measures: {
    invalid: { label: 'invalid blocks that became final in 60 s', unit: '', expected: '> 0' },
    heights: { label: 'heights final', unit: '' }
  },
  run(soundRule, seed, platform) {
    const lab = openLab({ seed, nodes: 4, family: onStage, rounds: room => withCheat(room, !soundRule) }, platform).runUntil(60_000)
    const invalid = lab.chain().filter(({ proposer, node }) => proposer === CHEAT && node !== CHEAT).length
    return { figures: { invalid, heights: lab.topHeight() }, violation: lab.violation('S4') ?? lab.violation() }
  },
  failed: ({ invalid }) => invalid > 0
})

// -------------------------------------------------------------------------------------------------------------------- a veto

/** The proposer that half of the room cannot stand, and that half. */
const DISLIKED = 3
const SULKING: readonly number[] = [0, 1]
/** The longest delay that R8 allows. */
const LONGEST_TASTE = 7

/** Whoever dislikes a block never votes for it. */
class VetoRounds extends RankedRounds {
  protected override tasteOf(entry: BlockEntry): number {
    return super.tasteOf(entry) > 0 ? Infinity : 0
  }
}

export const vetoForEver = asWritten({
  id: 'veto-for-ever',
  family: 'chaos',
  seeds: ['000'],
  flaws: ['F-35'],
  seedRule: 'A personality may reject a valid block for as long as it likes.',
  soundRule: 'A dislike delays a vote by seven slots at most, and less while finality lags (R8).',
  seen: 'Two of four never vote for the blocks of one proposer, the others vote for nothing worse while that block is there. The chain sulks for ever.',
  storedSeed: 6,
  shipped: { chaos: 6, midnight: 6, spacetime: 6, vision: 6 },
  measures: {
    heights: { label: 'heights final in 90 s', unit: '' },
    silent: { label: 'seconds without a final block at the end', unit: 's', expected: 'until the end of the run' }
  },
  run(soundRule, seed, platform) {
    let room: Room | null = null
    const lab = openLab(
      {
        seed,
        nodes: 4,
        family: (_config, _genesis, people) => {
          room = people
          return people.stage
        },
        ...(soundRule ? {} : { rounds: () => VetoRounds }),
        mutant: { taste: (node, header) => (SULKING.includes(node) && room?.indexOf(header.proposer) === DISLIKED ? LONGEST_TASTE : 0) }
      },
      platform
    ).runUntil(90_000)
    return { figures: { heights: lab.topHeight(), silent: lab.silentSeconds() }, violation: lab.violation() }
  },
  failed: ({ silent }) => silent > 40
})
