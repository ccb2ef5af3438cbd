/** What any of the seeds gets wrong alike: promises that live in memory only. */
import { STANDARD } from '../scenario'
import { asWritten } from './asWritten'
import { onStage, openLab } from './lab'

/** Virtual time of a run, and until when messages are lost and nodes crash. */
const RUN_MS = 120_000
const HEAL_MS = 110_000

export const votesNotPersisted = asWritten({
  id: 'votes-not-persisted',
  family: 'all',
  seeds: ['000', '001', '002', '004'],
  flaws: ['F-12'],
  seedRule: 'A node knows what it has voted for as long as it runs.',
  soundRule: 'A vote leaves the node after its row was read and written in one transaction (R6).',
  seen: 'Nodes crash, come back and vote once more at the same height, for another block; one of four shows two blocks at its turn. Now and then that makes two blocks final.',
  storedSeed: 311,
  measures: {
    broken: { label: 'promises broken until the first fork, or in 120 s', unit: '', expected: '> 0' },
    forked: { label: 'heights with two final blocks, until the first one or 120 s', unit: '', expected: '1, in 3.6 % of the seeds' },
    heights: { label: 'heights final', unit: '' }
  },
  run(soundRule, seed, platform) {
    const { latencyMs, lossMilli, duplicateMilli, delayMilli, extraDelayMs, reorderMilli, partitionMilli } = STANDARD
    const network = { latencyMs, lossMilli, duplicateMilli, delayMilli, extraDelayMs, reorderMilli, partitionMilli }
    const lab = openLab(
      {
        seed,
        nodes: 4,
        endsAtFork: true,
        family: onStage,
        ...(soundRule ? {} : { mutant: { forgetVotes: true } }),
        scenario: { ...network, byzantine: 1, liars: ['equivocate'], crashMilli: 300, virtualMs: RUN_MS, healAtMs: HEAL_MS }
      },
      platform
    ).runUntil(RUN_MS)
    const broken = lab.violations.filter(({ invariant }) => invariant === 'S5').length
    return { figures: { broken, forked: lab.forkedHeights() + lab.refusals, heights: lab.topHeight() }, violation: lab.violation('S1') ?? lab.violation() }
  },
  failed: ({ broken, forked }) => broken > 0 && forked > 0
})
