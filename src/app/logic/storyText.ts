/** A winner's story as one sentence. */
import { t } from '../i18n'
import type { WinnerStory } from './winner'

/** Names listed before "and 3 more". */
const SKIPPED_NAMED = 2

/** @param live in a live network the node's own agent is "you"; in the simulation nobody is */
export function storyText(story: WinnerStory, live: boolean): string {
  const text = winnerText(story, live)
  const own = live && story.kind === 'first' ? story.line.find(c => c.mine && c.proposer !== story.winner.proposer && c.hash !== null) : undefined
  return own ? t.story.andYou(text, own.rank) : text
}

function winnerText(story: WinnerStory, live: boolean): string {
  if (story.kind === 'unknown') return t.story.unknown(story.proposerName)
  const mine = live && story.winner.mine
  if (story.kind === 'only') return t.story.only(story.winner.name, mine)
  if (story.kind === 'first') return t.story.first(story.winner.name, mine, story.tickets)
  const named = story.skipped.slice(0, SKIPPED_NAMED).map(c => (live && c.mine ? t.you : c.name))
  return t.story.fallback(story.winner.name, mine, named, story.skipped.length - named.length)
}
