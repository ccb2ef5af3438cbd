import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, utf8 } from '../bytes'
import { MAX_DRAMA_EVENTS, MAX_REACTIONS } from '../limits'
import type { DramaEvent } from '../schema'
import { encodeContent, FORMAT_DRAWN, FORMAT_REMIX, LAYER_STROKE, LAYER_TEXT } from '../memes/recipe'
import { Room } from '../testing/room'
import { dramaName, foldDrama, recentDrama, recordDrama } from './drama'
import { impactOf, influenceAt, memeAt, memeId, memePlace } from './memes'
import { overlap, sketchOf } from './sketch'
import { adjustTrust, DECAY_STEPS, fadedFame, fadedTrust, incomingTrust, influenceOf, trustIn } from './trust'

const LOVE = 1
const LIKE = 2
const DISLIKE = 3
const idOf = (recipe: string, format = 1) => memeId(format, utf8(recipe))
/** A line, and a text under it. */
function drawing(text: string, format: typeof FORMAT_DRAWN | typeof FORMAT_REMIX = FORMAT_DRAWN): { format: number; recipe: Uint8Array } {
  const place = { x: 700, y: 900, size: 40, turn: 0, colour: 3, style: 0 }
  const layers = [
    { ...place, kind: LAYER_STROKE, data: Uint8Array.of(10, 0, 0, 10) },
    { ...place, kind: LAYER_TEXT, data: utf8(text) }
  ]
  const bytes = encodeContent({ format, recipe: { version: 1, template: 1, ground: 0, layers } })
  if (!bytes.ok) throw new Error(bytes.code)
  return { format, recipe: bytes.value }
}
const placeOf = (room: Room, recipe: string) => memePlace(room.state, idOf(recipe))!

