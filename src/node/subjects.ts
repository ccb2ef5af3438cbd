/** Whom and what a block touches, for the index that finds blocks by agent and meme (T051). A convenience of the disk, never consensus. */
import { hexOf, toHex } from '../core/bytes'
import { decode } from '../core/codec'
import { AlliancePayload, EvidencePayload, InvitePayload, MemePayload, ReactPayload, SocialPayload, TransferPayload, VoteEvidencePayload } from '../core/schema'
import type { Block, Transaction } from '../core/schema'
import { agentIdOf } from '../core/signing'
import { memeId } from '../core/state/memes'
import { TX_ALLIANCE, TX_EVIDENCE, TX_INVITE, TX_MEME, TX_REACT, TX_SOCIAL, TX_TRANSFER, TX_VOTE_EVIDENCE } from '../core/state/transactions'

/** What a transaction is about, besides its sender. */
interface Named {
  /** Public keys. */
  agents: readonly Uint8Array[]
  /** Ids of memes. */
  memes?: readonly Uint8Array[]
}

const NOBODY: Named = { agents: [] }

/** @returns hex ids of agents (20 bytes) and memes (32 bytes), each once, sorted */
export function subjectsOf({ header, transactions }: Block): string[] {
  const named = transactions.map(namedIn)
  const keys = [header.proposer, ...transactions.map(({ sender }) => sender), ...named.flatMap(({ agents }) => agents)]
  const agents = new Map(keys.map(key => [hexOf(key), key]))
  const memes = new Set(named.flatMap(({ memes: ids = [] }) => ids.map(toHex)))
  return [...[...agents.values()].map(key => toHex(agentIdOf(key))), ...memes].sort()
}

function namedIn({ kind, payload }: Transaction): Named {
  switch (kind) {
    case TX_TRANSFER: {
      const transfer = decode(TransferPayload, payload)
      return transfer.ok ? { agents: [transfer.value.to] } : NOBODY
    }
    case TX_INVITE: {
      const invite = decode(InvitePayload, payload)
      return invite.ok ? { agents: [invite.value.publicKey] } : NOBODY
    }
    case TX_EVIDENCE: {
      const evidence = decode(EvidencePayload, payload)
      return evidence.ok ? { agents: [evidence.value.first.header.proposer] } : NOBODY
    }
    case TX_VOTE_EVIDENCE: {
      const evidence = decode(VoteEvidencePayload, payload)
      return evidence.ok ? { agents: [evidence.value.first.voter] } : NOBODY
    }
    case TX_MEME: {
      const meme = decode(MemePayload, payload)
      return meme.ok ? { agents: meme.value.targets, memes: [memeId(meme.value.format, meme.value.recipe), ...meme.value.references] } : NOBODY
    }
    case TX_REACT: {
      const reaction = decode(ReactPayload, payload)
      return reaction.ok ? { agents: [], memes: [reaction.value.meme] } : NOBODY
    }
    case TX_ALLIANCE: {
      const alliance = decode(AlliancePayload, payload)
      return alliance.ok ? { agents: alliance.value.members } : NOBODY
    }
    case TX_SOCIAL: {
      const social = decode(SocialPayload, payload)
      return social.ok ? { agents: [social.value.to] } : NOBODY
    }
    default:
      return NOBODY
  }
}
