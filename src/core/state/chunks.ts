/**
 * A state in parts that are equal where states are equal: the one form in which it goes to the disk, over the network and into an export (T050, T057–T065).
 *
 * The long lists of the schema are cut into aligned runs of 2ᵏ places. Such a run is one subtree of the list's Merkle tree, so it has a root of its own: a *chunk* is named by
 * that root, and its bytes are checked against the name by nobody's help (T063). What is left, the short parts, the lists' lengths and the roots of their chunks, is the
 * *manifest*. It hashes up to the state root by the very rules of SSZ: who knows a state root from a finality certificate knows from the manifest's own bytes whether it is the
 * manifest of that state, and thereby each chunk, before a single one has been fetched (F-29).
 *
 * Two states that differ in some agents share all chunks without them. Hence a snapshot costs what has changed, and a node that was away fetches what it has not.
 *
 * Nothing here trusts its input: each function that reads bytes gives a value or a typed failure, in time and memory bounded by the constants below.
 */
import { equalBytes, toHex } from '../bytes'
import { decode, encode } from '../codec'
import { assert, fail, ok } from '../result'
import type { Failure, Result } from '../result'
import { State } from '../schema'
import {
  BranchNode,
  ByteListType,
  ByteVectorType,
  ContainerType,
  getNode,
  getNodesAtDepth,
  LeafNode,
  ListCompositeType,
  setNode,
  UintNumberType,
  zeroNode
} from '../ssz'
import type { MerkleNode, ValueOf } from '../ssz'
import { WorldState } from './worldState'
import type { StateIndex } from './worldState'

/** A chunk holds as many places as fit into this many bytes at their longest. Measured: docs/ARCHITECTURE.md, "Storage". */
const CHUNK_BYTES = 8 * 1024
/** A list whose encoding may get longer than this is cut into chunks; what stays below travels in the manifest. */
const LONG_LIST_BYTES = 16 * 1024
/** Longest chunk of any list: a single place may be long, and a list of a million places has no more than so many chunks. */
export const MAX_CHUNK_BYTES = 64 * 1024
/** Chunks of one list: their roots are half a megabyte of manifest, and name a million agents by 64. */
const MAX_CHUNKS_PER_LIST = 16 * 1024
/** Long lists of a schema: more than twice those of the present one. */
const MAX_LONG_LISTS = 32
/** Everything of a state that is in no long list: counters, the configuration, short rings. */
const MAX_REMAINDER_BYTES = 64 * 1024
/** Longest manifest; it travels in one message. A million agents, each with a list of its own, take one mebibyte of it. */
export const MAX_MANIFEST_BYTES = 1536 * 1024

const Bytes32 = new ByteVectorType(32)

/** `remainder` is the state with its long lists empty; `lists` are those lists, in the order of the schema. */
const Manifest = new ContainerType({
  remainder: new ByteListType(MAX_REMAINDER_BYTES),
  lists: new ListCompositeType(
    new ContainerType({ length: new UintNumberType(4), chunks: new ListCompositeType(Bytes32, MAX_CHUNKS_PER_LIST) }),
    MAX_LONG_LISTS
  )
})
type Manifest = ValueOf<typeof Manifest>

// ----------------------------------------------------------------------------------------------------------- the long lists

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- lists of whatever the schema holds; the library's own bound for element types
type AnyList = ListCompositeType<any>

/** A list of the schema that is cut into chunks. */
interface LongList {
  /** Its path in the schema, for people. */
  readonly name: string
  /** Of the list's node in the tree of the state. */
  readonly gindex: bigint
  readonly limit: number
  /** Of its longest encoding. */
  readonly bytes: number
  /** Levels from its node without the length down to a place, and from there up to a chunk. */
  readonly depth: number
  readonly chunkDepth: number
  /** Places of one chunk: 2^chunkDepth. */
  readonly places: number
  /** A list of so many places: its bytes are the chunk's bytes, its tree without the length is the chunk's tree. */
  readonly chunk: AnyList
}