describe('memes (T022, D-03, D-04)', () => {
  it('what one is worth comes from its bytes and the state before it', () => {
    const room = new Room(4)
    room.say(room.meme(0, 'a cat that votes twice', { tags: [utf8('cat'), utf8('vote')] })).mine()
    const first = memeAt(room.state, placeOf(room, 'a cat that votes twice'))
    // Nothing to compare with, no tag in the air, text: (300·1000 + 400·0 + 300·300)/1000.
    expect(first).toMatchObject({ creativity: 1000, relevance: 0, virality: 300, quality: 390, height: 1, size: 22 })
    expect(toHex(first.id)).toBe(toHex(idOf('a cat that votes twice')))
    room.say(room.meme(1, 'a cat that votes twice!', { tags: [utf8('cat'), utf8('dog')], format: 2 })).mine()
    const copy = memeAt(room.state, memePlace(room.state, idOf('a cat that votes twice!', 2))!)
    expect(copy.creativity, 'nearly the same content').toBeLessThan(100)
    expect(copy).toMatchObject({ relevance: 250, virality: 400 })
    expect(copy.quality).toBe(Math.floor((300 * copy.creativity + 400 * 250 + 300 * 400) / 1000))
  })

  it('what is refused, by code', () => {
    const room = new Room(4)
    const unknown = new Uint8Array(32).fill(3)
    expect(room.refusal(room.meme(0, 'x', { format: 6 }))).toBe('bad-meme')
    expect(room.refusal(room.meme(0, ''))).toBe('bad-meme')
    expect(room.refusal(room.meme(0, 'x', { recipe: Uint8Array.of(0xff) }))).toBe('bad-meme')
    expect(room.refusal(room.meme(0, 'a\u202eb'))).toBe('bad-meme')
    expect(room.refusal(room.meme(0, 'x', { caption: utf8('é'.repeat(281)) }))).toBe('bad-meme')
    expect(room.refusal(room.meme(0, 'x', { caption: utf8('é'.repeat(280)) }))).toBeNull()
    expect(room.refusal(room.meme(0, 'x', { tags: [utf8('y'.repeat(25))] }))).toBe('bad-meme')
    expect(room.refusal(room.meme(0, 'x', { tags: [utf8('y'), utf8('y')] }))).toBe('bad-meme')
    expect(room.refusal(room.meme(0, '', drawing('x', FORMAT_REMIX))), 'a remix of nothing').toBe('bad-meme')
    expect(room.refusal(room.meme(0, 'x', { format: FORMAT_DRAWN })), 'a text that claims to be a drawing').toBe('bad-meme')
    expect(room.refusal(room.meme(0, 'x', { references: [unknown] }))).toBe('unknown-meme')
    expect(room.refusal(room.meme(0, 'x', { targets: [unknown] }))).toBe('unknown-member')
    expect(room.refusal(room.meme(0, 'x', { targets: [room.key(0)] }))).toBe('bad-meme')
    room.say(room.meme(0, 'x')).mine()
    expect(room.refusal(room.meme(1, 'x'))).toBe('already-published')
  })

  it('T031, T032, T033, F-20: impact is computed from what is on the chain; friends and targets are moved by it', () => {
    const room = new Room(5)
    const harmless = drawing('mostly harmless')
    room.say(room.meme(0, '', { targets: [room.key(3), room.key(4)], ...harmless })).mine()
    const id = memeId(harmless.format, harmless.recipe)
    const place = memePlace(room.state, id)!
    const { quality } = memeAt(room.state, place)
    expect(quality).toBe(480)
    expect(room.refusal(room.react(1, new Uint8Array(32), LOVE)), 'T031').toBe('unknown-meme')
    expect(room.refusal(room.react(0, id, LOVE))).toBe('own-meme')
    for (const kind of [0, 4, 6]) expect(room.refusal(room.react(1, id, kind))).toBe('bad-meme')
    room.say(room.react(1, id, LOVE)).mine()
    expect(room.refusal(room.react(1, id, LIKE))).toBe('already-reacted')
    expect(influenceAt(room.state, place)).toMatchObject({ influence: impactOf(480, 1), virality: 800 })
    expect(trustIn(room.state, room.place(1), room.place(0), 2)).toBe(60)
    expect(trustIn(room.state, room.place(3), room.place(0), 2), 'too faint to remember').toBe(0)
    room.say(room.react(2, id, LIKE), room.react(3, id, DISLIKE)).mine()
    expect(influenceAt(room.state, place)).toMatchObject({ influence: impactOf(480, 1) + impactOf(480, 2) + impactOf(480, 3), virality: 1000 })
    // The dislike of the third: 36 · −700/1000 moves the other target, too.
    expect(trustIn(room.state, room.place(3), room.place(0), 3)).toBe(-40)
    expect(trustIn(room.state, room.place(4), room.place(0), 3)).toBe(-25)
  })

  it('who refers to a meme has reacted to it; virality counts the last 32 blocks', () => {
    const room = new Room(4)
    room.say(room.meme(0, 'parent')).mine()
    room.say(room.meme(1, '', { ...drawing('child', FORMAT_REMIX), references: [idOf('parent')] })).mine()
    expect(influenceAt(room.state, placeOf(room, 'parent'))).toMatchObject({ virality: 500, reactions: [{ kind: 4, height: 2 }] })
    room.say(room.meme(1, 'second child', { references: [idOf('parent')] })).mine()
    expect(influenceAt(room.state, placeOf(room, 'parent')).reactions, 'once each').toHaveLength(1)
    room
      .mineTo(40)
      .say(room.react(2, idOf('parent'), LIKE))
      .mine()
    expect(influenceAt(room.state, placeOf(room, 'parent')).virality, 'the old reference is too old').toBe(500)
  }, 30_000)

  it('fame: an eighth of the quality, halved every 32 blocks, 300 at most (D-14)', () => {
    const room = new Room(4)
    expect(influenceOf(room.state, room.place(0), 0)).toBe(250)
    room.say(room.meme(0, '', drawing('the first of its kind'))).mine()
    expect(influenceOf(room.state, room.place(0), 1)).toBe(250 + 60)
    expect(influenceOf(room.state, room.place(0), 33)).toBe(250 + 30)
    expect(fadedFame(300, 5, 5)).toBe(300)
    for (let age = 0; age < 600; age++) {
      const exact = 300 * 2 ** (-age / 32)
      expect(Math.abs(fadedFame(300, 0, age) - exact)).toBeLessThanOrEqual(1)
    }
  })

  it('a war needs three on both sides', () => {
    const room = new Room(7)
    room.say(room.meme(0, 'tabs or spaces')).mine()
    const id = idOf('tabs or spaces')
    room.say(room.react(1, id, LOVE), room.react(2, id, LIKE), room.react(3, id, LOVE), room.react(4, id, DISLIKE), room.react(5, id, DISLIKE)).mine()
    const wars = () => [...recentDrama(room.state)].filter(({ kind }) => dramaName(kind) === 'meme-war')
    expect(wars()).toHaveLength(0)
    room.say(room.react(6, id, DISLIKE)).mine()
    expect(wars()).toMatchObject([{ level: 6, participants: [room.key(0), room.key(6)], refs: [id] }])
  })

  it('T021, F-25: drama is a ring; what leaves it is folded into one hash', () => {
    const edit = new Room(1).state.edit()
    for (let height = 1; height <= MAX_DRAMA_EVENTS + 3; height++) recordDrama(edit, 'bribe', height, [])
    const { count, events, folded } = edit.finish().view.social.drama
    expect([count, events.length]).toEqual([MAX_DRAMA_EVENTS + 3, MAX_DRAMA_EVENTS])
    const event = (height: number): DramaEvent => ({ height, kind: 9, level: 4, participants: [], refs: [] })
    let expected = new Uint8Array(32)
    for (const height of [1, 2, 3]) expected = foldDrama(expected, event(height)) as typeof expected
    expect(toHex(folded)).toBe(toHex(expected))
    expect(events.getReadonly(0).toValue().height).toBe(MAX_DRAMA_EVENTS + 1)
  })

  it(`S10: a meme has room for ${MAX_REACTIONS} reactions`, () => {
    const room = new Room(MAX_REACTIONS + 2)
    room.say(room.meme(0, 'popular')).mine()
    for (let who = 1; who <= MAX_REACTIONS; who++) room.say(room.react(who, idOf('popular'), LIKE))
    room.mine()
    expect(room.refusal(room.react(MAX_REACTIONS + 1, idOf('popular'), LIKE))).toBe('reactions-closed')
  }, 60_000)
})

