/** A producer's day on a live node (seed 000): how it begins, what a turn is made of, what it does besides, and how it ends. Real runtimes on a network in memory. */
import { describe, expect, it } from 'vitest'
import { encode } from '../core/codec'
import { createSigner } from '../core/crypto/ed25519'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createAsyncVerifier } from '../core/crypto/verifier'
import { createGenesis } from '../core/genesis'
import { Genesis } from '../core/schema'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { MemoryMedium, MemoryStore } from '../platform/memoryStore'
import type { CoreEvent, Effect, Input } from './messages'
import type { NodeStore } from './ports'
import type { Opening } from './runtime'
import { NodeRuntime } from './runtime'
import { Hub, TestClock } from './testing/live'
import { TEST_TIME } from '../core/testing/network'

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
const fast = createNodeFast()
const verifier = createAsyncVerifier({ cache: new VerificationCache(), fast: { verify: async check => fast.verify(check) } })
const secretOf = (index: number): Uint8Array => new Uint8Array(32).fill(index + 1)
const publicKeyOf = (index: number): Uint8Array => createSigner(secretOf(index), nodeFastSign).publicKey
const FOUNDERS = 4
/** What the founders' blocks are apart. */
const INTERVAL_MS = 2000

interface Seen {
  input: Input['type'] | 'open'
  effects: readonly Effect[]
  now: number
}

interface Live {
  runtime: NodeRuntime
  seen: Seen[]
}

class LiveRoom {
  readonly clock = new TestClock(settle)
  readonly hub = new Hub(this.clock)
  readonly genesis = encode(
    Genesis,
    createGenesis({
      name: 'a day',
      time: TEST_TIME,
      salt: new Uint8Array(32),
      founders: Array.from({ length: FOUNDERS }, (_, i) => ({ publicKey: publicKeyOf(i), name: `Agent ${i}` }))
    })
  )

  async open(index: number, store: NodeStore = new MemoryStore(new MemoryMedium())): Promise<Live> {
    const seen: Seen[] = []
    const runtime = await NodeRuntime.open({
      store,
      network: this.hub.member(`peer ${index}`),
      identity: { secretKey: secretOf(index), name: `Agent ${index}` },
      genesis: this.genesis,
      role: 'full',
      clock: this.clock,
      verifier,
      fastSign: nodeFastSign,
      version: 'test',
      onInput: (input: Input | Opening, now, effects) => void seen.push({ input: input.type, effects, now })
    })
    return { runtime, seen }
  }

  async founders(): Promise<Live[]> {
    const lives: Live[] = []
    for (let i = 0; i < FOUNDERS; i++) lives.push(await this.open(i))
    return lives
  }
}

const eventsOf = ({ seen }: Live): { event: CoreEvent; now: number }[] =>
  seen.flatMap(({ effects, now }) => effects.flatMap(effect => (effect.type === 'event' ? [{ event: effect.event, now }] : [])))
const finalHeight = ({ runtime }: Live): number => runtime.slices().chain.finalHeight

describe('P105, P106: how it begins', () => {
  it('it connects, catches up, asks to be a member, and makes its first block only when the chain has let it in', async () => {
    const room = new LiveRoom()
    const lives = await room.founders()
    await room.clock.runFor(12_000)
    const guest = await room.open(FOUNDERS)
    await room.clock.runFor(60_000)
    const first = (is: (seen: Seen) => boolean): number => guest.seen.findIndex(is)
    const tells = (kind: CoreEvent['kind']) => first(({ effects }) => effects.some(effect => effect.type === 'event' && effect.event.kind === kind))
    const connected = first(({ input }) => input === 'links')
    const synced = tells('final')
    const asked = first(({ effects }) => effects.some(effect => effect.type === 'publish' && effect.topic === 'tx'))
    expect(asked).toBeGreaterThanOrEqual(0)
    const letIn = tells('registered')
    const made = tells('proposed')
    // It may ask before anybody hears it, and asks again; what counts is when the chain has taken it in.
    for (const [earlier, later] of [
      [connected, synced],
      [asked, letIn],
      [synced, letIn],
      [letIn, made]
    ] as const) {
      expect(earlier).toBeGreaterThanOrEqual(0)
      expect(earlier).toBeLessThan(later)
    }
    for (const { runtime } of [...lives, guest]) await runtime.stop()
  })
})

