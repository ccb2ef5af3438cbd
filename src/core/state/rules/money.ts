/** Balances and deposits. */
import { equalBytes } from '../../bytes'
import { EVIDENCE_WINDOW } from '../../limits'
import { assert } from '../../result'
import { AGENT_LEFT, DepositPayload, TransferPayload } from '../../schema'
import { refuse } from '../rule'
import type { PayloadOf, Rule } from '../rule'

export const transfer: Rule<PayloadOf<typeof TransferPayload>> = {
  payload: TransferPayload,
  check({ state }, transaction, payload, sender) {
    assert(sender !== null, 'checked by the caller')
    if (payload.amount === 0n) return refuse('bad-amount', 'nothing to send')
    if (equalBytes(payload.to, transaction.sender)) return refuse('bad-recipient', 'sender and recipient are the same')
    if (state.agent(payload.to) === null) return refuse('bad-recipient', 'the recipient is not registered')
    if (sender.balance < payload.amount + transaction.fee) return refuse('insufficient-balance')
    return null
  },
  apply({ state }, transaction, payload) {
    const sender = state.agent(transaction.sender)
    const recipient = state.agent(payload.to)
    assert(sender !== null && recipient !== null, 'checked')
    state.update(transaction.sender, { balance: sender.balance - payload.amount })
    state.update(payload.to, { balance: recipient.balance + payload.amount })
  }
}

/** F-03: what stands to be lost. Adding to it makes it young again. */
export const deposit: Rule<PayloadOf<typeof DepositPayload>> = {
  payload: DepositPayload,
  check(_context, transaction, { amount }, sender) {
    assert(sender !== null, 'checked by the caller')
    if (amount === 0n) return refuse('bad-amount', 'nothing to deposit')
    return sender.balance < amount + transaction.fee ? refuse('insufficient-balance') : null
  },
  apply({ state, height }, transaction, { amount }) {
    const sender = state.agent(transaction.sender)
    assert(sender !== null, 'checked')
    state.update(transaction.sender, { balance: sender.balance - amount, deposit: sender.deposit + amount, depositedAt: height })
  }
}

/** A deposit comes back once its owner has left and can no longer be convicted of what it did before. */
export const withdraw: Rule<PayloadOf<typeof DepositPayload>> = {
  payload: DepositPayload,
  check({ height }, _transaction, { amount }, sender) {
    assert(sender !== null, 'checked by the caller')
    if (amount === 0n || amount > sender.deposit) return refuse('bad-amount', 'the deposit is smaller')
    if (sender.status !== AGENT_LEFT) return refuse('still-active', 'leave first')
    return height <= sender.lastHeartbeat + EVIDENCE_WINDOW ? refuse('too-early', `a deposit is held for ${EVIDENCE_WINDOW} blocks after leaving`) : null
  },
  apply({ state }, transaction, { amount }) {
    const sender = state.agent(transaction.sender)
    assert(sender !== null, 'checked')
    state.update(transaction.sender, { balance: sender.balance + amount, deposit: sender.deposit - amount })
  }
}
