/** The address bar as a value. Hash routes, so that any static host will do. */
import type { Checkpoint, Hex } from '../bridge/views'

export type Route =
  | { screen: 'now' }
  | { screen: 'chain' }
  | { screen: 'block'; id: string }
  | { screen: 'node' }
  /** `subject`: what is to be proved by this tab's node (core/proof/subject.ts); null: a file that somebody brings. */
  | { screen: 'proof'; subject: string | null }
  | { screen: 'miner' }
  /** `studio`: make one, a remix of `meme` where one is named; `gallery`: see all; `meme`: one of them. */
  | { screen: 'memes'; view: 'studio' | 'gallery' | 'meme'; meme: Hex | null }
  | { screen: 'alliances' }
  /** `shared`: an agent that came with the link, packed (logic/share.ts). */
  | { screen: 'agent'; shared: string | null }
  /** `messages`: the catalogue, or one entry of it. */
  | { screen: 'learn'; page: 'concepts' | 'messages'; entry: string | null }
  /** `checkpoint`: a block that the link vouches for; `damaged`: it cannot be read. */
  | { screen: 'room'; networkId: Hex; relays: string[]; checkpoint: Checkpoint | 'damaged' | null }
  | { screen: 'unknown'; path: string; reason: 'no-such-screen' | 'bad-room-link' }

/** A room link names few relays: a QR code has to stay readable from the back row. */
export const ROOM_RELAYS = 8
/** Longest multiaddr that a room link may carry, characters; real ones are below 200. */
export const ROOM_RELAY_LENGTH = 512
/** Longest subject of a proof in an address, characters. */
const SUBJECT_LENGTH = 192
/** A block is named by height, hash or the start of a hash. */
const BLOCK_ID_LENGTH = 64

/** An agent in a link: a configuration and a script, packed, at most 32,000 characters. */
const SHARED = /^[\w-]{1,32000}$/
const HASH = /^[0-9a-f]{64}$/

/** @param hash `location.hash`, with or without its `#`. Never throws: what cannot be read is `unknown`. */
export function parseRoute(hash: string): Route {
  const [path, query] = splitOnce(hash.replace(/^#/, ''), '?')
  const parts = path.split('/').filter(part => part !== '')
  const unknown = (reason: 'no-such-screen' | 'bad-room-link'): Route => ({ screen: 'unknown', path, reason })
  if (parts.length === 0) return { screen: 'now' }
  if (parts[0] === 'chain' && parts.length === 1) return { screen: 'chain' }
  if (parts[0] === 'chain' && parts[1] === 'block' && parts.length === 3) {
    const id = parts[2]!.toLowerCase()
    return /^[0-9a-f]+$/.test(id) && id.length <= BLOCK_ID_LENGTH ? { screen: 'block', id } : unknown('no-such-screen')
  }
  if (parts[0] === 'proof')
    return parts.length === 1 ? { screen: 'proof', subject: null } : { screen: 'proof', subject: parts.slice(1).join('/').slice(0, SUBJECT_LENGTH) }
  if ((parts[0] === 'node' || parts[0] === 'miner' || parts[0] === 'alliances') && parts.length === 1) return { screen: parts[0] }
  if (parts[0] === 'agent' && parts.length === 1) return { screen: 'agent', shared: null }
  if (parts[0] === 'agent' && parts[1] === 'shared' && parts.length === 3)
    return SHARED.test(parts[2]!) ? { screen: 'agent', shared: parts[2]! } : unknown('no-such-screen')
  if (parts[0] === 'learn') return learnRoute(parts.slice(1)) ?? unknown('no-such-screen')
  if (parts[0] === 'memes') return memesRoute(parts.slice(1)) ?? unknown('no-such-screen')
  if (parts[0] === 'room')
    return parts.length === 2 && HASH.test(parts[1]!) ? { screen: 'room', networkId: parts[1]!, ...roomQuery(query) } : unknown('bad-room-link')
  return unknown('no-such-screen')
}

/** `#/learn`, `#/learn/messages`, `#/learn/messages/<entry>` */
function learnRoute([page = 'concepts', entry = null, ...more]: (string | null)[]): Route | null {
  if (page === 'concepts' && entry === null) return { screen: 'learn', page, entry }
  return page === 'messages' && more.length === 0 ? { screen: 'learn', page, entry } : null
}

/** `#/memes`, `#/memes/gallery`, `#/memes/meme/<id>`, `#/memes/remix/<id>` */
function memesRoute([view, id, ...more]: string[]): Route | null {
  if (view === undefined) return { screen: 'memes', view: 'studio', meme: null }
  if (view === 'gallery' && id === undefined) return { screen: 'memes', view, meme: null }
  if (id === undefined || !HASH.test(id) || more.length > 0) return null
  if (view === 'meme') return { screen: 'memes', view, meme: id }
  return view === 'remix' ? { screen: 'memes', view: 'studio', meme: id } : null
}

export const GALLERY_HREF = '#/memes/gallery'
export const memeHref = (id: Hex) => `#/memes/meme/${id}`
export const remixHref = (id: Hex) => `#/memes/remix/${id}`

/** The link to a room, relative to the page: `#/room/<network id>?relay=…&relay=…&checkpoint=<height>-<hash>`. */
export function roomHref(networkId: Hex, relays: readonly string[], checkpoint: Checkpoint | null = null): string {
  const query = relays
    .slice(0, ROOM_RELAYS)
    .map(relay => `relay=${encodeURIComponent(relay)}`)
    .concat(checkpoint === null ? [] : `checkpoint=${checkpoint.height}-${checkpoint.hash}`)
    .join('&')
  return `#/room/${networkId}${query === '' ? '' : `?${query}`}`
}

export const proofHref = (subject: string) => `#/proof/${subject}`
export const blockHref = (id: string | number) => `#/chain/block/${id}`

/** A block id of the address bar as the node's API wants it: digits are a height, everything else is a hash. */
export function blockQuery(id: string): number | string {
  return /^\d{1,15}$/.test(id) ? Number(id) : id
}

function roomQuery(query: string): { relays: string[]; checkpoint: Checkpoint | 'damaged' | null } {
  const values = new URLSearchParams(query)
  const relays = values.getAll('relay').filter(relay => relay.startsWith('/') && relay.length <= ROOM_RELAY_LENGTH)
  const [text, ...more] = values.getAll('checkpoint')
  return { relays: [...new Set(relays)].slice(0, ROOM_RELAYS), checkpoint: text === undefined ? null : (more.length === 0 && checkpointOf(text)) || 'damaged' }
}

function checkpointOf(text: string): Checkpoint | null {
  const [, height, hash] = /^([1-9]\d{0,9})-([0-9a-f]{64})$/.exec(text) ?? []
  return hash === undefined || Number(height) >= 2 ** 32 ? null : { height: Number(height), hash }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}
