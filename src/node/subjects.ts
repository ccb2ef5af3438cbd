/** Whom and what a block touches, for the index that finds blocks by agent and meme (T051). A convenience of the disk, never consensus. */
import { hexOf, toHex } from '../core/bytes'
import { decode } from '../core/codec'
import { EvidencePayload, InvitePayload, TransferPayload, VoteEvidencePayload } from '../core/schema'
import type { Block, Transaction } from '../core/schema'
import { agentIdOf } from '../core/signing'
import { TX_EVIDENCE, TX_INVITE, TX_TRANSFER, TX_VOTE_EVIDENCE } from '../core/state/transactions'

/** @returns hex ids, each once, sorted */
export function subjectsOf({ header, transactions }: Block): string[] {
  const keys = [header.proposer, ...transactions.flatMap(transaction => [transaction.sender, ...namedIn(transaction)])]
  const once = new Map(keys.map(key => [hexOf(key), key]))
  return [...once.values()].map(key => toHex(agentIdOf(key))).sort()
}

/** Public keys of the agents that a transaction is about, besides its sender. */
function namedIn({ kind, payload }: Transaction): Uint8Array[] {
  switch (kind) {
    case TX_TRANSFER: {
      const transfer = decode(TransferPayload, payload)
      return transfer.ok ? [transfer.value.to] : []
    }
    case TX_INVITE: {
      const invite = decode(InvitePayload, payload)
      return invite.ok ? [invite.value.publicKey] : []
    }
    case TX_EVIDENCE: {
      const evidence = decode(EvidencePayload, payload)
      return evidence.ok ? [evidence.value.first.header.proposer] : []
    }
    case TX_VOTE_EVIDENCE: {
      const evidence = decode(VoteEvidencePayload, payload)
      return evidence.ok ? [evidence.value.first.voter] : []
    }
    default:
      return []
  }
}
