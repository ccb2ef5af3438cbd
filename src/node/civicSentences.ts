/** What people did with themselves, each other and the room, in a sentence each. */
import { fromUtf8 } from '../core/bytes'
import { decode } from '../core/codec'
import { AGENT_INACTIVE, AGENT_MAINTENANCE, ConflictOpinionPayload, CustomPayload, PollAction, ProfilePayload, SocialPayload } from '../core/schema'
import type { Transaction } from '../core/schema'
import { CHOICE_FIRST, CHOICE_SECOND } from '../core/state/conflicts'
import { POLL_ASK } from '../core/state/poll'
import { SOCIAL_OFFER, SOCIAL_SUPPORT } from '../core/state/rules/social'
import { TX_CONFLICT, TX_CONFLICT_OPINION, TX_CUSTOM, TX_PROFILE, TX_SOCIAL } from '../core/state/transactions'

/** @param amount milli-units as people read them. @returns null for every other kind of transaction */
export function civicSentence(
  transaction: Transaction,
  sender: string,
  nameOf: (publicKey: Uint8Array) => string,
  amount: (milli: bigint) => string
): string | null {
  switch (transaction.kind) {
    case TX_PROFILE: {
      const payload = decode(ProfilePayload, transaction.payload)
      if (payload.ok && payload.value.status === AGENT_INACTIVE) return `${sender} is away`
      return payload.ok && payload.value.status === AGENT_MAINTENANCE ? `${sender} is under repair` : `${sender} says what it is like`
    }
    case TX_SOCIAL: {
      const payload = decode(SocialPayload, transaction.payload)
      if (!payload.ok) return `${sender} speaks of somebody`
      const other = nameOf(payload.value.to)
      if (payload.value.kind === SOCIAL_OFFER) return `${sender} pays ${other} ${amount(payload.value.amount)} for its favour`
      return payload.value.kind === SOCIAL_SUPPORT ? `${sender} supports ${other}` : `${sender} opposes ${other}`
    }
    case TX_CONFLICT:
      return `${sender} brings a conflict before the room`
    case TX_CONFLICT_OPINION: {
      const payload = decode(ConflictOpinionPayload, transaction.payload)
      const choice = payload.ok ? payload.value.choice : 0
      return `${sender} judges a conflict: ${choice === CHOICE_FIRST ? 'the first stands' : choice === CHOICE_SECOND ? 'the second stands' : 'neither'}`
    }
    case TX_CUSTOM: {
      const payload = decode(CustomPayload, transaction.payload)
      const action = payload.ok ? decode(PollAction, payload.value.action) : null
      if (!action?.ok) return `${sender} does something of a custom kind`
      return action.value.step === POLL_ASK ? `${sender} asks the room: ${fromUtf8(action.value.question) ?? ''}` : `${sender} answers the question`
    }
    default:
      return null
  }
}
