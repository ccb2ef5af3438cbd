/** The catalogue, put together: names, numbers, caps, types and sizes from the tables and schemas that the code runs on, sentences from meanings.ts, bytes from examples.ts. */
import { CATALOGUE_GROUPS } from '../../../src/bridge/catalogue'
import type { Catalogue, CatalogueEntry, CatalogueGroup } from '../../../src/bridge/catalogue'
import { toHex } from '../../../src/core/bytes'
import { encode } from '../../../src/core/codec'
import type { Schema } from '../../../src/core/codec'
import { MAX_PAYLOAD_BYTES } from '../../../src/core/limits'
import { assert } from '../../../src/core/result'
import { transactionKinds } from '../../../src/core/state/transactions'
import { MESSAGES, PROTOCOL_MAJOR } from '../../../src/core/wire'
import type { MessageName } from '../../../src/core/wire'
import { TOPIC_KINDS } from '../../../src/node/messages'
import type { Examples } from './examples'
import { fieldsOf, spansOf } from './layout'
import type { Names, Titles } from './layout'
import { MESSAGES_MEAN, RECORDS_MEAN, TRANSACTIONS_MEAN } from './meanings'
import type { RecordName, TransactionName } from './meanings'

/** Stretches of an example that are shown: a screen or two; a range of blocks would go on for ever. */
const SHOWN_SPANS = 64
/** Bytes of one stretch that are shown: a signature whole. */
const SHOWN_BYTES = 64
/** Messages of these numbers and above are requests, and replies (wire.ts). */
const FIRST_REQUEST = 32
const FIRST_REPLY = 64

type Sized = Schema<unknown> & { readonly minSize: number; readonly maxSize: number }

const keysOf = <K extends string>(table: Readonly<Record<K, unknown>>) => Object.keys(table) as K[]
const titleOf = (name: MessageName): string => name[0]!.toUpperCase() + name.slice(1)
/** A message whose value stands inside others as well: it is its own entry there. */
const standsAlone = (name: MessageName): boolean => MESSAGES[name].id < FIRST_REQUEST

export const MESSAGE_NAMES = keysOf(MESSAGES)
export const TRANSACTION_NAMES = keysOf(TRANSACTIONS_MEAN)
export const RECORD_NAMES = keysOf(RECORDS_MEAN)

/** Types that have a name of their own, and the entries that explain them. */
const named: [schema: unknown, title: string, entry: string][] = [
  ...RECORD_NAMES.map((name): [unknown, string, string] => [RECORDS_MEAN[name].schema, name, name]),
  ...MESSAGE_NAMES.filter(standsAlone).map((name): [unknown, string, string] => [MESSAGES[name].schema, titleOf(name), name])
]
const TITLES: Titles = new Map(named.map(([schema, title]) => [schema, title]))
const NAMES: Names = new Map(named.map(([schema, , entry]) => [schema, entry]))

function exampleOf(schema: Schema<unknown>, value: unknown): CatalogueEntry['example'] {
  const bytes = encode(schema, value)
  const spans = spansOf(schema, bytes, TITLES)
  return {
    size: bytes.length,
    spans: spans.slice(0, SHOWN_SPANS).map(({ path, type, bytes: own }) => ({ path, type, size: own.length, hex: toHex(own.subarray(0, SHOWN_BYTES)) })),
    left: Math.max(0, spans.length - SHOWN_SPANS)
  }
}

/** What the schema itself says. */
const shapeOf = (schema: unknown, value: unknown) => {
  const { minSize, maxSize } = schema as Sized
  return { min: minSize, max: maxSize, fields: fieldsOf(schema, NAMES, TITLES), example: exampleOf(schema as Sized, value) }
}

function groupOf(name: MessageName): CatalogueGroup {
  const { id } = MESSAGES[name]
  return id < FIRST_REQUEST ? 'gossip' : id < FIRST_REPLY ? 'requests' : 'replies'
}

function messageEntry(name: MessageName, examples: Examples): CatalogueEntry {
  const { id, schema, maxBytes } = MESSAGES[name]
  const topic = Object.entries(TOPIC_KINDS).find(([, kinds]) => (kinds as readonly string[]).includes(name))?.[0] ?? null
  return { name, group: groupOf(name), number: id, topic, ...MESSAGES_MEAN[name], cap: maxBytes, ...shapeOf(schema, examples.messages[name]) }
}

/** Payloads by kind, from the table of rules. */
const PAYLOADS = new Map(transactionKinds().map(({ kind, payload }) => [kind, payload]))

function transactionEntry(name: TransactionName, examples: Examples): CatalogueEntry {
  const { kind, what, who, rules } = TRANSACTIONS_MEAN[name]
  const payload = PAYLOADS.get(kind)
  assert(payload !== undefined, 'a kind in the table is a kind of the state')
  const head = { name, group: 'transactions' as const, number: kind, topic: null, what, who, rules, cap: MAX_PAYLOAD_BYTES }
  if (payload === null) return { ...head, min: 0, max: 0, fields: [], example: null }
  return { ...head, ...shapeOf(payload, payload.deserialize(examples.transactions[name].payload)) }
}

function recordEntry(name: RecordName, examples: Examples): CatalogueEntry {
  const { schema, group, what, who, rules } = RECORDS_MEAN[name]
  return { name, group, number: null, topic: null, what, who, rules, cap: null, ...shapeOf(schema, examples.records[name]) }
}

/** In the order of the groups; within one as the code has them. */
export function makeCatalogue(examples: Examples): Catalogue {
  const entries = [
    ...MESSAGE_NAMES.map(name => messageEntry(name, examples)),
    ...TRANSACTION_NAMES.map(name => transactionEntry(name, examples)),
    ...RECORD_NAMES.map(name => recordEntry(name, examples))
  ]
  return { protocol: PROTOCOL_MAJOR, entries: CATALOGUE_GROUPS.flatMap(group => entries.filter(entry => entry.group === group)) }
}