describe('sketches', () => {
  it('overlap is 1000 with itself, symmetric, and near the exact share of common shingles', () => {
    const shingles = (bytes: Uint8Array) => new Set(Array.from({ length: Math.max(0, bytes.length - 3) }, (_, i) => bytes.subarray(i, i + 4).join()))
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 200, maxLength: 900 }), fc.uint8Array({ minLength: 200, maxLength: 900 }), fc.nat(900), (a, b, cut) => {
        const mixed = Uint8Array.from([...a.subarray(0, cut), ...b.subarray(0, 900 - cut)])
        const [one, other] = [sketchOf(a), sketchOf(mixed)]
        expect(overlap(one, one)).toBe(1000)
        expect(overlap(one, other)).toBe(overlap(other, one))
        const [x, y] = [shingles(a), shingles(mixed)]
        const common = [...x].filter(shingle => y.has(shingle)).length
        const exact = (1000 * common) / (x.size + y.size - common)
        // Four standard deviations of a share estimated from 64 draws.
        expect(Math.abs(overlap(one, other) - exact)).toBeLessThanOrEqual(280)
      }),
      { numRuns: 100 }
    )
  })

  it('short contents have one, too', () => {
    expect(overlap(sketchOf(utf8('a')), sketchOf(utf8('a')))).toBe(1000)
    expect(overlap(sketchOf(utf8('a')), sketchOf(utf8('b')))).toBe(0)
  })
})

describe('trust (T019, D-14)', () => {
  it('fades by a sixty-fourth every 32 blocks, to nothing after the steps that are counted', () => {
    expect(fadedTrust(1000, 0, 31)).toBe(1000)
    expect(fadedTrust(1000, 0, 32)).toBe(984)
    expect(fadedTrust(-1000, 31, 32), 'a step is a height, not an age').toBe(-984)
    expect(fadedTrust(1000, 0, 32 * (DECAY_STEPS - 1))).toBeGreaterThan(0)
    expect(fadedTrust(1000, 0, 32 * DECAY_STEPS)).toBe(0)
  })

  it('fading in one go or step by step is the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), fc.nat(10_000), fc.nat(10_000), (trust, between, later) => {
        const middle = fadedTrust(trust, 0, between)
        expect(fadedTrust(middle, between, between + later)).toBe(fadedTrust(trust, 0, between + later))
      })
    )
  })

  it('A → B and B → A are two; 64 are remembered, the faintest gives way; below 16 is forgotten', () => {
    const edit = new Room(70).state.edit()
    adjustTrust(edit, 0, 1, 100, 1)
    expect([trustIn(edit, 0, 1, 1), trustIn(edit, 1, 0, 1)]).toEqual([100, 0])
    adjustTrust(edit, 0, 1, -90, 1)
    expect(incomingTrust(edit, 1, 1), 'a trust of ten').toEqual([])
    for (let from = 1; from <= 64; from++) adjustTrust(edit, from, 0, 100 + from, 1)
    adjustTrust(edit, 65, 0, 50, 1)
    expect(trustIn(edit, 65, 0, 1), 'fainter than all').toBe(0)
    adjustTrust(edit, 65, 0, 500, 1)
    expect([trustIn(edit, 65, 0, 1), trustIn(edit, 1, 0, 1), trustIn(edit, 2, 0, 1)]).toEqual([500, 0, 102])
    const places = incomingTrust(edit, 0, 1).map(({ from }) => from)
    expect(places).toEqual([...places].sort((a, b) => a - b))
    expect(places).toHaveLength(64)
  })
})
