/** A state in parts: what comes back is what was cut, in whatever order; what is not a part of it is refused. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { u32le } from '../bytes'
import { taggedHash } from '../crypto/hash'
import { genesisState } from '../genesis'
import { nameToBytes } from '../names'
import { createNetwork } from '../testing/network'
import { newAgent } from './agents'
import { chunkOf, joinState, manifestOf, MAX_CHUNK_BYTES, readChunk, readManifest, StateAssembly } from './chunks'
import type { StateManifest } from './chunks'
import { StateIndex, WorldState } from './worldState'

function stateOf(agents: number, plots: number, height = 7): WorldState {
  const { genesis } = createNetwork(1)
  const edit = genesisState(genesis, new StateIndex()).edit()
  edit.view.agents.treasury = 10n ** 15n
  edit.view.blocks.chain.height = height
  edit.view.blocks.chain.seed = taggedHash('seed', u32le(height))
  for (let i = 0; i < agents; i++) edit.append({ ...newAgent(taggedHash('agent', u32le(i)), nameToBytes(`Agent ${i}`), BigInt(1000 + i), i), nonce: i })
  for (let i = 0; i < plots; i++) {
    edit.appendPlot({
      owner: taggedHash('agent', u32le(i)),
      seed: taggedHash('plot', u32le(i)),
      leaves: 64,
      leafFunction: 1,
      root: taggedHash('root', u32le(i)),
      registeredAt: 1
    })
  }
  return edit.finish()
}

function split(state: WorldState): { manifest: StateManifest; chunks: Map<string, Uint8Array> } {
  const manifest = manifestOf(state)
  return { manifest, chunks: new Map(manifest.places.map(place => [place.root, chunkOf(state, place)])) }
}

/** @returns what was joined, or the failure's code */
function join({ manifest, chunks }: ReturnType<typeof split>, stateRoot: Uint8Array): WorldState | string {
  const joined = joinState(manifest.bytes, stateRoot, chunks, new StateIndex())
  return joined.ok ? joined.value : joined.code
}

const small = stateOf(150, 70)
const parts = split(small)
const places = [...new Map(parts.manifest.places.map(place => [place.root, place])).values()]
const full = places.find(({ count }) => count > 1)!

describe('a state in parts (T057–T065)', () => {
  it('is the same state again, byte for byte, with every agent in its place (T065)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 200 }), fc.nat(1000), (agents, plots, height) => {
        const state = stateOf(agents, plots, height)
        const joined = join(split(state), state.root)
        expect(joined).toBeInstanceOf(WorldState)
        const again = joined as WorldState
        expect(again.encode()).toEqual(state.encode())
        expect(again.root).toEqual(state.root)
        if (agents > 0) expect(again.agent(taggedHash('agent', u32le(agents - 1)))?.nonce).toBe(agents - 1)
        // It can be built upon: the next state has the root that a whole one gets.
        const edit = again.edit()
        edit.treasury = 5n
        expect(edit.finish().root).toEqual(WorldState.decode(edit.view.serialize(), new StateIndex()).root)
      }),
      { numRuns: 20 }
    )
  })

  it('exactly at the borders of chunks, too', () => {
    for (const agents of [0, 1, 63, 64, 65, 127, 128, 129, 256, 1000])
      expect(join(split(stateOf(agents, 0)), stateOf(agents, 0).root)).toBeInstanceOf(WorldState)
  })

  it('comes together in any order, and counts what is there (T061, T063)', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...parts.chunks], { minLength: parts.chunks.size }), order => {
        const assembly = new StateAssembly(parts.manifest)
        for (const [i, [root, bytes]] of order.entries()) {
          expect(assembly.missing()).toHaveLength(order.length - i)
          expect(assembly.isMissing(root)).toBe(true)
          expect(assembly.take(root, bytes)).toBeNull()
          expect(assembly.take(root, bytes)).toBeNull()
          expect(assembly.done).toBe(i + 1)
        }
        expect(assembly.finish(new StateIndex()).root).toEqual(small.root)
      }),
      { numRuns: 20 }
    )
  })

  it('shares the parts that are equal: a changed agent costs its own chunk (T061)', () => {
    const before = stateOf(1000, 0)
    const edit = before.edit()
    edit.update(taggedHash('agent', u32le(500)), { balance: 1n })
    const after = manifestOf(edit.finish())
    const known = new Set(manifestOf(before).places.map(({ root }) => root))
    expect(after.places.length).toBeGreaterThan(10)
    expect(after.places.filter(({ root }) => !known.has(root))).toHaveLength(1)
  })
})

describe('what is not a part of the state is refused (T059, F-29)', () => {
  it('a manifest of another state, and one that is cut off', () => {
    expect(readManifest(parts.manifest.bytes, stateOf(151, 70).root)).toMatchObject({ ok: false, code: 'other-state' })
    expect(readManifest(parts.manifest.bytes.subarray(0, -1), small.root).ok).toBe(false)
    expect(readManifest(new Uint8Array(0), small.root)).toMatchObject({ ok: false, code: 'malformed' })
    expect(readManifest(new Uint8Array(2 * 1024 * 1024), small.root)).toMatchObject({ ok: false, code: 'too-large' })
  })

  it('a chunk of the wrong state, of the wrong place, too long, or missing', () => {
    const place = full
    const good = parts.chunks.get(place.root)!
    expect(readChunk(place, good).ok).toBe(true)
    expect(readChunk({ ...place, count: 1 }, good)).toMatchObject({ ok: false, code: 'bad-chunk' })
    expect(readChunk(place, parts.chunks.get(places.find(({ list, root }) => list === place.list && root !== place.root)!.root)!)).toMatchObject({
      ok: false,
      code: 'other-chunk'
    })
    expect(readChunk(place, new Uint8Array(MAX_CHUNK_BYTES + 1))).toMatchObject({ ok: false, code: 'too-large' })
    expect(new StateAssembly(parts.manifest).take('00'.repeat(32), good)).toMatchObject({ code: 'unknown-chunk' })
    const holed = new Map([...parts.chunks].slice(1))
    expect(joinState(parts.manifest.bytes, small.root, holed, new StateIndex())).toMatchObject({ ok: false, code: 'missing-chunk' })
  })

  it('10,000 mutations of manifests and chunks', () => {
    const whole = [parts.manifest.bytes, ...places.map(({ root }) => parts.chunks.get(root)!)]
    const accepted: string[] = []
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.integer({ min: 0, max: 2 }), (which, at, flip, how) => {
        const bytes = whole[which]!
        const place = at % bytes.length
        const mutated =
          how === 0 ? bytes.slice() : how === 1 ? bytes.slice(0, place) : new Uint8Array([...bytes.subarray(0, place), flip, ...bytes.subarray(place)])
        if (how === 0) mutated[place]! ^= flip
        const result = which === 0 ? readManifest(mutated, small.root) : readChunk(places[which - 1]!, mutated)
        if (result.ok) accepted.push(`${which} ${place} ${how}`)
      }),
      { numRuns: 10_000 }
    )
    expect(accepted).toEqual([])
  })

  it('bytes that are nothing at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), bytes => {
        expect(readManifest(bytes, small.root).ok).toBe(false)
        expect(readChunk(parts.manifest.places[0]!, bytes).ok).toBe(false)
      }),
      { numRuns: 2000 }
    )
  })
})
