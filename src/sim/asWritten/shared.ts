/** What any of the seeds gets wrong alike: promises that live in memory only. */
import type { Fault, FaultPlan } from '../faultPlan'
import { Random, streams } from '../random'
import { asWritten } from './asWritten'
import { onStage, openLab } from './lab'

/** Virtual time of a run, ms. */
const RUN_MS = 120_000
const HEAL_MS = 118_000
/** Three honest nodes, and one that shows two blocks at its turn. */
const HONEST = [0, 1, 2]
const LIAR = 3
/** Each honest node loses its power about once a second, for less than the blink of an eye. */
const CRASH_EVERY_MS = [500, 1500] as const
const OFF_MS = [30, 60] as const
/** Votes travel long enough for a crash to fall between a vote and the certificate that it becomes part of: what has a certificate is not voted on again. */
const LATENCY_MS = [50, 400] as const

function crashes(seed: number): FaultPlan {
  const random = new Random(seed, streams.plan)
  const faults: Fault[] = [{ kind: 'liar', node: LIAR, lie: 'equivocate' }]
  for (const node of HONEST) {
    for (let at = 1000; at < HEAL_MS; at += random.between(...CRASH_EVERY_MS))
      faults.push({ kind: 'crash', node, writes: 'lost', at, until: at + random.between(...OFF_MS) })
  }
  return faults
}

export const votesNotPersisted = asWritten({
  id: 'votes-not-persisted',
  family: 'all',
  seeds: ['000', '001', '002', '004'],
  flaws: ['F-12'],
  seedRule: 'A node knows what it has voted for as long as it runs.',
  soundRule: 'A vote leaves the node after its row was read and written in one transaction (R6).',
  seen: 'Nodes lose their power for a moment, come back and vote once more at the same height, for another block; one of four shows two blocks at its turn. In most runs that makes two blocks final.',
  storedSeed: 1,
  measures: {
    broken: { label: 'promises broken until the first fork, or in 120 s', unit: '', expected: '> 0' },
    forked: { label: 'heights with two final blocks, until the first one or 120 s', unit: '', expected: '1' },
    heights: { label: 'heights final', unit: '' }
  },
  run(soundRule, seed, platform) {
    const lab = openLab(
      {
        seed,
        nodes: HONEST.length + 1,
        endsAtFork: true,
        family: onStage,
        ...(soundRule ? {} : { mutant: { forgetVotes: true } }),
        scenario: { byzantine: 1, virtualMs: RUN_MS, healAtMs: HEAL_MS, latencyMs: LATENCY_MS },
        plan: crashes(seed)
      },
      platform
    ).runUntil(RUN_MS)
    const broken = lab.violations.filter(({ invariant }) => invariant === 'S5').length
    return { figures: { broken, forked: lab.forkedHeights() + lab.refusals, heights: lab.topHeight() }, violation: lab.violation('S1') ?? lab.violation() }
  },
  failed: ({ broken, forked }) => broken > 0 && forked > 0
})
