/**
 * Messages between peers: one byte of kind, then the canonical bytes of that kind's schema. Gossip kinds start at 1, requests at 32,
 * replies at 64, so that a message handed to the wrong door is refused by its first byte.
 */
import { concat } from './bytes'
import { decode } from './codec'
import type { Schema } from './codec'
import { StateHeaderReply, StateHeaderRequest } from './light/schema'
import { MAX_BLOCK_BYTES, MAX_WITNESS_REPLY } from './limits'
import { ProofReply, ProofRequest } from './proof/schema'
import { WitnessReply, WitnessRequest } from './proof/witnessSchema'
import { fail, ok } from './result'
import type { Result } from './result'
import {
  Announce,
  BodiesReply,
  BodiesRequest,
  Certificate,
  GenesisReply,
  GenesisRequest,
  Hello,
  Opinion,
  Presence,
  RangeReply,
  RangeRequest,
  RoundsReply,
  RoundsRequest,
  SubmitReply,
  SubmitRequest,
  Transaction,
  Vote
} from './schema'
import { ChunksReply, ChunksRequest, ManifestReply, ManifestRequest, MAX_MANIFEST_REPLY } from './sync/messages'

export const PROTOCOL_MAJOR = 3

/** Kind byte, schema and cap of every message. The catalogue page and the fuzzers are generated from this table. */
export const MESSAGES = {
  announce: { id: 1, schema: Announce, maxBytes: 48 * 1024 },
  vote: { id: 2, schema: Vote, maxBytes: 160 },
  transaction: { id: 3, schema: Transaction, maxBytes: 17 * 1024 },
  presence: { id: 4, schema: Presence, maxBytes: 192 },
  certificate: { id: 5, schema: Certificate, maxBytes: 16 * 1024 },
  opinion: { id: 6, schema: Opinion, maxBytes: 192 },
  helloRequest: { id: 32, schema: Hello, maxBytes: 192 },
  bodiesRequest: { id: 33, schema: BodiesRequest, maxBytes: 1024 },
  rangeRequest: { id: 34, schema: RangeRequest, maxBytes: 16 },
  roundsRequest: { id: 35, schema: RoundsRequest, maxBytes: 16 },
  genesisRequest: { id: 36, schema: GenesisRequest, maxBytes: 64 },
  submitRequest: { id: 37, schema: SubmitRequest, maxBytes: 272 * 1024 },
  stateHeaderRequest: { id: 40, schema: StateHeaderRequest, maxBytes: 16 },
  proofRequest: { id: 41, schema: ProofRequest, maxBytes: 256 },
  manifestRequest: { id: 42, schema: ManifestRequest, maxBytes: 16 },
  chunksRequest: { id: 43, schema: ChunksRequest, maxBytes: 1088 },
  witnessRequest: { id: 44, schema: WitnessRequest, maxBytes: 64 },
  helloReply: { id: 64, schema: Hello, maxBytes: 192 },
  bodiesReply: { id: 65, schema: BodiesReply, maxBytes: 4 * MAX_BLOCK_BYTES },
  rangeReply: { id: 66, schema: RangeReply, maxBytes: 8 * MAX_BLOCK_BYTES },
  roundsReply: { id: 67, schema: RoundsReply, maxBytes: 8 * MAX_BLOCK_BYTES },
  genesisReply: { id: 68, schema: GenesisReply, maxBytes: 32 * 1024 },
  submitReply: { id: 69, schema: SubmitReply, maxBytes: 8 },
  stateHeaderReply: { id: 72, schema: StateHeaderReply, maxBytes: 128 * 1024 },
  proofReply: { id: 73, schema: ProofReply, maxBytes: 256 * 1024 },
  manifestReply: { id: 74, schema: ManifestReply, maxBytes: MAX_MANIFEST_REPLY },
  chunksReply: { id: 75, schema: ChunksReply, maxBytes: 8 * MAX_BLOCK_BYTES },
  witnessReply: { id: 76, schema: WitnessReply, maxBytes: MAX_WITNESS_REPLY }
} as const

export type MessageName = keyof typeof MESSAGES
type ValueOfSchema<S> = S extends { deserialize(bytes: Uint8Array): infer T } ? T : never
/** A decoded message; `kind` tells which `value` it holds. */
export type Message = { [N in MessageName]: { kind: N; value: ValueOfSchema<(typeof MESSAGES)[N]['schema']> } }[MessageName]
export type MessageOf<N extends MessageName> = Extract<Message, { kind: N }>

const byId = new Map<number, MessageName>(Object.entries(MESSAGES).map(([name, { id }]) => [id, name as MessageName]))

export function encodeMessage<N extends MessageName>(kind: N, value: MessageOf<N>['value']): Uint8Array {
  const { id, schema } = MESSAGES[kind]
  return concat(Uint8Array.of(id), (schema as unknown as Schema<typeof value>).serialize(value))
}

/** @returns `empty`, `unknown-kind`, `unexpected-kind`, or the codec's failures */
export function decodeMessage<N extends MessageName>(bytes: Uint8Array, allowed: readonly N[]): Result<MessageOf<N>> {
  const first = bytes[0]
  if (first === undefined) return fail('empty')
  const kind = byId.get(first)
  if (kind === undefined) return fail('unknown-kind', `kind ${first}`)
  if (!(allowed as readonly string[]).includes(kind)) return fail('unexpected-kind', kind)
  const { schema, maxBytes } = MESSAGES[kind]
  const result = decode(schema as unknown as Schema<unknown>, bytes.slice(1), maxBytes)
  return result.ok ? ok({ kind, value: result.value } as MessageOf<N>) : result
}
