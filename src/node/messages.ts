/**
 * What goes into a node and what comes out: plain data, so that the very same node runs in a tab, in a server and in the simulator.
 * Only ingress makes `Verified` values; the core takes nothing else from a peer.
 */
import type { ProducerConfig } from '../agent/config/config'
import type { Decision } from '../agent/script/decision'
import type { VoteOutcome, VoteRow } from '../core/consensus/voteGuard'
import type { WitnessRequest } from '../core/proof/witnessSchema'
import type { Failure, Result } from '../core/result'
import type { AlliancePayload, ChainConfig, MemePayload, Transaction } from '../core/schema'
import type { Stated } from '../core/taste/opinion'
import type { MessageOf } from '../core/wire'
import type { ClaimReceipt } from './claimLedger'
import type { CommitBatch, PeerId, StoredBlock, StoredChunk, Topic } from './ports'
import type { NetworkSnapshot } from './proofOfSync'

declare const verified: unique symbol
/** Decoded, within its limits, and every signature in it holds. */
export type Verified<T> = T & { readonly [verified]: true }

export type GossipName = 'announce' | 'vote' | 'transaction' | 'presence' | 'certificate' | 'opinion'
export const REQUEST_NAMES = [
  'helloRequest',
  'bodiesRequest',
  'rangeRequest',
  'roundsRequest',
  'genesisRequest',
  'submitRequest',
  'stateHeaderRequest',
  'proofRequest',
  'manifestRequest',
  'chunksRequest',
  'witnessRequest'
] as const
export type RequestName = (typeof REQUEST_NAMES)[number]
export type ReplyName = RequestName extends `${infer Stem}Request` ? `${Stem}Reply` : never

/** Which topic carries which kind; a message under another topic is refused. */
export const TOPIC_KINDS: Record<Topic, readonly GossipName[]> = {
  announce: ['announce', 'certificate'],
  vote: ['vote'],
  tx: ['transaction'],
  presence: ['presence', 'opinion']
}

export function replyTo(request: RequestName): ReplyName {
  return request.replace('Request', 'Reply') as ReplyName
}

export type Intent =
  | { kind: 'transfer'; to: Uint8Array; amount: bigint; fee: bigint }
  | { kind: 'register'; name: string; personality?: number }
  | { kind: 'leave' }
  | { kind: 'heartbeat' }
  /** Asks to be ranked where producers have to ask, or gives it up. */
  | { kind: 'produce'; on: boolean }
  | { kind: 'deposit' | 'withdraw'; amount: bigint }
  | { kind: 'plot'; seed: Uint8Array; leaves: number; root: Uint8Array }
  /** The authority's: a member for an invited network. */
  | { kind: 'invite'; publicKey: Uint8Array; name: string }
  /** The authority's: another family or other parameters, from the earliest epoch on. */
  | { kind: 'configure'; config: ChainConfig }
  /** A kind of core/state/transactions.ts with its payload, ready made. */
  | { kind: 'compose'; transaction: number; payload: Uint8Array }
  /** `attach`: into this agent's own next block, and not to the network before. */
  | { kind: 'meme'; payload: MemePayload; attach: boolean }
  /** `reaction` is a number of REACTIONS (core/state/memes.ts). */
  | { kind: 'react'; meme: Uint8Array; reaction: number }
  | { kind: 'propose-alliance'; payload: AlliancePayload }
  | { kind: 'accept-alliance' | 'decline-alliance' | 'break-alliance'; alliance: Uint8Array }
  /** The authority's: go on with those who are here. */
  | { kind: 'reanchor' }

export type Input =
  | { type: 'tick' }
  | { type: 'gossip'; from: PeerId; message: Verified<MessageOf<GossipName>> }
  | { type: 'request'; id: number; from: PeerId; message: Verified<MessageOf<RequestName>> }
  /** The answer to an effect `request`; a failure when it timed out, was refused or did not pass ingress. */
  | { type: 'reply'; id: number; from: PeerId; result: Result<Verified<MessageOf<ReplyName>>> }
  | { type: 'links'; peers: readonly PeerId[] }
  /** The store has decided on an effect `store`; null: it failed, so abstain. */
  | { type: 'stored'; row: VoteRow; outcome: VoteOutcome | null }
  | { type: 'submit'; id: number; intent: Intent }
  /** What the disk has of the chunks that an effect `findChunks` named; after the last of them, `last`. */
  | { type: 'chunks'; chunks: readonly StoredChunk[]; last: boolean }
  /** The chunks of an effect `keepChunks` are on the disk. */
  | { type: 'chunksKept'; roots: readonly string[] }
  /** The person runs another configuration: it holds from the next block on. */
  | { type: 'configure'; config: ProducerConfig }
  /** What the script says about one height; null: nothing that counts. */
  | { type: 'decide'; height: number; decision: Decision | null }