function longList(name: string, gindex: bigint, { elementType, limit, maxSize: longest, chunkDepth: depth }: AnyList): LongList {
  const { fixedSize, maxSize } = elementType as { fixedSize: number | null; maxSize: number }
  const placeBytes = fixedSize ?? maxSize + 4
  let chunkDepth = 0
  // As many places as fit, and more where the list would have too many chunks otherwise.
  while (chunkDepth < depth && (placeBytes * 2 ** (chunkDepth + 1) <= CHUNK_BYTES || limit / 2 ** chunkDepth > MAX_CHUNKS_PER_LIST)) chunkDepth++
  const chunk = new ListCompositeType(elementType, 2 ** chunkDepth)
  assert(chunk.maxSize <= MAX_CHUNK_BYTES, `a chunk of ${name} is no longer than ${MAX_CHUNK_BYTES} bytes`)
  return { name, gindex, limit, bytes: longest, depth, chunkDepth, places: 2 ** chunkDepth, chunk }
}

interface Walkable {
  fields?: Record<string, unknown>
  getPathInfo(path: string[]): { gindex: bigint }
}

/** The long lists of a schema, depth-first through its containers. Lists inside of lists are parts of their places. */
function longListsOf(schema: Walkable): LongList[] {
  const visit = (type: unknown, path: string[]): LongList[] => {
    if (type instanceof ContainerType) return Object.entries((type as Walkable).fields ?? {}).flatMap(([name, field]) => visit(field, [...path, name]))
    if (!(type instanceof ListCompositeType) || type.maxSize <= LONG_LIST_BYTES) return []
    return [longList(path.join('.'), schema.getPathInfo(path).gindex, type as AnyList)]
  }
  return visit(schema, [])
}

const LISTS: readonly LongList[] = longListsOf(State)
assert(LISTS.length <= MAX_LONG_LISTS, 'a manifest has room for every long list')
assert(longestRemainder(State.maxSize) <= MAX_REMAINDER_BYTES, 'a manifest has room for all that is short')

function longestRemainder(stateBytes: number): number {
  return LISTS.reduce((bytes, { bytes: most }) => bytes - most, stateBytes)
}

function chunkCount({ places }: LongList, length: number): number {
  return Math.ceil(length / places)
}

// ------------------------------------------------------------------------------------------------------------ cutting apart

/** Where a chunk belongs: chunk `index` of long list `list`; it holds `count` places. */
export interface ChunkPlace {
  /** Root of its subtree, hex. */
  root: string
  list: number
  index: number
  count: number
}

/** A manifest that has been read, and found to be that of `stateRoot`. */
export interface StateManifest {
  /** Canonical: what is stored and sent. */
  bytes: Uint8Array
  stateRoot: Uint8Array
  lengths: readonly number[]
  /** Of all chunks in the order of the manifest. */
  places: readonly ChunkPlace[]
  /** The tree of the state with nothing but roots where the chunks go. */
  outline: MerkleNode
}

/**
 * The manifest of a state. The roots of what has not changed are known to the tree already, so this costs little more than the changed part; nothing is encoded but the
 * short remainder.
 */
export function manifestOf(state: WorldState): StateManifest {
  const { node } = state.view
  const lists = LISTS.map(list => {
    const at = getNode(node, list.gindex)
    const length = list.chunk.tree_getLength(at)
    return { length, chunks: getNodesAtDepth(at.left, list.depth - list.chunkDepth, 0, chunkCount(list, length)).map(({ root }) => root) }
  })
  const remainder = State.getViewDU(LISTS.reduce((tree, list) => setNode(tree, list.gindex, emptyList(list)), node)).serialize()
  const value = { remainder, lists }
  return { bytes: encode(Manifest, value), stateRoot: state.root, lengths: lists.map(({ length }) => length), places: placesOf(value), outline: node }
}

/** The bytes of one chunk of a state. @param place of that state's manifest */
export function chunkOf(state: WorldState, { list: number, index, count }: ChunkPlace): Uint8Array {
  const list = LISTS[number]
  assert(list !== undefined, 'a place names a list of the schema')
  const [subtree] = getNodesAtDepth(getNode(state.view.node, list.gindex).left, list.depth - list.chunkDepth, index, 1)
  assert(subtree !== undefined, 'a place lies inside its list')
  return list.chunk.getViewDU(listNode(subtree, count)).serialize()
}

