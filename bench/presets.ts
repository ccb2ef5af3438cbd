/**
 * `npm run presets [-- --write]`: the four example configurations in one simulated room, side by side; with `--write` into docs/PRESETS.md and into the file that the page shows. Deterministic: the same figures on every machine.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { PRESETS } from '../src/agent/config/presets'
import { parseConfig } from '../src/agent/config/toml'
import { createNodeFast, nodeFastSign } from '../src/platform/crypto/nodeFast'
import { MODEL_VRF } from '../src/sim/modelVrf'
import { PRESET_ROOM, runPresets } from '../src/sim/presetRoom'
import type { PresetFigures } from '../src/sim/presetRoom'

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

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })
const room = runPresets({ ...PRESET_ROOM, configs }, { fastVerify: createNodeFast(), fastSign: nodeFastSign, vrf: MODEL_VRF })
const { seed, each, blockIntervalMs, transfersPerMinute, heights } = PRESET_ROOM
const text = `# What the four examples make of one room

Made by \`npm run presets -- --write\`; do not edit. Family chaos, where opinions count, ${each} nodes for each example, personalities in turn, a block every ${blockIntervalMs / 1000} s, ${transfersPerMinute} transfers a minute, seed
${seed}, until each example has made at least ${heights} final blocks: ${room.finalHeight} heights in ${Math.round(room.virtualMs / 1000)} virtual seconds. Nothing is random beside the seed; a test demands the differences that the
examples promise ([presetRoom.test.ts](../src/sim/presetRoom.test.ts)).

| | ${room.figures.map(({ name }) => name).join(' | ')} |
|---|${room.figures.map(() => '---|').join('')}
${ROWS.map(([label, of]) => `| ${label} | ${room.figures.map(of).join(' | ')} |`).join('\n')}
`
console.log(text)
if (values.write) {
  writeFileSync(FILE, text)
  writeFileSync(SHOWN, `${JSON.stringify({ finalHeight: room.finalHeight, blockIntervalMs, figures: room.figures }, null, 2)}\n`)
}
