/** What people and scripts ask for as text, made into intents; and refusals made into sentences. */
import { fromHex } from '../core/bytes'
import { checkConfig, FAMILIES, familyModule } from '../core/families/registry'
import type { Failure } from '../core/result'
import type { AgentRecord } from '../core/schema'
import type { Failure as ApiFailure, Result as ApiResult, TransactionIntent } from '../bridge/api'
import { parseCivicIntent, personalityNumber } from './civicIntents'
import type { Intent } from './messages'
import type { SocialIntent } from './social/intents'

export function apiFailure(failure: Failure): ApiFailure {
  return {
    ok: false,
    code: failure.code,
    message: SENTENCES[failure.code] ?? (failure.detail === '' ? `Refused: ${failure.code}.` : `Refused: ${failure.detail}.`)
  }
}

/** Cause and action, for the refusals that people meet. */
const SENTENCES: Record<string, string> = {
  'insufficient-balance': 'The balance is too small for this amount and fee. Send less, or make blocks to earn more.',
  'unknown-sender': 'This agent is not registered yet. Wait until its registration is in a block.',
  'already-registered': 'This agent is registered already.',
  'bad-recipient': 'The recipient is not a registered agent, or it is yourself. Choose another one.',
  'not-active': 'This agent is not active, so there is nothing to leave.',
  'mempool-sender-full': 'Too many of your transactions are waiting. Wait for the next blocks.',
  penalised: 'This agent has lost its seat and may not send transactions. Make a new agent on the Node screen.',
  'not-authority': 'Only the key that this network names as its authority may do that. Ask whoever opened the room.',
  'already-scheduled': 'Another change is decided already. Wait until it is in force.',
  'still-active': 'A deposit comes back only after its owner has left. Leave the network first.',
  'no-change': 'It is so already.',
  'already-published': 'This very meme is on the chain already. Change something, or react to the one that is there.',
  'unknown-meme': 'A meme that this one refers to is not on this chain.',
  'already-reacted': 'You have reacted to this meme before; each agent counts once.',
  'own-meme': 'Nobody applauds oneself. Wait for the others.',
  'reactions-closed': 'This meme has all the reactions that count.',
  'unknown-member': 'One of those named is not registered here.',
  'unknown-alliance': 'This alliance is not known here any more.',
  'already-signed': 'You have signed it already.',
  'not-open': 'This offer is not open any more: it was signed by all, declined, or its time is over.',
  'too-many-alliances': 'You are in as many alliances as one agent may be. Wait until one ends, or break one.',
  light: 'A light node sends transfers only. Become a full node for everything else.',
  'unknown-agent': 'Nobody is registered under this key, as far as could be found out.',
  'nothing-final': 'No final block with a certificate is here yet. Wait for the next one.',
  'not-yet': 'The block of this is not final yet, or only just. Try again in some seconds.',
  'too-old': 'The state has forgotten the hash of this block: only the newest 256 can be proved.',
  'not-linked': 'The signatures do not lead to what this node trusts. Try again.',
  unlinked: 'This node does not have every state header back to the beginning. Ask the archive, or try again later.',
  'unknown-block': 'No final block of this hash is in memory here. Ask a node that keeps more.',
  'state-gone': 'The state before this block is not in memory any more; nodes keep those of the newest blocks. Ask about a younger block.',
  'bad-subject': 'This names nothing that can be proved. Examples: head, agent/<public key>, transaction/<block hash>/<place>, state/agents/treasury.',
  fork: 'Two certificates contradict each other, so this node believes nobody any more.',
  timeout: 'The peer did not answer in time. Try again.',
  busy: 'Too many values are being looked up. Wait a moment.'
}

const BAD_AMOUNT: ApiFailure = { ok: false, code: 'bad-amount', message: 'Amount and fee are whole numbers of thousandths, at most 18 digits.' }

function parseAmount(text: string): bigint | null {
  return /^\d{1,18}$/.test(text) ? BigInt(text) : null
}

function badKey(what: string): ApiFailure {
  return { ok: false, code: 'bad-recipient', message: `${what} is named by the 64 hex digits of its public key.` }
}

const SOCIAL: ReadonlySet<string> = new Set<SocialIntent['kind']>([
  'meme',
  'react',
  'propose-alliance',
  'accept-alliance',
  'decline-alliance',
  'break-alliance'
])

/** Is this one for social/intents.ts, which is loaded when it is needed? */
export const isSocial = (intent: TransactionIntent): intent is SocialIntent => SOCIAL.has(intent.kind)

/** @param own the record of who asks, as far as it is registered */
export function parseIntent(intent: Exclude<TransactionIntent, SocialIntent>, own: AgentRecord | null): ApiResult<Intent> {
  switch (intent.kind) {
    case 'register': {
      const personality = personalityNumber(intent.personality)
      if (personality === null) return { ok: false, code: 'bad-intent', message: 'There is no such personality.' }
      return { ok: true, value: { kind: 'register', name: intent.name, personality } }
    }
    case 'profile':
    case 'interact':
    case 'dispute':
    case 'judge':
    case 'poll':
    case 'answer':
      return parseCivicIntent(intent, own)
    case 'transfer': {
      const to = fromHex(intent.to)
      const amount = parseAmount(intent.amount)
      const fee = parseAmount(intent.fee ?? '0')
      if (to?.length !== 32) return badKey('The recipient')
      return amount === null || fee === null ? BAD_AMOUNT : { ok: true, value: { kind: 'transfer', to, amount, fee } }
    }
    case 'deposit':
    case 'withdraw': {
      const amount = parseAmount(intent.amount)
      return amount === null ? BAD_AMOUNT : { ok: true, value: { kind: intent.kind, amount } }
    }
    case 'invite': {
      const publicKey = fromHex(intent.publicKey)
      return publicKey?.length === 32 ? { ok: true, value: { kind: 'invite', publicKey, name: intent.name } } : badKey('The guest')
    }
    case 'configure':
      return parseConfiguration(intent)
    default:
      return { ok: true, value: intent }
  }
}

function parseConfiguration({ family, mode, blockIntervalMs, slotMs }: Extract<TransactionIntent, { kind: 'configure' }>): ApiResult<Intent> {
  const module = familyModule(family)
  const number = mode === undefined ? 0 : (module?.modes.indexOf(mode) ?? -1)
  if (module === null || number < 0) {
    const known = FAMILIES.map(each => `${each.name} (${each.modes.join(', ')})`).join('; ')
    return { ok: false, code: 'bad-config', message: `There is no such family or mode. Known: ${known}.` }
  }
  const defaults = module.defaultConfig(number)
  const config = { ...defaults, blockIntervalMs: blockIntervalMs ?? defaults.blockIntervalMs, slotMs: slotMs ?? defaults.slotMs }
  const bad = checkConfig(config)
  return bad === null ? { ok: true, value: { kind: 'configure', config } } : { ok: false, code: bad.code, message: `Not possible: ${bad.detail}.` }
}
