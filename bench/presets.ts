/**
 * `npm run presets [-- --write]`: the four example configurations in one simulated room, side by side; with `--write` into docs/PRESETS.md and into the file that the page shows. Deterministic: the same figures on every machine.
 * With `--tabs` in four real tabs instead, which takes some minutes; each way writes its own half of the page.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { PRESETS } from '../src/agent/config/presets'
import { parseConfig } from '../src/agent/config/toml'
import { createNodeFast, nodeFastSign } from '../src/platform/crypto/nodeFast'
import { MODEL_VRF } from '../src/sim/modelVrf'
import { PRESET_ROOM, runPresets } from '../src/sim/presetRoom'
import type { PresetFigures } from '../src/sim/presetRoom'
import { runPresetTabs } from './presetTabs'
import type { TabFigures } from './presetTabs'

const FILE = new URL('../docs/PRESETS.md', import.meta.url)
const SHOWN = new URL('../src/app/screens/agent/presetFigures.json', import.meta.url)

const configs = Object.fromEntries(
  PRESETS.map(name => {
    const { config } = parseConfig(readFileSync(new URL(`../public/agents/${name}.toml`, import.meta.url), 'utf8'))
    if (config === null) throw new Error(`${name}.toml is no configuration`)
    return [name, config]
  })
)

const percent = (milli: number): string => `${Math.round(milli / 10)} %`

const ROWS: readonly [string, (figures: PresetFigures) => string | number][] = [
  ['blocks made', ({ made }) => made],
  ['of them final', ({ final }) => final],
  ['accepted of those decided (P103)', ({ acceptance }) => percent(acceptance)],
  ['approving opinions on final blocks', ({ liked }) => percent(liked)],
  ['transactions per final block', ({ transactionsPerBlock }) => transactionsPerBlock],
  ['own limit of transactions used', ({ fill }) => percent(fill)],
  ['memes on the chain', ({ memes }) => memes],
  ['their mean quality', ({ memeQuality, memes }) => (memes === 0 ? '–' : memeQuality)],
  ['reactions to them', ({ reactions }) => reactions],
  ['alliances proposed', ({ proposed }) => proposed],
  ['alliances formed, proposed by anybody', ({ alliances }) => alliances],
  ['words of support or blame', ({ gestures }) => gestures],
  ['mean influence at the end', ({ influence }) => influence]
]

const TAB_ROWS: readonly [string, (figures: TabFigures) => string | number][] = [
  ['blocks made', ({ made }) => made],
  ['of them final', ({ accepted }) => accepted],
  ['accepted of those decided (P103)', ({ acceptanceMilli }) => (acceptanceMilli === null ? '–' : percent(acceptanceMilli))],
  ['own limit of transactions used', ({ fillMilli }) => (fillMilli === null ? '–' : percent(fillMilli))],
  ['memes made', ({ memes }) => memes],
  ['alliances proposed in the last 100 heights', ({ proposed }) => proposed],
  ['of them formed', ({ formed }) => formed],
  ['words of support or blame', ({ gestures }) => gestures],
  ['influence at the end', ({ influence }) => influence]
]

const TABS_HEADING = '## In four real tabs'

function tableOf<T>(names: readonly string[], rows: readonly [string, (figures: T) => string | number][], figures: readonly T[]): string {
  return `| | ${names.join(' | ')} |
|---|${names.map(() => '---|').join('')}
${rows.map(([label, of]) => `| ${label} | ${figures.map(of).join(' | ')} |`).join('\n')}
`
}

interface Made {
  text: string
  /** For the page; null: it shows nothing of this. */
  shown: string | null
}

function simulated(): Made {
  const room = runPresets({ ...PRESET_ROOM, configs }, { fastVerify: createNodeFast(), fastSign: nodeFastSign, vrf: MODEL_VRF })
  const { seed, each, blockIntervalMs, transfersPerMinute, heights } = PRESET_ROOM
  const text = `# What the four examples make of one room

Made by \`npm run presets -- --write\`; do not edit. Family chaos, where opinions count, ${each} nodes for each example, personalities in turn, a block every ${blockIntervalMs / 1000} s, ${transfersPerMinute} transfers a minute, seed
${seed}, until each example has made at least ${heights} final blocks: ${room.finalHeight} heights in ${Math.round(room.virtualMs / 1000)} virtual seconds. Nothing is random beside the seed; a test demands the differences that the
examples promise ([presetRoom.test.ts](../src/sim/presetRoom.test.ts)).

${tableOf(
  room.figures.map(({ name }) => name),
  ROWS,
  room.figures
)}`
  return { text, shown: `${JSON.stringify({ finalHeight: room.finalHeight, blockIntervalMs, figures: room.figures }, null, 2)}\n` }
}

async function inTabs(): Promise<Made> {
  const { figures, heights, direct } = await runPresetTabs(BLOCKS_IN_TABS, line => console.error(line))
  const text = `${TABS_HEADING}

Made by \`npm run presets -- --tabs --write\`: one tab for each example in a real Chromium, the headless server as the fifth producer, family midnight, where all make a
block at every height and one of them wins, a block every second, until each example had made
${BLOCKS_IN_TABS} final blocks: ${heights} heights, ${direct.join(', ')} WebRTC links. Keys and so the order of turns are new each time; the differences stay.

${tableOf(
  figures.map(({ preset }) => preset),
  TAB_ROWS,
  figures
)}`
  return { text, shown: null }
}

/** Final blocks of each example in the tabs. */
const BLOCKS_IN_TABS = 20

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false }, tabs: { type: 'boolean', default: false } } })
const { text, shown } = values.tabs ? await inTabs() : simulated()
console.log(text)
if (values.write) {
  const page = readFileSync(FILE, 'utf8')
  const at = page.indexOf(TABS_HEADING)
  const [first, second] = at === -1 ? [page, ''] : [page.slice(0, at), page.slice(at)]
  writeFileSync(FILE, values.tabs ? `${first.trimEnd()}\n\n${text}` : `${text.trimEnd()}\n${second === '' ? '' : `\n${second}`}`)
  if (shown !== null) writeFileSync(SHOWN, shown)
}
