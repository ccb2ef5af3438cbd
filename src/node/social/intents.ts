/** What a person wants to do with memes and allies, checked as far as it can be without a state. */
import type { Failure as ApiFailure, Result as ApiResult, TransactionIntent } from '../../bridge/api'
import { compareBytes, fromHex } from '../../core/bytes'
import { checkName, nameToBytes } from '../../core/names'
import { ALLIANCE_PURPOSES } from '../../core/state/alliances'
import { REACTIONS } from '../../core/state/memes'
import type { WorldState } from '../../core/state/worldState'
import type { Intent } from '../messages'
import { payloadOfDraft } from './content'
import { parseDispute } from './disputes'

export type SocialIntent = Extract<
  TransactionIntent,
  { kind: 'meme' | 'react' | 'propose-alliance' | 'accept-alliance' | 'decline-alliance' | 'break-alliance' | 'dispute-divergent' | 'dispute-claim' }
>

const refuse = (code: string, message: string): ApiFailure => ({ ok: false, code, message })

const idOf = (text: string): Uint8Array | null => {
  const bytes = fromHex(text)
  return bytes?.length === 32 ? bytes : null
}

/**
 * @param self the public key of who proposes: it is a member of what it proposes
 * @param stateAt the state after the block of a height, for evidence that needs one; null: not here
 */
export function parseSocialIntent(intent: SocialIntent, self: Uint8Array, stateAt: (height: number) => WorldState | null = () => null): ApiResult<Intent> {
  switch (intent.kind) {
    case 'meme': {
      const payload = payloadOfDraft(intent.draft)
      if (!payload.ok) return refuse(payload.code, `Not possible: ${payload.detail}.`)
      return { ok: true, value: { kind: 'meme', payload: payload.value, attach: intent.attach } }
    }
    case 'react': {
      const meme = idOf(intent.meme)
      const reaction = REACTIONS.find(({ name }) => name === intent.reaction)
      if (meme === null || reaction === undefined)
        return refuse('bad-meme', 'A reaction names a meme by its 64 hex digits, and says love, like, neutral or dislike.')
      return { ok: true, value: { kind: 'react', meme, reaction: reaction.number } }
    }
    case 'dispute-divergent':
    case 'dispute-claim':
      return parseDispute(intent, stateAt)
    case 'propose-alliance':
      return parseOffer(intent, self)
    default: {
      const alliance = idOf(intent.alliance)
      return alliance === null ? refuse('unknown-alliance', 'An alliance is named by its 64 hex digits.') : { ok: true, value: { kind: intent.kind, alliance } }
    }
  }
}

function parseOffer({ members, purpose, label, terms }: Extract<SocialIntent, { kind: 'propose-alliance' }>, self: Uint8Array): ApiResult<Intent> {
  const others = members.map(idOf)
  if (others.some(key => key === null)) return refuse('unknown-member', 'Members are named by the 64 hex digits of their public keys.')
  const name = label === '' ? null : checkName(label)
  if (name?.ok === false) return refuse('bad-alliance', `Not possible: ${name.detail}.`)
  const payload = {
    purpose: ALLIANCE_PURPOSES.indexOf(purpose) + 1,
    label: name === null ? new Uint8Array(32) : nameToBytes(name.value),
    members: [self, ...(others as Uint8Array[])].sort(compareBytes),
    terms: { ...terms, supportVote: terms.supportVote ? 1 : 0, exclusive: terms.exclusive ? 1 : 0 }
  }
  return { ok: true, value: { kind: 'propose-alliance', payload } }
}
