/** Memes as the page and the node tell them to each other. Plain, cloneable data; the bytes of a recipe never leave the worker. */
import type { Hex } from './hex'

/** All in units of a square canvas of 1000; `x`, `y` are the centre (of a stroke: its first point), `turn` is in degrees clockwise, `colour` an index of the palette. */
interface Placed {
  x: number
  y: number
  size: number
  turn: number
  colour: number
}

export type TextStyle = 'bold' | 'outlined' | 'mono' | 'plate'

export type MemeLayer =
  | (Placed & { kind: 'text'; text: string; style: TextStyle })
  | (Placed & { kind: 'sticker'; sticker: number })
  /** `steps`: dx, dy, dx, dy … to the next point each, −128 … 127, in steps of four units. */
  | (Placed & { kind: 'stroke'; steps: number[] })

/** Layers from the bottom up; template 0 is the plain colour `ground`. */
export interface MemePicture {
  template: number
  ground: number
  layers: MemeLayer[]
}

export type MemeContentView = { format: 'text' | 'ascii'; text: string } | { format: 'picture'; picture: MemePicture }

/** What a person publishes. `references`: memes it answers or remixes; `targets`: public keys of those it is meant for. */
export interface MemeDraft {
  content: MemeContentView
  caption: string
  tags: string[]
  references: Hex[]
  targets: Hex[]
}

/** D-03, milli-units: what every node computes alike from the bytes and the state before them. */
export interface MemeQuality {
  creativity: number
  relevance: number
  virality: number
  quality: number
}

/** A draft as the chain would see it now. */
export interface MemeInspection {
  id: Hex
  sizeBytes: number
  maxBytes: number
  quality: MemeQuality
  /** It is on the chain already: the same bytes have the same id. */
  published: boolean
}

export type ReactionName = 'love' | 'like' | 'neutral' | 'dislike'

/** One meme of the chain, as of this node's head. */
export interface MemeView {
  id: Hex
  /** Counts all memes ever published. */
  number: number
  creator: Hex
  creatorName: string
  mine: boolean
  height: number
  final: boolean
  /** Null where the block that holds it is not kept here any more. */
  content: MemeContentView | null
  caption: string
  tags: string[]
  references: Hex[]
  /** Newest first, as far as they are kept. */
  referredBy: Hex[]
  quality: MemeQuality
  influence: number
  /** Now; `quality.virality` is what it had when it came. */
  virality: number
  reactions: Record<ReactionName, number>
  myReaction: ReactionName | null
  /** What this agent's personality would say; null for its own. */
  suggestion: { personality: string; reaction: ReactionName } | null
}

/** Newest first. */
export interface MemePage {
  memes: MemeView[]
  /** Ever published. */
  total: number
  /** `before` of the next page; null at the end. */
  next: number | null
}