export type CoreEvent =
  | { kind: 'notarised'; height: number; hash: string; rank: number; proposer: Uint8Array }
  | { kind: 'final'; height: number; hash: string; rank: number; proposer: Uint8Array; transactions: number }
  | { kind: 'reorg'; height: number; hash: string; depth: number; ancestorHeight: number }
  | { kind: 'evidence'; height: number; hash: string; proposer: Uint8Array; what: 'blocks' | 'votes' }
  | { kind: 'stalled'; height: number; present: number; total: number }
  | { kind: 'resumed'; height: number }
  | { kind: 'anchored'; height: number; hash: string; validators: number }
  | { kind: 'anchor-refused'; height: number; hash: string }
  | { kind: 'proposed'; height: number; hash: string; tentative: boolean }
  /** R8: what a validator thinks of a block; `judge` is its key. */
  | { kind: 'opinion'; height: number; hash: string; judge: Uint8Array; opinion: Stated }
  /** R12: from the height after this one on those who are alive on this branch vote. */
  | { kind: 'leaked'; height: number; validators: number }
  | { kind: 'registered' | 'left' | 'penalised'; height: number; agent: Uint8Array }
  /** A meme, an offer, an alliance or its end has become final. */
  | { kind: 'social'; height: number; hash: string; transaction: Transaction }
  | { kind: 'syncing'; height: number; target: number }
  /** T057–T065: a state is fetched instead of its blocks. `refused`: a peer's part of it was not what it should be; `unanswered`: a peer owes it. */
  | { kind: 'state-sync'; step: 'begun' | 'refused' | 'unanswered' | 'complete' | 'given-up'; height: number; detail: string }
  | { kind: 'synced'; height: number }
  | { kind: 'abstained'; height: number; code: string }
  | { kind: 'refused-block'; height: number; hash: string; proposer: Uint8Array; failure: Failure }
  /** V128: the node's own view of its sync has changed. This event and the next two come only where a family asks for proof of sync. */
  | { kind: 'sync-state'; snapshot: NetworkSnapshot }
  /** V120, V121: this node's place in the round that has begun, and how long until it speaks, ms. */
  | { kind: 'turn'; height: number; rank: number; waitMs: number }
  /** V122–V127: a claim was made, or has got on. `transactions`: of a block that was just built. */
  | { kind: 'claim'; receipt: ClaimReceipt; transactions: number | null }

export type Effect =
  | { type: 'publish'; topic: Topic; bytes: Uint8Array }
  | { type: 'request'; id: number; to: PeerId; name: RequestName; bytes: Uint8Array }
  | { type: 'reply'; id: number; bytes: Uint8Array }
  /** Answer a range request out of the store: these heights are final and no longer in memory. */
  | { type: 'serveRange'; id: number; from: number; count: number }
  /** T041: answer with a block and its witness (light/witnessService.ts). It takes as long as executing the block, and needs nothing but this core as it is now. */
  | { type: 'serveWitness'; id: number; asked: WitnessRequest }
  /** T045: answer with a proof (light/proofDesk.ts), for old blocks out of the store. */
  | { type: 'serveProof'; id: number; subject: Uint8Array }
  /** R6: make the promise durable together with these blocks, then come back with `stored`. */
  | { type: 'store'; row: VoteRow; blocks: StoredBlock[] }
  | { type: 'commit'; batch: CommitBatch }
  /** Parts of a state that is being fetched: look for them on the disk, come back with `chunks`. */
  | { type: 'findChunks'; roots: readonly string[] }
  /** Keep these parts, verified, so that an interrupted sync resumes; then come back with `chunksKept`. */
  | { type: 'keepChunks'; chunks: StoredChunk[] }
  /** Come back with a `tick` at this time; replaces the wake before it. */
  | { type: 'wake'; at: number }
  | { type: 'verdict'; verdict: 'accept' | 'ignore' | 'reject'; code: string }
  | { type: 'penalise'; peer: PeerId; reason: string }
  | { type: 'submitted'; id: number; result: Result<{ id: string }> }
  | { type: 'event'; event: CoreEvent }
