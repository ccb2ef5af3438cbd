/** A proposer that tries many contents of its block and shows the one that suits it best. */
import { compareBytes, equalBytes, u32le } from '../../core/bytes'
import type { BlockEntry } from '../../core/chain/blockTree'
import { buildBlock } from '../../core/chain/execute'
import type { ChainRules } from '../../core/chain/execute'
import { RankedRounds } from '../../core/consensus/rankedRounds'
import type { ConsensusAction } from '../../core/consensus/rankedRounds'
import type { Signer } from '../../core/crypto/ed25519'
import type { Turn } from '../../core/families/family'
import type { Header } from '../../core/schema'
import type { RoundsArguments } from './rules'

/**
 * The real rounds, in which one node grinds. Only for runs without transactions: the blocks that it weighs are empty.
 * @param worth what it wants least of, compared as bytes
 */
export function grinding(grinder: Signer, variants: number, worth: (header: Header, rules: ChainRules) => Uint8Array): typeof RankedRounds {
  return class extends RankedRounds {
    readonly #grinds: boolean

    constructor(...args: RoundsArguments) {
      super(...args)
      this.#grinds = equalBytes(args[1].self, grinder.publicKey)
    }

    override advance(now: number): { actions: ConsensusAction[]; wakeAt: number } {
      const { actions, wakeAt } = super.advance(now)
      if (!this.#grinds) return { actions, wakeAt }
      return { wakeAt, actions: actions.map(action => (action.do === 'propose' ? { ...action, turn: this.#best(action.parent, action.turn, now) } : action)) }
    }

    /** The claim is covered by the block's hash and by nothing that has to be executed again. */
    #best(parent: BlockEntry, turn: Turn, now: number): Turn {
      const { rules } = this.tree
      const timestamp = rules.familyOf(parent.state!).timestamp(parent.state!, turn, now)
      const { header } = buildBlock(rules, parent.state!, parent.hashBytes, grinder, turn, timestamp, [])
      let best = { value: worth(header, rules), claim: turn.claim }
      for (let i = 1; i < variants; i++) {
        const claim = u32le(i)
        const value = worth({ ...header, claim }, rules)
        if (compareBytes(value, best.value) < 0) best = { value, claim }
      }
      return { ...turn, claim: best.claim }
    }
  }
}