function placesOf({ lists }: Manifest): ChunkPlace[] {
  return lists.flatMap(({ length, chunks }, list) =>
    chunks.map((root, index) => {
      const { places } = LISTS[list]!
      return { root: toHex(root), list, index, count: Math.min(places, length - index * places) }
    })
  )
}

function emptyList(list: LongList): MerkleNode {
  return listNode(zeroNode(list.depth), 0)
}

function listNode(contents: MerkleNode, length: number): MerkleNode {
  return new BranchNode(contents, LeafNode.fromUint32(length))
}

// --------------------------------------------------------------------------------------------------------- putting together

/**
 * Reads a manifest from anywhere.
 * @param stateRoot what it must hash up to, from a source that is trusted
 * @returns `too-large`, `malformed`, `not-canonical`; `bad-manifest` when its lists are not those of the schema; `other-state` when it is the manifest of another state
 */
export function readManifest(bytes: Uint8Array, stateRoot: Uint8Array): Result<StateManifest> {
  const decoded = decode(Manifest, bytes, MAX_MANIFEST_BYTES)
  if (!decoded.ok) return decoded
  const { value } = decoded
  if (value.lists.length !== LISTS.length) return fail('bad-manifest', `${value.lists.length} lists, ${LISTS.length} expected`)
  for (const [i, list] of LISTS.entries()) {
    const { length, chunks } = value.lists[i]!
    if (length > list.limit || chunks.length !== chunkCount(list, length))
      return fail('bad-manifest', `${list.name}: ${chunks.length} chunks for ${length} places`)
  }
  const outline = outlineOf(value)
  if (!outline.ok) return outline
  if (!equalBytes(outline.value.root, stateRoot)) return fail('other-state', 'the manifest does not hash up to the state root')
  return ok({ bytes, stateRoot, lengths: value.lists.map(({ length }) => length), places: placesOf(value), outline: outline.value })
}

function outlineOf({ remainder, lists }: Manifest): Result<MerkleNode> {
  let node: MerkleNode
  let again: Uint8Array
  try {
    const view = State.deserializeToViewDU(remainder)
    node = view.node
    again = view.serialize()
  } catch (error) {
    return fail('malformed', error instanceof Error ? error.message : String(error))
  }
  if (!equalBytes(again, remainder)) return fail('not-canonical')
  if (LISTS.some(list => list.chunk.tree_getLength(getNode(node, list.gindex)) !== 0)) return fail('bad-manifest', 'the remainder holds a long list')
  const contents = lists.map(({ chunks }) => chunks.map(root => LeafNode.fromRoot(root)))
  const lengths = lists.map(({ length }) => length)
  return ok(fillLists(node, lengths, contents))
}

/** Sets the long lists of a state: @param chunks the nodes of each list's chunks */
function fillLists(node: MerkleNode, lengths: readonly number[], chunks: readonly (readonly MerkleNode[])[]): MerkleNode {
  return LISTS.reduce((tree, list, i) => setNode(tree, list.gindex, listNode(treeOver(chunks[i]!, list), lengths[i]!)), node)
}

/** The tree of a list over its chunks: pairs, level by level, and what is missing on the right is a subtree of zeros. */
function treeOver(chunks: readonly MerkleNode[], { chunkDepth, depth }: LongList): MerkleNode {
  let level = chunks
  for (let height = chunkDepth; height < depth; height++) {
    if (level.length === 0) break
    const above: MerkleNode[] = []
    for (let i = 0; i < level.length; i += 2) above.push(new BranchNode(level[i]!, level[i + 1] ?? zeroNode(height)))
    level = above
  }
  return level[0] ?? zeroNode(depth)
}

/** A chunk that is what its name says. */
interface ReadChunk {
  bytes: Uint8Array
  subtree: MerkleNode
}

/**
 * T063: one chunk, by itself.
 * @returns `too-large`, `malformed`, `not-canonical`; `bad-chunk` when it holds another number of places; `other-chunk` when it is not the one that was named
 */
