/** A winner's story as one sentence, in the words of the family that put everybody in line. */
import type { Candidate, FamilyRules } from '../../bridge/views'
import { t } from '../i18n'
import { familyText } from './families'
import { winnerStory, type Winner } from './winner'

/** Names listed before "and 3 more". */
const SKIPPED_NAMED = 2

/**
 * @param candidates everyone in line at the block's height, in any order; empty: not known here
 * @param rules those of the block's height
 * @param live in a live network the node's own agent is "you"; in the simulation nobody is
 */
export function storyText(candidates: readonly Candidate[], block: Winner, rules: FamilyRules, live: boolean): string {
  const story = winnerStory(candidates, block)
  if (story.kind === 'unknown') return t.story.unknown(story.proposerName)
  const { first, only, fallback, places } = familyText(rules, candidates)
  const { name } = story.winner
  const mine = live && story.winner.mine
  if (story.kind === 'only') return only(name, mine)
  if (story.kind === 'fallback') {
    const named = story.skipped.slice(0, SKIPPED_NAMED).map(c => (live && c.mine ? t.you : c.name))
    return fallback(name, mine, t.listed(named, story.skipped.length - named.length))
  }
  const text = first(name, mine, story.tickets)
  const own = live && places ? story.line.findIndex(c => c.mine && c.proposer !== story.winner.proposer && c.hash !== null) : -1
  return own < 0 ? text : t.story.andYou(text, own)
}
