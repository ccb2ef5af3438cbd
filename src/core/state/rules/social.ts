/** What one agent does to another in public: praise, blame, or a paid offer (D-14, D-16). It moves the doer's own trust, or is paid for. */
import { equalBytes } from '../../bytes'
import { assert } from '../../result'
import { SocialPayload } from '../../schema'
import { recordDrama } from '../drama'
import { refuse } from '../rule'
import type { PayloadOf, Rule } from '../rule'
import { adjustTrust, TRUST_OF } from '../trust'

export const SOCIAL_SUPPORT = 1
export const SOCIAL_OFFER = 3
export const SOCIAL_KINDS = ['support', 'oppose', 'offer'] as const

/** Milli-units for which one point of trust is had: two hundred points cost ten units, a tenth of what a newcomer is given. */
const PRICE_OF_TRUST = 50n

export const social: Rule<PayloadOf<typeof SocialPayload>> = {
  payload: SocialPayload,
  shape({ kind, amount }) {
    if (kind < SOCIAL_SUPPORT || kind > SOCIAL_OFFER) return refuse('bad-interaction', `no kind ${kind}`)
    return (kind === SOCIAL_OFFER) === amount > 0n ? null : refuse('bad-interaction', 'an offer is paid, and nothing else is')
  },
  check({ state }, transaction, { to, amount }, sender) {
    assert(sender !== null, 'checked by the caller')
    if (equalBytes(to, transaction.sender)) return refuse('bad-interaction', 'it takes two')
    if (state.agent(to) === null) return refuse('bad-recipient', 'the recipient is not registered')
    return sender.balance < amount + transaction.fee ? refuse('insufficient-balance') : null
  },
  apply({ state, height }, transaction, { to, kind, amount }) {
    const from = state.place(transaction.sender)
    const other = state.place(to)
    const sender = state.agent(transaction.sender)
    const recipient = state.agent(to)
    assert(from !== null && other !== null && sender !== null && recipient !== null, 'checked')
    if (kind !== SOCIAL_OFFER) {
      adjustTrust(state, from, other, kind === SOCIAL_SUPPORT ? TRUST_OF.support : TRUST_OF.oppose, height)
      return
    }
    state.update(transaction.sender, { balance: sender.balance - amount })
    state.update(to, { balance: recipient.balance + amount })
    const bought = amount / PRICE_OF_TRUST
    adjustTrust(state, other, from, bought > BigInt(TRUST_OF.offerPaid) ? TRUST_OF.offerPaid : Number(bought), height)
    recordDrama(state, 'bribe', height, [transaction.sender, to])
  }
}