describe('P108, P110: what a turn is made of', () => {
  it('produce, propagate, handle the result, then wait for the next interval', async () => {
    const room = new LiveRoom()
    const lives = await room.founders()
    await room.clock.runFor(20_000)
    const attempts = lives.flatMap(({ runtime }) => runtime.agent.view().attempts).filter(({ outcome }) => outcome === 'accepted')
    expect(attempts.length).toBeGreaterThanOrEqual(8)
    for (const { steps } of attempts) {
      expect(steps.map(({ name }) => name)).toEqual(['select', 'build', 'store', 'announce', 'notarised', 'result'])
      for (const [i, { at }] of steps.entries()) if (i > 0) expect(at).toBeGreaterThanOrEqual(steps[i - 1]!.at)
    }
    const starts = lives[0]!.runtime.agent
      .view()
      .attempts.map(({ startedAt }) => startedAt)
      .sort((a, b) => a - b)
    for (const [i, start] of starts.entries()) if (i > 0) expect(start - starts[i - 1]!).toBeGreaterThanOrEqual(INTERVAL_MS)
    // P029: what it builds on is the head that it shows, and everybody else's.
    const heads = lives.map(({ runtime }) => runtime.status())
    for (const { height, headHash } of heads) {
      expect(lives[0]!.runtime.slices().chain.blocks.find(({ hash }) => hash === headHash)?.height).toBe(height)
      expect(headHash).toBe(heads[0]!.headHash)
    }
    for (const { runtime } of lives) await runtime.stop()
  })
})

describe('P109, F-34: what it does besides', () => {
  const SOCIAL = {
    toml: '[meme_config]\nenabled = true\nquality_threshold = 0\n[social_config]\nalliance_formation = true\ninfluence_threshold = 0\n',
    script: null
  }

  async function day(social: boolean): Promise<{ heights: number; told: string[]; made: number }> {
    const room = new LiveRoom()
    const lives = await room.founders()
    if (social) for (const { runtime } of lives) expect((await runtime.agent.run(SOCIAL)).ok).toBe(true)
    await room.clock.runFor(60_000)
    const heights = Math.min(...lives.map(finalHeight))
    const told = lives.flatMap(({ runtime }) => (runtime.agent.view().social?.told ?? []).map(({ text }) => text))
    const made = eventsOf(lives[0]!).filter(({ event }) => event.kind === 'social').length
    for (const { runtime } of lives) await runtime.stop()
    return { heights, told, made }
  }

  it('memes, alliances and words cost not one height', async () => {
    const [plain, social] = [await day(false), await day(true)]
    expect(plain.told).toEqual([])
    expect(social.told.join('\n')).toMatch(/Proposed an alliance/)
    expect(social.told.join('\n')).toMatch(/Made a meme/)
    expect(social.made).toBeGreaterThan(3)
    expect(social.heights).toBeGreaterThanOrEqual(plain.heights)
  })
})

describe('P114: one that fails', () => {
  it('says so under its own name and leaves the others alone', async () => {
    const room = new LiveRoom()
    const lives = [await room.open(0), await room.open(1), await room.open(2)]
    const store = new MemoryStore(new MemoryMedium())
    const broken = await room.open(3, store)
    await room.clock.runFor(6000)
    const before = finalHeight(lives[0]!)
    // Its disk is gone from under it: no promise can be kept any more.
    store.castVote = () => Promise.reject(new Error('the disk is gone'))
    await room.clock.runFor(20_000)
    expect(finalHeight(lives[0]!)).toBeGreaterThan(before + 5)
    const troubled = ({ runtime }: Live): string[] =>
      runtime.log.lines().flatMap(({ level, scope, text }) => (level !== 'info' && scope === 'store' ? [text] : []))
    expect(troubled(broken).join()).toContain('the disk is gone')
    expect(lives.flatMap(troubled)).toEqual([])
    // It makes nothing that it could not stand by, and knows that others were faster.
    const late = broken.runtime.agent.view().attempts.filter(({ height }) => height > before + 1)
    expect(late.length).toBeGreaterThan(3)
    for (const { outcome, steps } of late) {
      expect(outcome).not.toBe('accepted')
      expect(steps.some(({ name }) => name === 'announce')).toBe(false)
    }
    expect(broken.runtime.status().name).toBe('Agent 3')
    for (const { runtime } of [...lives, broken]) await runtime.stop()
  })
})

describe('P111, P115: how it ends', () => {
  it('all of them stop, and leave no timer, no link and no open store behind', async () => {
    const room = new LiveRoom()
    const stores = Array.from({ length: FOUNDERS }, () => new MemoryStore(new MemoryMedium()))
    const lives: Live[] = []
    for (const [i, store] of stores.entries()) lives.push(await room.open(i, store))
    for (const { runtime } of lives) await runtime.agent.run({ toml: '[social_config]\nalliance_formation = true\n', script: null })
    await room.clock.runFor(9000)
    expect(room.clock.waiting).toBeGreaterThan(0)
    await Promise.all(lives.map(({ runtime }) => runtime.stop()))
    const heights = lives.map(finalHeight)
    const counted = lives.map(({ seen }) => seen.length)
    expect(room.hub.members.size).toBe(0)
    // What was on its way arrives nowhere; nobody has left an alarm for himself.
    await room.clock.runFor(60_000)
    expect(room.clock.waiting).toBe(0)
    expect(lives.map(({ seen }) => seen.length)).toEqual(counted)
    expect(lives.map(finalHeight)).toEqual(heights)
    for (const { runtime } of lives) await expect(runtime.stop()).resolves.toBeUndefined()
  })
})
