/** What people and scripts ask for as text, made into intents. */
import { fromHex } from '../core/bytes'
import { checkConfig, FAMILIES, familyModule } from '../core/families/registry'
import type { AgentRecord } from '../core/schema'
import type { Failure as ApiFailure, Result as ApiResult, TransactionIntent } from '../bridge/api'
import { parseCivicIntent, personalityNumber } from './civicIntents'
import type { Intent } from './messages'
import type { SocialIntent } from './social/intents'

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
  'break-alliance',
  'dispute-divergent',
  'dispute-claim'
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
