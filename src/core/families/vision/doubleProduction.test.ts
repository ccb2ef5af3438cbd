/**
 * F-55, V107: how often do winner and first backup both produce? A model of two nodes, with the timing of the seed and with ours; everything else (draw, execution,
 * votes) is left out. It exists for this comparison only.
 */
import { describe, expect, it } from 'vitest'
import { u32le } from '../../bytes'
import { taggedHash } from '../../crypto/hash'
import { indexOfDraw, u64FromSeed } from './lottery'
import { DEFAULT_JITTER_MAX_MS, DEFAULT_JITTER_MIN_MS, DEFAULT_SLOT_MS } from './parameters'

const HEIGHTS = 4000
const SNAPSHOT_MS = 1000
const TICK_MS = 250

/** Whole numbers below n, always the same ones. */
function dice(seed: number): (n: number) => number {
  let drawn = 0
  return n => indexOfDraw(u64FromSeed(taggedHash('model', u32le(seed), u32le(drawn++))), n)
}

interface Draws {
  /** Delay of the parent to each node, and of the winner's block to the backup. */
  delays: readonly [number, number, number]
  jitters: readonly [number, number]
  /** Phase of each node's snapshots and ticks. */
  snapshotAt: readonly [number, number]
  tickAt: readonly [number, number]
}

function drawsFor(roll: (n: number) => number, latencyMs: number): Draws {
  const delay = (): number => Math.floor(latencyMs / 2) + roll(latencyMs + 1)
  const jitter = (): number => DEFAULT_JITTER_MIN_MS + roll(DEFAULT_JITTER_MAX_MS - DEFAULT_JITTER_MIN_MS)
  return {
    delays: [delay(), delay(), delay()],
    jitters: [jitter(), jitter()],
    snapshotAt: [roll(SNAPSHOT_MS), roll(SNAPSHOT_MS)],
    tickAt: [roll(TICK_MS), roll(TICK_MS)]
  }
}

/** The first beat of a clock at or after `time`. */
const nextBeat = (time: number, phase: number, period: number): number => phase + Math.ceil((time - phase) / period) * period

/**
 * As the seed is written: a node notices a tip by its next snapshot and then its next tick, waits slot and jitter, and looks at the newest snapshot once more, which is up to a
 * second old.
 */
function bothProduceAsWritten({ delays, jitters, snapshotAt, tickAt }: Draws): boolean {
  const noticedAt = [0, 1].map(node => nextBeat(nextBeat(delays[node]!, snapshotAt[node]!, SNAPSHOT_MS), tickAt[node]!, TICK_MS))
  const producedAt = noticedAt[0]! + jitters[0]
  const backupAt = noticedAt[1]! + DEFAULT_SLOT_MS + jitters[1]
  const seenAt = nextBeat(producedAt + delays[2], snapshotAt[1], SNAPSHOT_MS)
  return backupAt < seenAt
}

/** Ours: slots count from the parent's timestamp, jitter lies inside the slot, and what has arrived by then is known. */
function bothProduceAnchored({ delays, jitters }: Draws): boolean {
  const producedAt = Math.max(jitters[0], delays[0])
  const backupAt = Math.max(DEFAULT_SLOT_MS + jitters[1], delays[1])
  return backupAt < producedAt + delays[2]
}

function share(both: (draws: Draws) => boolean, latencyMs: number): number {
  const roll = dice(latencyMs)
  let count = 0
  for (let height = 0; height < HEIGHTS; height++) if (both(drawsFor(roll, latencyMs))) count++
  return count / HEIGHTS
}

describe('F-55, V107, V141: double production', () => {
  it.each([
    [20, 0.06, 0.1],
    [100, 0.1, 0.17],
    [300, 0.18, 0.29]
  ])('at %i ms latency: the timing of the seed yields two blocks in every fourteenth to fourth height, anchored slots never', (latencyMs, least, most) => {
    const asWritten = share(bothProduceAsWritten, latencyMs)
    expect(asWritten).toBeGreaterThan(least)
    expect(asWritten).toBeLessThan(most)
    expect(share(bothProduceAnchored, latencyMs)).toBe(0)
  })

  it('the model can see a double production of anchored slots: with a delay beyond the slot', () => {
    expect(share(bothProduceAnchored, 3000)).toBeGreaterThan(0.2)
  })
})
