/** Intents of people about themselves, each other and the room, from the bridge to payloads: profile, praise and offers, disputes, judgements, polls. */
import type { Result as ApiResult, TransactionIntent } from '../bridge/api'
import { fromHex, utf8 } from '../core/bytes'
import { decode, encode } from '../core/codec'
import type { Schema } from '../core/codec'
import {
  AGENT_ACTIVE,
  AGENT_INACTIVE,
  AGENT_MAINTENANCE,
  ClashEvidence,
  ConflictOpinionPayload,
  ConflictPayload,
  CustomPayload,
  PollAction,
  ProfilePayload,
  SocialPayload
} from '../core/schema'
import type { AgentRecord } from '../core/schema'
import { CHOICES, CONFLICT_CLASH } from '../core/state/conflicts'
import { poll, POLL_ANSWER, POLL_ASK } from '../core/state/poll'
import { SOCIAL_KINDS } from '../core/state/rules/social'
import { TX_CONFLICT, TX_CONFLICT_OPINION, TX_CUSTOM, TX_PROFILE, TX_SOCIAL } from '../core/state/transactions'
import { PERSONALITY_TYPES } from '../core/taste/personalities'
import type { Intent } from './messages'

export type CivicIntent = Extract<TransactionIntent, { kind: 'profile' | 'interact' | 'dispute' | 'judge' | 'poll' | 'answer' }>

const STATUSES: Readonly<Record<string, number>> = { active: AGENT_ACTIVE, inactive: AGENT_INACTIVE, maintenance: AGENT_MAINTENANCE }

function bad(message: string): ApiResult<never> {
  return { ok: false, code: 'bad-intent', message }
}

function composed<P>(transaction: number, schema: Schema<P>, payload: P): ApiResult<Intent> {
  const bytes = encode(schema, payload)
  // What is longer than its schema allows is written without a word, and refused by whoever reads it.
  const read = decode(schema, bytes)
  return read.ok ? { ok: true, value: { kind: 'compose', transaction, payload: bytes } } : bad('A text or a list is longer than the chain allows.')
}

/** @returns the number in records; null for a name that is none */
export function personalityNumber(name: string | undefined): number | null {
  if (name === undefined || name === 'unset') return 0
  const place = (PERSONALITY_TYPES as readonly string[]).indexOf(name)
  return place === -1 ? null : place + 1
}

/** @param own this agent's record: what a profile does not name stays as it is */
export function parseCivicIntent(intent: CivicIntent, own: AgentRecord | null): ApiResult<Intent> {
  switch (intent.kind) {
    case 'profile': {
      const status = intent.status === undefined ? (own?.status ?? AGENT_ACTIVE) : STATUSES[intent.status]
      const personality = intent.personality === undefined ? (own?.personality ?? 0) : personalityNumber(intent.personality)
      if (status === undefined) return bad('A status is active, inactive or maintenance.')
      if (personality === null) return bad(`A personality is one of ${PERSONALITY_TYPES.join(', ')}, or unset.`)
      return composed(TX_PROFILE, ProfilePayload, { status, personality, traitsHash: new Uint8Array(32) })
    }
    case 'interact': {
      const to = fromHex(intent.to)
      const kind = SOCIAL_KINDS.indexOf(intent.what) + 1
      if (to?.length !== 32) return bad('The other agent is named by the 64 hex digits of its public key.')
      if (kind === 0) return bad(`It is one of ${SOCIAL_KINDS.join(', ')}.`)
      const amount = intent.amount ?? '0'
      return /^\d{1,18}$/.test(amount) ? composed(TX_SOCIAL, SocialPayload, { to, kind, amount: BigInt(amount) }) : bad('An amount is whole thousandths.')
    }
    case 'dispute': {
      // One order only, so that one fact has one spelling; hex sorts as its bytes do.
      const [lower, higher] = [intent.first.toLowerCase(), intent.second.toLowerCase()].sort()
      const [member, first, second] = [intent.member, lower!, higher!].map(fromHex)
      if (member?.length !== 32 || first?.length !== 32 || second?.length !== 32) return bad('A member by its public key, and two alliances by their ids.')
      return composed(TX_CONFLICT, ConflictPayload, { kind: CONFLICT_CLASH, evidence: encode(ClashEvidence, { member, first, second }) })
    }
    case 'judge': {
      const conflict = fromHex(intent.conflict)
      const choice = CHOICES.indexOf(intent.choice) + 1
      if (conflict?.length !== 32) return bad('A conflict is named by the 64 hex digits of its id.')
      return choice === 0 ? bad(`A choice is one of ${CHOICES.join(', ')}.`) : composed(TX_CONFLICT_OPINION, ConflictOpinionPayload, { conflict, choice })
    }
    case 'poll':
      return pollStep({ step: POLL_ASK, question: utf8(intent.question), options: intent.options.map(utf8), option: 0 })
    case 'answer':
      return pollStep({ step: POLL_ANSWER, question: new Uint8Array(0), options: [], option: intent.option })
  }
}

function pollStep(action: PollAction): ApiResult<Intent> {
  const bytes = composed(TX_CUSTOM, PollAction, action)
  if (!bytes.ok || bytes.value.kind !== 'compose') return bytes
  return composed(TX_CUSTOM, CustomPayload, { kind: poll.number, action: bytes.value.payload })
}
