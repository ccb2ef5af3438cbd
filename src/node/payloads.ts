/** The payloads of this agent's own transactions. Nonce, fee and signature are the node's business. */
import { compareBytes } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { encode } from '../core/codec'
import { checkName, nameToBytes } from '../core/names'
import { ok } from '../core/result'
import type { Result } from '../core/result'
import { EvidencePayload, HeartbeatPayload, RegisterPayload, TransferPayload } from '../core/schema'
import { TX_HEARTBEAT, TX_LEAVE, TX_REGISTER, TX_TRANSFER } from '../core/state/transactions'
import type { Intent } from './messages'

/** @param final the block that a heartbeat vouches for */
export function payloadOf(intent: Intent, final: BlockEntry): Result<{ kind: number; bytes: Uint8Array }> {
  switch (intent.kind) {
    case 'register': {
      const name = checkName(intent.name)
      return name.ok ? ok({ kind: TX_REGISTER, bytes: encode(RegisterPayload, { name: nameToBytes(name.value) }) }) : name
    }
    case 'transfer':
      return ok({ kind: TX_TRANSFER, bytes: encode(TransferPayload, { to: intent.to, amount: intent.amount }) })
    case 'heartbeat':
      return ok({ kind: TX_HEARTBEAT, bytes: encode(HeartbeatPayload, { height: final.height, hash: final.hashBytes }) })
    case 'leave':
      return ok({ kind: TX_LEAVE, bytes: new Uint8Array(0) })
  }
}

/** F-12: two blocks of one proposer on one parent, in the one order that the chain takes. */
export function evidencePayload(one: BlockEntry, other: BlockEntry): Uint8Array {
  const [first, second] = compareBytes(one.hashBytes, other.hashBytes) < 0 ? [one, other] : [other, one]
  return encode(EvidencePayload, {
    first: { header: first.header, signature: first.signature },
    second: { header: second.header, signature: second.signature }
  })
}
