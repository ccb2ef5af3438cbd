/**
 * P006: from a new tab to an agent with a block, a meme and an ally. Each step is passed by the real thing, as the node tells it, and stays passed; nothing here does anything by itself.
 */
import type { AllianceView } from '../../bridge/alliances'
import type { TransactionIntent } from '../../bridge/api'
import type { AttemptView, Hex } from '../../bridge/views'

export const GUIDE_STEPS = ['start', 'block', 'votes', 'meme', 'ally'] as const
export type GuideStep = (typeof GUIDE_STEPS)[number]

export interface GuideProgress {
  readonly passed: Partial<Record<GuideStep, 'done' | 'skipped'>>
  /** The first own block that was accepted. */
  readonly block: Hex | null
  /** The meme that was handed in while the guide was open. */
  readonly meme: Hex | null
  /** The alliance that was asked for, or signed: by its members or by its id. */
  readonly ally: { readonly members: readonly Hex[] } | { readonly id: Hex } | null
}

export const GUIDE_START: GuideProgress = { passed: {}, block: null, meme: null, ally: null }

/** What the page knows at one moment. */
export interface GuideFacts {
  /** Null: no node, or its view has not come yet. */
  agent: { program: 'default' | 'own'; attempts: readonly Pick<AttemptView, 'outcome' | 'hash'>[] } | null
  /** The block whose page is open. */
  shownBlock: string | null
  /** The meme of `progress.meme` is in a block of the head's chain. */
  memeThere: boolean
  /** Null: not known now. */
  alliances: readonly Pick<AllianceView, 'id' | 'mine' | 'signedByMe' | 'members'>[] | null
}

/** What a person has handed in says which meme or ally to look for. @param meme id of the intent's meme, where it is one */
export function notice(progress: GuideProgress, intent: TransactionIntent, meme: Hex | null): GuideProgress {
  if (intent.kind === 'meme' && meme !== null && progress.passed.meme === undefined) return { ...progress, meme }
  if (progress.passed.ally !== undefined) return progress
  if (intent.kind === 'propose-alliance') return { ...progress, ally: { members: intent.members } }
  return intent.kind === 'accept-alliance' ? { ...progress, ally: { id: intent.alliance } } : progress
}

function isAlly({ ally }: GuideProgress, { id, mine, signedByMe, members }: NonNullable<GuideFacts['alliances']>[number]): boolean {
  if (ally === null || !mine || !signedByMe) return false
  return 'id' in ally ? ally.id === id : ally.members.every(key => members.some(({ publicKey }) => publicKey === key))
}

/** @returns the very same progress where nothing was passed */
export function advance(progress: GuideProgress, { agent, shownBlock, memeThere, alliances }: GuideFacts): GuideProgress {
  const block = progress.block ?? agent?.attempts.findLast(({ outcome, hash }) => outcome === 'accepted' && hash !== null)?.hash ?? null
  const is: Record<GuideStep, boolean> = {
    start: agent?.program === 'own',
    block: block !== null,
    votes: block !== null && shownBlock === block,
    meme: progress.meme !== null && memeThere,
    ally: alliances?.some(alliance => isAlly(progress, alliance)) === true
  }
  const now = GUIDE_STEPS.filter(step => is[step] && progress.passed[step] !== 'done')
  if (now.length === 0 && block === progress.block) return progress
  return { ...progress, block, passed: { ...progress.passed, ...Object.fromEntries(now.map(step => [step, 'done'])) } }
}

export function skip(progress: GuideProgress, step: GuideStep): GuideProgress {
  return { ...progress, passed: { ...progress.passed, [step]: 'skipped' } }
}

/** The first step that is not behind; null: all are. */
export function currentStep({ passed }: GuideProgress): GuideStep | null {
  return GUIDE_STEPS.find(step => passed[step] === undefined) ?? null
}

/** What another build, or a curious person, may have written: what is not well-formed begins anew. */
export function saneProgress(raw: unknown): GuideProgress {
  const { passed, block, meme, ally } = (raw ?? {}) as Record<string, unknown>
  const marks = (typeof passed === 'object' && passed !== null ? passed : {}) as Record<string, unknown>
  const text = (value: unknown): string | null => (typeof value === 'string' ? value : null)
  const { id, members } = (ally ?? {}) as Record<string, unknown>
  const keys = Array.isArray(members) ? members.filter(member => typeof member === 'string') : null
  return {
    passed: Object.fromEntries(GUIDE_STEPS.flatMap(step => (marks[step] === 'done' || marks[step] === 'skipped' ? [[step, marks[step]]] : []))),
    block: text(block),
    meme: text(meme),
    ally: typeof id === 'string' ? { id } : keys !== null && keys.length > 0 ? { members: keys } : null
  }
}
