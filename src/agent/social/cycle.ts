/**
 * One turn of an agent's social life per height (P061–P082): review alliances, look for allies, make a meme, react, say a word, see whether it helps. It returns intents; the node
 * signs and sends them like a person's. Block production asks nothing here and waits for nothing (F-34).
 *
 * Everything is counted in heights and integers, and chance comes from the agent's key and the head: the same history gives the same life.
 */
import type { TransactionIntent } from '../../bridge/api'
import type { MemeDraft } from '../../bridge/memes'
import { compatibility, PROPOSE_ABOVE, suggestAllies } from '../allies'
import type { MemeStrategy, ProducerConfig } from '../config/config'
import { reactionTo } from '../taste'
import { memeEffectiveness, socialEffectiveness, weakest, WINDOW } from './effectiveness'
import type { Effectiveness } from './effectiveness'
import type { SocialLife, ToldLine } from './life'
import { makeMeme, PLAIN_STRATEGIES, preferencesOf } from './memeMaker'
import type { PlainStrategy, Preference, Rewards } from './memeMaker'
import { accepts, gestureOf, leaves } from './relations'
import type { Chance, SocialMoment } from './view'

/** Heights between two memes of one agent: a room of thirty then has some four per block at most. */
export const MEME_PAUSE = 8
/** Heights between two words to somebody. */
const GESTURE_PAUSE = 4
/** Heights between two proposals. */
const PROPOSAL_PAUSE = 6
/** Heights for which somebody who did not sign is not asked again. */
const ASK_AGAIN = 64
/** Heights between two changes of strategy: as long as it takes to see what the last one did. */
const ADJUSTMENT_PAUSE = 16
/** By how much an adjustment lowers what is asked of an ally, milli. */
const LOWER_BY = 50
/** Where that stops: half of what there is. */
const LEAST_ASKED = 500
/** Intents of one height: an agent is no flood. */
export const INTENTS_PER_HEIGHT = 4
/** Lines for the person that are kept. */
const TOLD_KEPT = 20
/** Own memes whose strategy is remembered: a history as long as all others (D-01). */
const MADE_KEPT = 100
/** Offers and memes that were answered. */
const ANSWERED_KEPT = 512

export class SocialCycle {
  #at = 0
  #memeAt = -MEME_PAUSE
  #gestureAt = -GESTURE_PAUSE
  #proposedAt = -PROPOSAL_PAUSE
  #adjustedAt = 0
  #memeStrategy: MemeStrategy | null = null
  #asks = PROPOSE_ABOVE
  #pause = GESTURE_PAUSE
  #gestures = 0
  #memes = 0
  #adjustments = 0
  #influence = 0
  /** Heights at which an alliance was proposed, and at which a proposed one was there. */
  #proposals: number[] = []
  #acceptances: number[] = []
  #active = new Set<string>()
  #answered = new Set<string>()
  /** Whom it asked last, by key: height. */
  #asked = new Map<string, number>()
  #trustThen: { height: number; trust: number }[] = []
  /** Heights at which memes were made: their ids are not known before the chain has them. */
  #made: { height: number; strategy: PlainStrategy }[] = []
  #effectiveness: Effectiveness = { meme: 0, social: 0, relationship: 0 }
  #preferences: readonly Preference[] = []
  #told: ToldLine[] = []

  /**
   * Call once per height. @param qualityOf as in `makeMeme`. @param silent a script decides in its place (P119, P120)
   * @returns intents, the most important first, at most INTENTS_PER_HEIGHT
   */
  step(config: ProducerConfig, moment: SocialMoment, chance: Chance, qualityOf: (draft: MemeDraft) => number | null, silent = false): TransactionIntent[] {
    if (moment.height <= this.#at) return []
    this.#at = moment.height
    this.#influence = moment.influence
    this.#preferences = preferencesOf(config, moment)
    this.#measure(moment)
    if (silent) return []
    this.#adjust(config, moment)
    const intents = this.#reviewAlliances(config, moment)
    // Each remembers what it has done, so who finds no room is not asked: its turn comes at the next height.
    const others = [
      () => this.#attachMeme(config, moment, chance, qualityOf),
      () => this.#propose(config, moment),
      () => this.#react(config, moment),
      () => this.#gesture(config, moment)
    ]
    for (const other of others) if (intents.length < INTENTS_PER_HEIGHT) intents.push(...other())
    return intents
  }

  /** What it has given its answer to, so that it does not answer twice while the first answer waits for a block. */
  #note(id: string): void {
    this.#answered.add(id)
    for (const oldest of this.#answered) if (this.#answered.size > ANSWERED_KEPT) this.#answered.delete(oldest)
  }

  #tell(text: string): void {
    this.#told = [...this.#told, { height: this.#at, text }].slice(-TOLD_KEPT)
  }

