/**
 * The agent's taste at work (R8): judges a candidate once, when the vote rule first looks at it, says so, and delays the own vote by what the judgement says. Which blocks are
 * valid, what is voted for and how votes count is decided elsewhere and without it.
 */
import { equalBytes, toHex } from '../core/bytes'
import type { BlockEntry, BlockTree } from '../core/chain/blockTree'
import type { Mempool } from '../core/chain/mempool'
import { decode } from '../core/codec'
import type { Signer } from '../core/crypto/ed25519'
import { GenerationMap } from '../core/crypto/generationMap'
import { KEPT_FINAL_BLOCKS, MAX_BLOCK_TRANSACTIONS } from '../core/limits'
import type { Failure } from '../core/result'
import { MemePayload, SocialPayload, VERDICT_REJECT } from '../core/schema'
import type { AgentRecord, Header, Opinion, Transaction } from '../core/schema'
import { recentDrama } from '../core/state/drama'
import { memeAt, memeId, memePlace, recentMemes } from '../core/state/memes'
import { TX_MEME, TX_SOCIAL } from '../core/state/transactions'
import { activeAlliances, trustIn } from '../core/state/trust'
import type { WorldState } from '../core/state/worldState'
import { judge, NEUTRAL_FACTS, SLIGHT_BLOCKS, technicalOf } from '../core/taste/judge'
import type { Facts, Judgement, Mood } from '../core/taste/judge'
import { opinionOf } from '../core/taste/opinion'
import type { Personality } from '../core/taste/personalities'
import { OpinionBook } from './opinionBook'

/** Agents known to have signed two blocks or two contradicting votes; who was caught longest ago is forgotten first. */
const MAX_CAUGHT = 1024
/** Trust in a maker at or below which it is a rival. */
const RIVAL_BELOW = -300
/** Quality above which a meme makes happy, milli (D-01). */
const HAPPY_ABOVE = 700
/** Blocks that a mood lasts. */
const MOOD_BLOCKS = 4

/** What a critic may see of its node. */
export interface CriticView {
  readonly tree: BlockTree
  readonly mempool: Mempool
  readonly networkId: Uint8Array
  readonly signer: Signer
  /** The round does not end. */
  stalled(): boolean
  /** The one in force, for what is judged from now on; null: no opinions and no delay. */
  personality(): Personality | null
}

export class Critic {
  readonly opinions = new OpinionBook()
  readonly #judged = new Map<string, { height: number; judgement: Judgement }>()
  readonly #caught = new GenerationMap<string, true>(MAX_CAUGHT)
  #unsaid: Opinion[] = []

  constructor(readonly view: CriticView) {}

  /** Slots by which the vote for this block is delayed; null where the family in force gives personalities no say. */
  slotsFor(header: Header): number | null {
    const { tree } = this.view
    const entry = tree.at(header.height).find(other => other.header === header)
    const parent = entry === undefined ? undefined : tree.get(entry.parent)
    const personality = this.view.personality()
    if (personality === null || entry === undefined || parent?.state == null) return null
    const most = tree.rules.familyOf(parent.state).tasteSlots
    if (most === 0) return null
    // F-35: what is invalid, or cannot be told yet, is no matter of taste.
    if (tree.stateOf(entry) === null || entry.transactions === null) return 0
    let known = this.#judged.get(entry.hash)
    if (known === undefined) {
      known = { height: entry.height, judgement: this.#judge(personality, entry, entry.transactions, parent) }
      this.#judged.set(entry.hash, known)
      this.#unsaid.push(opinionOf(this.view.networkId, { height: entry.height, hash: entry.hashBytes }, known.judgement, this.view.signer))
    }
    return Math.min(known.judgement.tasteSlots, most)
  }

  #judge(personality: Personality, entry: BlockEntry, transactions: readonly Transaction[], parent: BlockEntry): Judgement {
    return judge(personality, this.#facts(entry, transactions, parent), { judge: this.view.signer.publicKey, block: entry.hashBytes })
  }

  /** What is known of a block by now: of the block itself, of its maker on the chain, and of what others have said. */
  #facts(entry: BlockEntry, transactions: readonly Transaction[], parent: BlockEntry): Facts {
    const { tree, mempool, signer } = this.view
    const { proposer } = entry.header
    // While the parent is not final, the mempool still holds what is in it: then nothing can be said about what is missing.
    const waiting = parent === tree.final ? Math.min(mempool.size, MAX_BLOCK_TRANSACTIONS) : 0
    return {
      ...NEUTRAL_FACTS,
      own: equalBytes(proposer, signer.publicKey),
      technical: technicalOf(transactions.length, waiting),
      fees: transactions.reduce((sum, { fee }) => sum + fee, 0n),
      seen: this.opinions.tally(entry.height, entry.hash),
      ...this.#socialFacts(entry, transactions, parent.state),
      equivocated: this.#caught.get(toHex(proposer)) === true,
      acceptance: acceptanceOf(parent.state?.agent(proposer) ?? null),
      mood: this.#mood(parent.state),
      slightAge: this.#slightAge(entry.height, toHex(proposer))
    }
  }

