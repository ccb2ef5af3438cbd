/** The payloads of this agent's own transactions. Nonce, fee and signature are the node's business. */
import { compareBytes } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { encode } from '../core/codec'
import { checkName, nameToBytes } from '../core/names'
import { ok } from '../core/result'
import type { Result } from '../core/result'
import {
  AlliancePayload,
  AllianceReferencePayload,
  ConfigurePayload,
  DepositPayload,
  EvidencePayload,
  HeartbeatPayload,
  InvitePayload,
  MemePayload,
  PlotPayload,
  ProducerPayload,
  ReactPayload,
  RegisterPayload,
  TransferPayload
} from '../core/schema'
import {
  TX_ALLIANCE,
  TX_ALLIANCE_BREAK,
  TX_ALLIANCE_SIGN,
  TX_CONFIGURE,
  TX_DEPOSIT,
  TX_HEARTBEAT,
  TX_INVITE,
  TX_LEAVE,
  TX_MEME,
  TX_PLOT,
  TX_PRODUCER,
  TX_REACT,
  TX_REGISTER,
  TX_TRANSFER,
  TX_WITHDRAW
} from '../core/state/transactions'
import type { Intent } from './messages'

/** The leaf function of all plots so far: one SHA-256. */
const LEAF_FUNCTION = 1

/**
 * @param final the block that a heartbeat vouches for
 * @param changeEpoch the epoch in which a change of configuration is to begin
 */
export function payloadOf(intent: Exclude<Intent, { kind: 'reanchor' }>, final: BlockEntry, changeEpoch: number): Result<{ kind: number; bytes: Uint8Array }> {
  switch (intent.kind) {
    case 'register': {
      const name = checkName(intent.name)
      return name.ok
        ? ok({
            kind: TX_REGISTER,
            bytes: encode(RegisterPayload, { name: nameToBytes(name.value), personality: intent.personality ?? 0, traitsHash: new Uint8Array(32) })
          })
        : name
    }
    case 'transfer':
      return ok({ kind: TX_TRANSFER, bytes: encode(TransferPayload, { to: intent.to, amount: intent.amount }) })
    case 'heartbeat':
      return ok({ kind: TX_HEARTBEAT, bytes: encode(HeartbeatPayload, { height: final.height, hash: final.hashBytes }) })
    case 'leave':
      return ok({ kind: TX_LEAVE, bytes: new Uint8Array(0) })
    case 'produce':
      return ok({ kind: TX_PRODUCER, bytes: encode(ProducerPayload, { on: intent.on ? 1 : 0 }) })
    case 'deposit':
    case 'withdraw':
      return ok({ kind: intent.kind === 'deposit' ? TX_DEPOSIT : TX_WITHDRAW, bytes: encode(DepositPayload, { amount: intent.amount }) })
    case 'plot':
      return ok({ kind: TX_PLOT, bytes: encode(PlotPayload, { seed: intent.seed, leaves: intent.leaves, leafFunction: LEAF_FUNCTION, root: intent.root }) })
    case 'invite': {
      const name = checkName(intent.name)
      return name.ok ? ok({ kind: TX_INVITE, bytes: encode(InvitePayload, { publicKey: intent.publicKey, name: nameToBytes(name.value) }) }) : name
    }
    case 'compose':
      return ok({ kind: intent.transaction, bytes: intent.payload })
    case 'meme':
      return ok({ kind: TX_MEME, bytes: encode(MemePayload, intent.payload) })
    case 'react':
      return ok({ kind: TX_REACT, bytes: encode(ReactPayload, { meme: intent.meme, reaction: intent.reaction }) })
    case 'propose-alliance':
      return ok({ kind: TX_ALLIANCE, bytes: encode(AlliancePayload, intent.payload) })
    case 'accept-alliance':
      return ok({ kind: TX_ALLIANCE_SIGN, bytes: encode(AllianceReferencePayload, { alliance: intent.alliance }) })
    case 'decline-alliance':
    case 'break-alliance':
      return ok({ kind: TX_ALLIANCE_BREAK, bytes: encode(AllianceReferencePayload, { alliance: intent.alliance }) })
    case 'configure':
      return ok({ kind: TX_CONFIGURE, bytes: encode(ConfigurePayload, { epoch: changeEpoch, config: intent.config, approvals: [] }) })
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
