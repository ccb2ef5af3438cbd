import { readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { PRESETS } from '../agent/config/presets'
import { parseConfig } from '../agent/config/toml'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { MODEL_VRF } from './modelVrf'
import { PRESET_ROOM, runPresets } from './presetRoom'
import type { PresetFigures, PresetRoom } from './presetRoom'

const configs = Object.fromEntries(
  PRESETS.map(name => [name, parseConfig(readFileSync(new URL(`../../public/agents/${name}.toml`, import.meta.url), 'utf8')).config!])
)

let room: PresetRoom
const of = (name: (typeof PRESETS)[number]): PresetFigures => room.figures.find(figures => figures.name === name)!

describe('the four examples in one room (docs/PRESETS.md)', () => {
  beforeAll(() => {
    room = runPresets({ ...PRESET_ROOM, configs }, { fastVerify: createNodeFast(), fastSign: nodeFastSign, vrf: MODEL_VRF, trustOwn: true })
  }, 120_000)

  it('each makes at least 20 final blocks, and none stops the others', () => {
    for (const { name, final } of room.figures) expect(final, name).toBeGreaterThanOrEqual(PRESET_ROOM.heights)
  })

  it('P121: the figures that the page compares are those of this very run', () => {
    const shown = JSON.parse(readFileSync(new URL('../app/screens/agent/presetFigures.json', import.meta.url), 'utf8')) as unknown
    expect(shown).toEqual({ finalHeight: room.finalHeight, blockIntervalMs: PRESET_ROOM.blockIntervalMs, figures: room.figures })
  })

  it('P014: who waits ten seconds makes fewer blocks than who waits two', () => {
    for (const slow of ['basic', 'meme', 'social'] as const) expect(2 * of(slow).made, slow).toBeLessThan(of('performance').made)
  })

  it('P016, block fill: the smaller the own limit, the fuller the blocks', () => {
    expect(of('performance').fill).toBeLessThan(of('basic').fill)
    expect(of('basic').fill).toBeLessThan(of('meme').fill)
  })

  it('P018, P019: memes only where they are on, and the pickier, the better', () => {
    expect(of('performance').memes).toBe(0)
    for (const name of ['basic', 'meme', 'social'] as const) expect(of(name).memes, name).toBeGreaterThan(0)
    for (const name of ['basic', 'meme', 'social'] as const) expect(of(name).memeQuality, name).toBeGreaterThanOrEqual(configs[name]!.meme.qualityThreshold)
    expect(of('meme').memeQuality).toBeGreaterThan(of('social').memeQuality)
  })

  it('P023: alliances only between those who form any', () => {
    for (const name of ['basic', 'performance'] as const) expect(of(name), name).toMatchObject({ proposed: 0, alliances: 0 })
    for (const name of ['meme', 'social'] as const) expect(of(name).proposed, name).toBeGreaterThan(0)
    expect(of('meme').alliances + of('social').alliances).toBeGreaterThan(0)
  })

  it('P103, P005: what others think of them differs, and the hermit has the least influence', () => {
    // Who makes memes makes the others happy, whichever way: these three are liked alike, and differ in how many of their blocks win.
    expect(new Set(room.figures.map(({ liked, acceptance }) => `${liked} ${acceptance}`)).size).toBe(PRESETS.length)
    for (const name of ['basic', 'meme', 'social'] as const) {
      expect(of('performance').liked, name).toBeLessThan(of(name).liked)
      expect(of('performance').influence, name).toBeLessThan(of(name).influence)
    }
  })

  it('the table in the docs is this room’s', () => {
    const text = readFileSync(new URL('../../docs/PRESETS.md', import.meta.url), 'utf8')
    const row = (label: string) => text.split('\n').find(line => line.startsWith(`| ${label}`))
    const cells = (pick: (figures: PresetFigures) => number) => `| ${room.figures.map(pick).join(' | ')} |`
    expect(row('blocks made')).toContain(cells(({ made }) => made))
    expect(row('memes on the chain')).toContain(cells(({ memes }) => memes))
    expect(row('mean influence')).toContain(cells(({ influence }) => influence))
  })
})