export function readChunk(place: ChunkPlace, bytes: Uint8Array): Result<ReadChunk> {
  const list = LISTS[place.list]
  assert(list !== undefined, 'a place names a list of the schema')
  if (bytes.length > MAX_CHUNK_BYTES) return fail('too-large', `${bytes.length} bytes`)
  let node: MerkleNode
  let again: Uint8Array
  try {
    const view = list.chunk.deserializeToViewDU(bytes)
    node = view.node
    again = view.serialize()
  } catch (error) {
    return fail('malformed', error instanceof Error ? error.message : String(error))
  }
  if (!equalBytes(again, bytes)) return fail('not-canonical')
  const count = list.chunk.tree_getLength(node)
  if (count !== place.count) return fail('bad-chunk', `${count} places, ${place.count} expected`)
  if (toHex(node.left.root) !== place.root) return fail('other-chunk', 'the chunk does not hash up to its name')
  return ok({ bytes, subtree: node.left })
}

/**
 * A state that is being put together: knows what is missing (T061), takes chunks in any order, each verified before it counts (T063), and is a state once none is missing
 * (T065).
 */
export class StateAssembly {
  readonly #byRoot = new Map<string, ChunkPlace>()
  readonly #subtrees = new Map<string, MerkleNode>()
  #bytes = 0

  constructor(readonly manifest: StateManifest) {
    for (const place of manifest.places) this.#byRoot.set(place.root, place)
  }

  /** Different chunks of the state, and how many are here. */
  get total(): number {
    return this.#byRoot.size
  }

  get done(): number {
    return this.#subtrees.size
  }

  /** Of the chunks that are here. */
  get bytes(): number {
    return this.#bytes
  }

  get complete(): boolean {
    return this.done === this.total
  }

  /** Names of the chunks that are not here yet, in the order of the manifest. */
  missing(): string[] {
    return [...this.#byRoot.keys()].filter(root => !this.#subtrees.has(root))
  }

  isMissing(root: string): boolean {
    return this.#byRoot.has(root) && !this.#subtrees.has(root)
  }

  /** @returns `unknown-chunk` when this state has no such chunk, or what `readChunk` says; a chunk that is here already changes nothing */
  take(root: string, bytes: Uint8Array): Failure | null {
    const place = this.#byRoot.get(root)
    if (place === undefined) return fail('unknown-chunk')
    if (this.#subtrees.has(root)) return null
    const chunk = readChunk(place, bytes)
    if (!chunk.ok) return chunk
    this.#subtrees.set(root, chunk.value.subtree)
    this.#bytes += bytes.length
    return null
  }

  /** Takes over what a state that is known here shares with this one (T061): its parts have been hashed already. */
  reuse(state: WorldState): void {
    const { node } = state.view
    for (const list of LISTS) {
      const at = getNode(node, list.gindex)
      for (const subtree of getNodesAtDepth(at.left, list.depth - list.chunkDepth, 0, chunkCount(list, list.chunk.tree_getLength(at)))) this.#adopt(subtree)
    }
  }

  /** Takes over what was fetched for another state. */
  inherit(other: StateAssembly): void {
    for (const subtree of other.#subtrees.values()) this.#adopt(subtree)
  }

  #adopt(subtree: MerkleNode): void {
    const root = toHex(subtree.root)
    if (this.isMissing(root)) this.#subtrees.set(root, subtree)
  }

  /** @param index where the places of agents are noted. Call when nothing is missing. */
  finish(index: StateIndex): WorldState {
    assert(this.complete, 'no chunk is missing')
    const { manifest } = this
    const chunks = LISTS.map((): MerkleNode[] => [])
    for (const { root, list } of manifest.places) chunks[list]!.push(this.#subtrees.get(root)!)
    const node = fillLists(manifest.outline, manifest.lengths, chunks)
    assert(equalBytes(node.root, manifest.stateRoot), 'verified parts of a state make that state')
    return WorldState.of(State.getViewDU(node), index)
  }
}

/** A state as a whole from its parts, out of a store or a file. @returns as `readManifest` and `readChunk`; `missing-chunk` */
export function joinState(manifest: Uint8Array, stateRoot: Uint8Array, chunks: ReadonlyMap<string, Uint8Array>, index: StateIndex): Result<WorldState> {
  const read = readManifest(manifest, stateRoot)
  if (!read.ok) return read
  const assembly = new StateAssembly(read.value)
  for (const root of assembly.missing()) {
    const bytes = chunks.get(root)
    if (bytes === undefined) return fail('missing-chunk', root)
    const failure = assembly.take(root, bytes)
    if (failure !== null) return failure
  }
  return ok(assembly.finish(index))
}
