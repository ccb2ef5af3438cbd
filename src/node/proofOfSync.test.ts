import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { GateRules } from '../core/families/family'
import { medianLead, ProofOfSync, syncStateOf, takeSnapshot } from './proofOfSync'
import type { NetworkSnapshot, SyncFacts } from './proofOfSync'

const RULES: GateRules = { minReadyPeers: 1, maxDesyncBlocks: 2, eligibleStreak: 3, snapshotMs: 1000 }
const facts = (leads: readonly number[], solo = false): SyncFacts => ({ localHeight: 100, tipHash: 'aa', leads, solo })

/** One snapshot a second, each with these leads. */
function series(seconds: readonly (readonly number[])[], rules = RULES, solo = false): NetworkSnapshot[] {
  const taken: NetworkSnapshot[] = []
  seconds.forEach((leads, second) => taken.push(takeSnapshot(taken.at(-1) ?? null, facts(leads, solo), rules, 1000 * second)))
  return taken
}

describe("the network's height (V030, D-40)", () => {
  it('V030: of three or more peers one liar moves the median no further than an honest peer stands', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -3, max: 3 }), { minLength: 2, maxLength: 9 }), fc.integer({ min: -1_000_000, max: 1_000_000 }), (honest, lie) => {
        const lead = medianLead([...honest, lie])!
        expect(lead).toBeGreaterThanOrEqual(Math.min(...honest, 0))
        expect(lead).toBeLessThanOrEqual(Math.max(...honest, 0))
      })
    )
  })

  it('of two middle values the one nearer to this node counts, so that one of two peers cannot bar it', () => {
    expect(medianLead([0, 1_000_000])).toBe(0)
    expect(medianLead([-500, 1])).toBe(1)
    expect(medianLead([4, 6, 5, 90])).toBe(5)
  })

  it('with no peer it is unknown', () => {
    expect(medianLead([])).toBeNull()
    expect(takeSnapshot(null, facts([]), RULES, 0)).toMatchObject({ networkHeight: null, lag: 0, state: 'Isolated', readyPeers: 0 })
  })
})

describe('a snapshot (V009, V028, V029, V031–V036)', () => {
  it('V028, V029, V031: holds head, ready peers and a signed lag (F-52)', () => {
    expect(takeSnapshot(null, facts([1, 1, 1]), RULES, 7)).toMatchObject({ at: 7, localHeight: 100, tipHash: 'aa', readyPeers: 3, networkHeight: 101, lag: 1 })
    expect(takeSnapshot(null, facts([-4]), RULES, 7)).toMatchObject({ networkHeight: 96, lag: -4 })
  })

  it.each([
    [0, 0, 'Isolated'],
    [1, 0, 'AtTip'],
    [1, 1, 'CatchingUp'],
    [1, 2, 'CatchingUp'],
    [1, 3, 'Behind'],
    [1, -1, 'AtTip'],
    [1, -2, 'AtTip'],
    [1, -3, 'TooFarAhead']
  ])('V032–V035, V080, F-52, F-60: %i peers and a lag of %i mean %s', (peers, lag, state) => {
    expect(syncStateOf(peers, lag, 2)).toBe(state)
  })

  it('V036: nobody can change it after it was made', () => {
    const snapshot = takeSnapshot(null, facts([0]), RULES, 0)
    expect(Object.isFrozen(snapshot) && Object.isFrozen(snapshot.failing)).toBe(true)
  })

  it('V032, V033, V100: within the tolerance the streak grows, outside it starts anew', () => {
    expect(series([[0], [0], [1], [0], [3], [0], [-3], [2]]).map(({ eligibleStreak }) => eligibleStreak)).toEqual([1, 2, 3, 4, 0, 1, 0, 1])
  })

  it('a gap longer than three snapshots, and a clock set back, break the streak: a tab that slept knows nothing of now', () => {
    const level = takeSnapshot(series([[0], [0], [0]]).at(-1)!, facts([0]), RULES, 5000)
    expect(level.eligibleStreak).toBe(4)
    expect(takeSnapshot(level, facts([0]), RULES, 8001).eligibleStreak).toBe(1)
    expect(takeSnapshot(level, facts([0]), RULES, 4999).eligibleStreak).toBe(1)
  })
})

