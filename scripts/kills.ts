/**
 * `npm run kills [-- --renderers N --browsers N --servers N --wiped N --full N --twin-heights N --minutes M --seed S]`: ends tabs, browsers and servers in the middle of their
 * work, erases databases, fills the disk, lets two tabs sign with one key, and prints what was left. Bounded by time; exit code 1 when anything was torn, lost or signed
 * twice, or when the time did not suffice for all.
 */
import { parseArgs } from 'node:util'
import { KillRange, type KillFigures } from '../e2e/support/kills'

const { values } = parseArgs({
  options: {
    renderers: { type: 'string', default: '200' },
    browsers: { type: 'string', default: '100' },
    servers: { type: 'string', default: '100' },
    wiped: { type: 'string', default: '10' },
    full: { type: 'string', default: '5' },
    'twin-heights': { type: 'string', default: '1000' },
    minutes: { type: 'string', default: '120' },
    seed: { type: 'string', default: '1' }
  }
})

const endAt = Date.now() + Number(values.minutes) * 60_000
const range = await KillRange.open(Number(values.seed))
let bad = 0
try {
  const rows: [string, number, (kills: number) => Promise<KillFigures>][] = [
    ['renderer crashed', Number(values.renderers), kills => range.crashRenderers(kills)],
    ['browser killed', Number(values.browsers), kills => range.killBrowsers(kills)],
    ['server killed', Number(values.servers), kills => range.killServers(kills)],
    ['database erased', Number(values.wiped), kills => range.wipeDatabases(kills)],
    ['disk full', Number(values.full), times => range.fillDisks(times)]
  ]
  console.log('what              kills  torn  lost finals  double votes  databases thrown away  back at the tip  slowest, s')
  for (const [what, kills, run] of rows) {
    const total: KillFigures = { kills: 0, torn: 0, lost: 0, doubleVotes: 0, thrownAway: 0, back: 0, slowestReturnMs: 0 }
    if (kills === 0) continue
    while (total.kills < kills && Date.now() < endAt) {
      const figures = await run(1)
      for (const key of ['kills', 'torn', 'lost', 'thrownAway', 'back'] as const) total[key] += figures[key]
      for (const key of ['doubleVotes', 'slowestReturnMs'] as const) total[key] = Math.max(total[key], figures[key])
    }
    bad += total.torn + total.lost + total.doubleVotes + (kills - total.back)
    const cells = [total.kills, total.torn, total.lost, total.doubleVotes, total.thrownAway, total.back].map((cell, i) =>
      String(cell).padStart([5, 6, 13, 14, 23, 17][i]!)
    )
    console.log(`${what.padEnd(18)}${cells.join('')}${(total.slowestReturnMs / 1000).toFixed(1).padStart(12)}`)
  }
  const heights = Number(values['twin-heights'])
  if (heights > 0) {
    const twins = await range.twinKeys(heights)
    // Where neither ever held back, the two have not been at work together, and nothing was shown.
    bad += twins.doubleVotes + twins.forks + (twins.heldBack.every(count => count === 0) ? 1 : 0)
    console.log(
      `two tabs, one key, no lock: ${twins.heights} heights, ${twins.doubleVotes} double votes, ${twins.forks} final blocks that differ; held back at ${twins.heldBack.join(' and ')} heights`
    )
  }
} finally {
  await range.close()
}
process.exitCode = bad === 0 ? 0 : 1