  // ---------------------------------------------------------------------------------------------------------------- alliances

  /** P061, P072, P023: offers are answered, what has ended is told, what has gone bad is left. */
  #reviewAlliances(config: ProducerConfig, moment: SocialMoment): TransactionIntent[] {
    const now = new Set(moment.alliances.filter(({ state }) => state === 'active').map(({ id }) => id))
    for (const id of this.#active) if (!now.has(id)) this.#tell('An alliance has ended.')
    for (const { id, state, proposer } of moment.alliances) {
      if (state !== 'active' || this.#active.has(id)) continue
      this.#tell('An alliance holds.')
      if (proposer === moment.self) this.#acceptances.push(moment.height)
    }
    this.#active = now
    const offers = moment.alliances.filter(({ state, id }) => state === 'offered-to-me' && !this.#answered.has(id)).slice(0, INTENTS_PER_HEIGHT)
    const intents = offers.map(({ id, ...offer }): TransactionIntent => {
      const yes = accepts(config, moment, { id, ...offer })
      this.#note(id)
      this.#tell(yes ? 'Accepted an alliance.' : 'Declined an alliance.')
      return { kind: yes ? 'accept-alliance' : 'decline-alliance', alliance: id }
    })
    const left = intents.length < INTENTS_PER_HEIGHT ? leaves(config.social.relationshipStrategy, moment) : null
    if (left !== null && !this.#answered.has(left.id)) {
      this.#note(left.id)
      this.#tell('Left an alliance that did it no good.')
      intents.push({ kind: 'break-alliance', alliance: left.id })
    }
    return intents
  }

  /** P062–P071: at most one offer at a time, to the best candidate who suits and has the influence. */
  #propose({ social, meme: { targetPersonalities } }: ProducerConfig, moment: SocialMoment): TransactionIntent[] {
    if (!social.allianceFormation || social.relationshipStrategy === 'hermit') return []
    if (moment.height - this.#proposedAt < PROPOSAL_PAUSE || moment.alliances.some(({ state }) => state === 'offered-by-me')) return []
    for (const [key, height] of this.#asked) if (height + ASK_AGAIN <= moment.height) this.#asked.delete(key)
    const taken = new Set([...moment.alliances.flatMap(({ others }) => others), ...this.#asked.keys()])
    const candidates = moment.people
      // P026: whom memes are made for is also whom allies are looked for among.
      .filter(({ personality: { type } }) => targetPersonalities.length === 0 || (type !== 'custom' && targetPersonalities.includes(type)))
      .filter(({ influence }) => influence >= social.influenceThreshold)
      .filter(({ personality }) => compatibility(moment.personality, personality) > this.#asks)
      .map(({ publicKey, personality, influence }) => ({ publicKey, personality, influence, taken: taken.has(publicKey) }))
    const best = suggestAllies(moment.personality, candidates, moment.blockIntervalMs)[0]
    if (best === undefined) return []
    this.#proposedAt = moment.height
    this.#asked.set(best.candidate.publicKey, moment.height)
    this.#proposals.push(moment.height)
    this.#tell(`Proposed an alliance (compatibility ${best.compatibility}, influence ${best.candidate.influence}).`)
    return [{ kind: 'propose-alliance', members: [best.candidate.publicKey], purpose: 'blockProduction', label: '', terms: best.terms }]
  }

  // -------------------------------------------------------------------------------------------------------------------- memes

  /** P018, P037, P052–P060: into the own next block, when there is one in sight. */
  #attachMeme(config: ProducerConfig, moment: SocialMoment, chance: Chance, qualityOf: (draft: MemeDraft) => number | null): TransactionIntent[] {
    // P080: who has too little influence and no turn shares one with everybody instead; the next block takes it.
    const wanted = moment.hasTurn || moment.influence < config.social.influenceThreshold
    if (!config.meme.enabled || !wanted || moment.memeWaits || moment.height - this.#memeAt < MEME_PAUSE) return []
    const view = { moment, preferences: this.#preferences, chance }
    const made = makeMeme(config.meme, this.#memeStrategy ?? config.meme.creationStrategy, this.#rewards(moment), view, qualityOf)
    if (made === null) return []
    this.#memeAt = moment.height
    this.#memes++
    this.#made = [...this.#made, { height: moment.height, strategy: made.strategy }].slice(-MADE_KEPT)
    this.#tell(`Made a meme (${made.strategy}, quality ${made.quality}, draft ${made.attempt}).`)
    return [{ kind: 'meme', draft: made.draft, attach: moment.hasTurn }]
  }

  /** What each strategy's memes earned; the meme of a height is the first own one that came after it was made. */
  #rewards({ memes }: SocialMoment): Rewards {
    const rewards = Object.fromEntries(PLAIN_STRATEGIES.map(name => [name, { points: 0, memes: 0 }])) as Record<
      PlainStrategy,
      { points: number; memes: number }
    >
    for (const { height, strategy } of this.#made) {
      const meme = memes.filter(other => other.mine && other.height > height).at(-1)
      rewards[strategy].memes++
      if (meme !== undefined) rewards[strategy].points += 2 * meme.reactions.love + meme.reactions.like - meme.reactions.dislike
    }
    return rewards
  }

  /** One reaction at a time, to the newest meme that it has not answered yet. */
  #react({ social }: ProducerConfig, moment: SocialMoment): TransactionIntent[] {
    if (social.relationshipStrategy === 'hermit') return []
    const meme = moment.memes.find(({ mine, answered, id }) => !mine && !answered && !this.#answered.has(id))
    if (meme === undefined) return []
    this.#note(meme.id)
    const trust = moment.people.find(({ publicKey }) => publicKey === meme.creator)?.trusted ?? 0
    return [{ kind: 'react', meme: meme.id, reaction: reactionTo(moment.personality, { quality: meme.quality, relevance: meme.relevance, trust }) }]
  }

  // ---------------------------------------------------------------------------------------------------------------- influence

  #gesture({ social }: ProducerConfig, moment: SocialMoment): TransactionIntent[] {
    if (moment.height - this.#gestureAt < this.#pause) return []
    const gesture = gestureOf(social.relationshipStrategy, moment, this.#gestures)
    if (gesture === null) return []
    this.#gestureAt = moment.height
    this.#gestures++
    return [{ kind: 'interact', ...gesture }]
  }

  /** P073, P076. */
  #measure(moment: SocialMoment): void {
    const recent = (heights: readonly number[]): number[] => heights.filter(height => height + WINDOW > moment.height)
    this.#proposals = recent(this.#proposals)
    this.#acceptances = recent(this.#acceptances)
    this.#trustThen = [...this.#trustThen.filter(({ height }) => height + WINDOW > moment.height), { height: moment.height, trust: moment.meanTrust }]
    this.#effectiveness = {
      meme: memeEffectiveness(moment),
      social: socialEffectiveness(moment, this.#proposals.length, this.#acceptances.length),
      relationship: moment.meanTrust - this.#trustThen[0]!.trust
    }
  }

  /** P074, P075, P077–P079: the part that does least is done otherwise. */
  #adjust(config: ProducerConfig, moment: SocialMoment): void {
    if (moment.influence >= config.social.influenceThreshold || moment.height - this.#adjustedAt < ADJUSTMENT_PAUSE) return
    this.#adjustedAt = moment.height
    this.#adjustments++
    const below = `Influence ${moment.influence} is below ${config.social.influenceThreshold}`
    switch (weakest(this.#effectiveness)) {
      case 'meme':
        this.#memeStrategy = 'adaptive'
        return this.#tell(`${below}: memes are made adaptively now.`)
      case 'social':
        this.#asks = Math.max(LEAST_ASKED, this.#asks - LOWER_BY)
        return this.#tell(`${below}: it asks less of allies now, ${this.#asks}.`)
      case 'relationship':
        this.#pause = Math.max(1, this.#pause - 1)
        return this.#tell(`${below}: it speaks to others more often now.`)
    }
  }

  life({ meme, social }: ProducerConfig): SocialLife {
    return {
      influence: this.#influence,
      threshold: social.influenceThreshold,
      at: this.#at,
      effectiveness: this.#effectiveness,
      memeStrategy: this.#memeStrategy ?? meme.creationStrategy,
      asksOfAllies: this.#asks,
      gesturePause: this.#pause,
      preferences: this.#preferences,
      told: this.#told,
      counts: {
        memes: this.#memes,
        proposed: this.#proposals.length,
        accepted: this.#acceptances.length,
        gestures: this.#gestures,
        adjustments: this.#adjustments
      }
    }
  }
}