describe('eligible (V003, V010, V095–V101)', () => {
  /** Level for `streak` snapshots with this many peers, then one with this lag. */
  const afterStreak = (streak: number, lag: number, peers: number): NetworkSnapshot => {
    const before = streak <= 1 ? null : { ...takeSnapshot(null, facts([0]), RULES, 0), eligibleStreak: streak - 1 }
    return takeSnapshot(before, facts(Array.from({ length: peers }, () => lag)), RULES, 1000)
  }

  it('V095–V099: the whole truth table of peers, lag and streak', () => {
    for (const peers of [0, 1, 2])
      for (const lag of [-3, -2, 0, 2, 3])
        for (const streak of [1, 2, 3, 4]) {
          const { eligible, failing } = afterStreak(streak, lag, peers)
          const within = peers > 0 && Math.abs(lag) <= 2
          const expected = { lag: peers > 0 && !within, peers: peers < 1, streak: !within || streak < 3 }
          expect(failing, `${peers} peers, lag ${lag}, streak ${streak}`).toEqual((['lag', 'peers', 'streak'] as const).filter(check => expected[check]))
          expect(eligible).toBe(peers >= 1 && within && streak >= 3)
        }
  })

  it('V098: the third snapshot in a row opens the gate', () => {
    expect(series([[0], [0], [0], [0]]).map(({ eligible }) => eligible)).toEqual([false, false, true, true])
  })

  it('V097: more peers may be asked for, and the streak goes on while they are few', () => {
    const rules = { ...RULES, minReadyPeers: 2 }
    const taken = series([[0], [0], [0], [0, 0]], rules)
    expect(taken.map(({ eligible }) => eligible)).toEqual([false, false, false, true])
    expect(taken[2]!.failing).toEqual(['peers'])
  })

  it('V101, F-59: heights that jump by up to two never close the gate once it is open', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 3, maxLength: 60 }), lags => {
        expect(
          series(lags.map(lag => [lag]))
            .slice(2)
            .every(({ eligible }) => eligible)
        ).toBe(true)
      })
    )
  })

  it('F-59: by the rule of the seed, streaks of lag 0 only, a peer that is a block ahead in one of three looks bars a node for most of the time', () => {
    const jumpy = Array.from({ length: 300 }, (_, second) => (second % 3 === 0 ? 1 : 0))
    let streak = 0
    const asWritten = jumpy.filter(lag => (streak = lag === 0 ? streak + 1 : 0) >= 3).length
    const ours = series(jumpy.map(lag => [lag])).filter(({ eligible }) => eligible).length
    expect([asWritten, ours]).toEqual([0, 298])
  })

  it('V111, F-60: who is cut off stops, and is back three snapshots after its peers', () => {
    const taken = series([[0], [0], [0], [], [], [5], [1], [0], [0]])
    expect(taken.map(({ eligible }) => eligible)).toEqual([false, false, true, false, false, false, false, false, true])
    expect(taken.map(({ state }) => state)).toEqual(['AtTip', 'AtTip', 'AtTip', 'Isolated', 'Isolated', 'Behind', 'CatchingUp', 'AtTip', 'AtTip'])
  })

  it('V023, F-53: where no peer is asked for, or this node is the whole validator set, it needs none', () => {
    expect(series([[], [], []], { ...RULES, minReadyPeers: 0 }).map(({ eligible }) => eligible)).toEqual([false, false, true])
    expect(series([[], [], []], RULES, true).map(({ eligible }) => eligible)).toEqual([false, false, true])
    expect(series([[], [], []]).map(({ eligible }) => eligible)).toEqual([false, false, false])
  })

  it('V142: naps do not pay: whoever is away in every third snapshot never gets a turn', () => {
    expect(series(Array.from({ length: 30 }, (_, second) => (second % 3 === 2 ? [9] : [0]))).some(({ eligible }) => eligible)).toBe(false)
  })
})

describe('when snapshots are taken (V025, V027, V153)', () => {
  const observeAt = (sync: ProofOfSync, times: readonly number[], rules: GateRules | undefined = RULES): number[] =>
    times.filter(now => {
      if (!sync.isDue(now)) return false
      sync.observe(rules, () => facts([0]), now)
      return true
    })

  it('V025, V027: one a second, however often anybody looks', () => {
    const looks = Array.from({ length: 41 }, (_, i) => i * 250)
    expect(observeAt(new ProofOfSync(), looks)).toEqual([0, 1000, 2000, 3000, 4000, 5000, 6000, 7000, 8000, 9000, 10_000])
  })

  it('V153: the interval is a parameter', () => {
    expect(observeAt(new ProofOfSync(), [0, 200, 500, 700, 1000], { ...RULES, snapshotMs: 500 })).toEqual([0, 500, 1000])
  })

  it('a clock that is set back does not stop them', () => {
    const sync = new ProofOfSync()
    observeAt(sync, [10_000])
    expect(sync.isDue(10_500)).toBe(false)
    expect(observeAt(sync, [4000, 4500, 5000])).toEqual([4000, 5000])
  })

  it('without a family that asks there are none, and no wake for them; they begin when it comes', () => {
    const sync = new ProofOfSync()
    sync.observe(undefined, () => facts([0]), 0)
    expect([sync.latest, sync.wakeAt]).toEqual([null, Infinity])
    sync.observe(RULES, () => facts([0]), 1000)
    expect([sync.latest?.eligibleStreak, sync.wakeAt]).toEqual([1, 2000])
    sync.observe(undefined, () => facts([0]), 2000)
    expect(sync.latest).toBeNull()
  })

  it('V128: a snapshot is worth a line when state or eligibility change', () => {
    const sync = new ProofOfSync()
    const told = [[0], [0], [0], [0], [1], [1], []].map((leads, second) => sync.observe(RULES, () => facts(leads), 1000 * second)?.state ?? null)
    expect(told).toEqual(['AtTip', null, 'AtTip', null, 'CatchingUp', null, 'Isolated'])
  })
})
