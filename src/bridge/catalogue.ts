/**
 * The catalogue of everything that has bytes: messages, transactions, blocks, state. `scripts/catalogue.ts` makes it from the schemas that the codec uses, and the page shows
 * it: nothing in it but the sentences of `what` and `who` was written by hand.
 */

export const CATALOGUE_GROUPS = ['gossip', 'requests', 'replies', 'transactions', 'blocks', 'proofs', 'evidence', 'state'] as const
export type CatalogueGroup = (typeof CATALOGUE_GROUPS)[number]

/** One field, in the order of the bytes. */
export interface CatalogueField {
  name: string
  /** As SSZ writes it: `uint32`, `Bytes32`, `List[Vote, 512]`; `record` where the fields of a nameless one follow, one deeper. */
  type: string
  /** Encoded bytes, the fewest and the most; equal: a fixed size. What a list's or record's offset takes is counted where it stands. */
  min: number
  max: number
  depth: number
  /** Entry of the catalogue that explains the type; null: it needs none. */
  entry: string | null
}

/** A stretch of an encoded value: one field, or one offset that says where a field of variable length begins. */
export interface CatalogueSpan {
  /** Path from the value on, with places in lists as numbers: `transactions/0/nonce`. */
  path: string
  type: string
  size: number
  /** Lower-case; only the first bytes where the stretch is long. */
  hex: string
}

export interface CatalogueEntry {
  /** Unique; also the last part of its address. */
  name: string
  group: CatalogueGroup
  /** Byte of kind of a message, number of a kind of transaction; null: it has none. */
  number: number | null
  /** Gossip topic; null: not gossip. */
  topic: string | null
  /** What it is. */
  what: string
  /** Who sends it, and when. */
  who: string
  /** Rules (docs/PROTOCOL.md), features and definitions that it serves. */
  rules: readonly string[]
  /** Encoded bytes, the fewest and the most that its schema allows, without the byte of kind. */
  min: number
  max: number
  /** Longest that is read from a peer; null: it never comes alone. */
  cap: number | null
  /** Empty: no bytes at all. */
  fields: readonly CatalogueField[]
  /** A real one: signed, executed and accepted by the rules of this very build. Null only where an entry has no bytes. */
  example: {
    size: number
    spans: readonly CatalogueSpan[]
    /** Stretches left out at the end. */
    left: number
  } | null
}

export interface Catalogue {
  protocol: number
  entries: readonly CatalogueEntry[]
}
