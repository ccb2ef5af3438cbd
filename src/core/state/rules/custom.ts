/** One rule for all custom kinds (T001). */
import { assert } from '../../result'
import { CustomPayload } from '../../schema'
import { checkCustom, customKind, customStep } from '../custom'
import { refuse } from '../rule'
import type { PayloadOf, Rule } from '../rule'

export const custom: Rule<PayloadOf<typeof CustomPayload>> = {
  payload: CustomPayload,
  shape: ({ kind }) => (customKind(kind) === null ? refuse('unknown-custom-kind', `no custom kind ${kind}`) : null),
  check({ state, height }, transaction, { kind, action }) {
    const known = customKind(kind)
    const sender = state.place(transaction.sender)
    assert(known !== null && sender !== null, 'checked')
    const reason = checkCustom(state, known, action, { sender, height })
    return reason === null ? null : refuse('custom-refused', reason)
  },
  apply({ state, height }, transaction, { kind, action }) {
    const known = customKind(kind)
    const sender = state.place(transaction.sender)
    assert(known !== null && sender !== null, 'checked')
    customStep(state, known, action, { sender, height })
  }
}