  /** D-01: a round that does not end frustrates; else what has just come on this branch counts, an alliance of one's own before somebody's good meme. Whoever has key and chain can tell. */
  #mood(before: WorldState | null): Mood {
    if (this.view.stalled()) return 'frustrated'
    const me = before?.agent(this.view.signer.publicKey) ?? null
    if (before === null || me === null) return 'neutral'
    const since = before.height - MOOD_BLOCKS
    if (activeAlliances(before, me).some(({ formedAt }) => formedAt > since)) return 'excited'
    for (const { height, quality } of recentMemes(before)) {
      if (height <= since) break
      if (quality > HAPPY_ABOVE) return 'happy'
    }
    return 'neutral'
  }

  /** The sides of a block that are about people: trust in its maker, its meme, paid offers, the drama of its height, an alliance with its maker in whose terms that counts (D-07). */
  #socialFacts(entry: BlockEntry, transactions: readonly Transaction[], before: WorldState | null): Partial<Facts> {
    const { tree, signer } = this.view
    const state = tree.stateOf(entry)
    const [me, maker] = [before?.place(signer.publicKey) ?? null, before?.place(entry.header.proposer) ?? null]
    if (before === null || state === null || me === null || maker === null) return {}
    const trust = trustIn(before, me, maker, before.height)
    const allied = activeAlliances(before, before.agentAt(me)).some(
      ({ offer: { members, terms } }) => terms.supportVote === 1 && members.some(member => equalBytes(member, entry.header.proposer))
    )
    return {
      social: 500 + Math.trunc(trust / 2),
      standing: allied ? 'ally' : trust <= RIVAL_BELOW ? 'rival' : 'none',
      meme: memeOf(state, transactions, entry.header.proposer),
      drama: dramaOf(state, entry.height),
      offers: transactions.flatMap(({ kind, sender, payload }) => {
        const paid = kind === TX_SOCIAL && equalBytes(sender, entry.header.proposer) ? decode(SocialPayload, payload) : null
        return paid?.ok === true && paid.value.amount > 0n && equalBytes(paid.value.to, signer.publicKey) ? [{ amount: paid.value.amount, paid: true }] : []
      })
    }
  }

  /** Blocks since this agent (hex) rejected one of ours, as far as SLIGHT_BLOCKS go back; null: it did not. */
  #slightAge(height: number, agent: string): number | null {
    const { tree, signer } = this.view
    for (let age = 1; age <= SLIGHT_BLOCKS && age < height; age++) {
      const own = tree.at(height - age).filter(({ header }) => equalBytes(header.proposer, signer.publicKey))
      if (own.some(({ hash }) => this.opinions.by(height - age, hash, agent)?.verdict === VERDICT_REJECT)) return age
    }
    return null
  }

  /** @param opinion verified by ingress, or our own. @returns why it is not counted, or null */
  take(opinion: Opinion): Failure | null {
    return this.opinions.add(opinion)
  }

  /** Own opinions that nobody has heard yet; each is given once. */
  unsaid(): readonly Opinion[] {
    const opinions = this.#unsaid
    if (opinions.length > 0) this.#unsaid = []
    return opinions
  }

  /** F-12: this agent was caught with two blocks or two votes for one place. */
  noteCaught(publicKey: Uint8Array): void {
    this.#caught.set(toHex(publicKey), true)
  }

  /** @param final the newest final height */
  forget(final: number): void {
    for (const [hash, { height }] of this.#judged) if (height <= final) this.#judged.delete(hash)
    this.opinions.forgetBelow(final - KEPT_FINAL_BLOCKS)
  }
}

/** Quality of the best meme in the block, of its maker's own if there is one (P002); null: none, and there are memes on this chain that it could have had. */
function memeOf(state: WorldState, transactions: readonly Transaction[], maker: Uint8Array): number | null {
  if (state.view.memes.count === 0) return NEUTRAL_FACTS.meme
  const qualities = (all: readonly Transaction[]): number[] =>
    all.flatMap(({ kind, payload }) => {
      const meme = kind === TX_MEME ? decode(MemePayload, payload) : null
      const place = meme?.ok === true ? memePlace(state, memeId(meme.value.format, meme.value.recipe)) : null
      return place === null ? [] : [memeAt(state, place).quality]
    })
  const own = qualities(transactions.filter(({ sender }) => equalBytes(sender, maker)))
  const all = own.length > 0 ? own : qualities(transactions)
  return all.length === 0 ? null : Math.max(...all)
}

/** D-13: the highest level among what happened in this block; nothing is neither calm nor exciting. */
function dramaOf(state: WorldState, height: number): number {
  let level: number | null = null
  for (const event of recentDrama(state)) {
    if (event.height < height) break
    level = Math.max(level ?? 0, event.level)
  }
  return level ?? NEUTRAL_FACTS.drama
}

/** Turns used of turns had, milli; one of each is taken for granted, so that who had none stands in the middle. */
function acceptanceOf(maker: AgentRecord | null): number {
  if (maker === null) return NEUTRAL_FACTS.acceptance
  return Math.floor((1000 * (maker.blocksMade + 1)) / (maker.blocksMade + maker.missed + 2))
}
