/**
 * `npm run kills [-- --renderers N --browsers N --servers N --minutes M --seed S]`: ends tabs, browsers and servers in the middle of their work and prints what was left.
 * Bounded by time; exit code 1 when anything was torn, lost or signed twice.
 */
import { parseArgs } from 'node:util'
import { KillRange, type KillFigures } from '../e2e/support/kills'

const { values } = parseArgs({
  options: {
    renderers: { type: 'string', default: '200' },
    browsers: { type: 'string', default: '100' },
    servers: { type: 'string', default: '100' },
    minutes: { type: 'string', default: '60' },
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
    ['server killed', Number(values.servers), kills => range.killServers(kills)]
  ]
  console.log('what              kills  torn  lost finals  double votes  databases thrown away  back at the tip  slowest, s')
  for (const [what, kills, run] of rows) {
    const total: KillFigures = { kills: 0, torn: 0, lost: 0, doubleVotes: 0, thrownAway: 0, back: 0, slowestReturnMs: 0 }
    while (total.kills < kills && Date.now() < endAt) {
      const figures = await run(1)
      for (const key of ['kills', 'torn', 'lost', 'thrownAway', 'back'] as const) total[key] += figures[key]
      for (const key of ['doubleVotes', 'slowestReturnMs'] as const) total[key] = Math.max(total[key], figures[key])
    }
    bad += total.torn + total.lost + total.doubleVotes + (total.kills - total.back)
    const cells = [total.kills, total.torn, total.lost, total.doubleVotes, total.thrownAway, total.back].map((cell, i) =>
      String(cell).padStart([5, 6, 13, 14, 23, 17][i]!)
    )
    console.log(`${what.padEnd(18)}${cells.join('')}${(total.slowestReturnMs / 1000).toFixed(1).padStart(12)}`)
  }
} finally {
  await range.close()
}
process.exitCode = bad === 0 ? 0 : 1
