import { afterEach, describe, expect, it } from 'vitest'
import type { SimStart, SimUpdate } from '../src/bridge/api'
import { FAMILIES } from '../src/core/families/registry'
import { SimService } from './simService'

const START: SimStart = { seed: 7, nodes: 5, family: 'midnight', blockIntervalMs: 4000, slotMs: 1200, latencyMs: [90, 320], speed: 1 }

let service = new SimService()
afterEach(async () => {
  await service.stop()
  service = new SimService()
})

const firstUpdate = () => new Promise<SimUpdate>(resolve => void service.subscribe(resolve))

describe('rules as written, for a lab', { timeout: 120_000 }, () => {
  it('both rules on the stored seed, on the plain family and on a shipped one; what was expected stands beside what was measured', async () => {
    const plain = await service.asWritten({ asWritten: 'own-block-only' })
    expect(plain.ok && plain.value).toMatchObject({ id: 'own-block-only', family: null, failed: { written: true, sound: false } })
    const shipped = await service.asWritten({ asWritten: 'own-block-only', family: 'vision' })
    if (!shipped.ok) throw new Error(shipped.message)
    expect(shipped.value).toMatchObject({ family: 'vision', failed: { written: true, sound: false } })
    expect(shipped.value.figures.length).toBeGreaterThan(0)
    for (const { label, written, sound } of shipped.value.figures) expect([label, written, sound].every(text => text !== '' && text !== '?')).toBe(true)
    expect(structuredClone(shipped.value), 'it survives the way to the page').toEqual(shipped.value)
  })

  it('a rule that does not exist, or a family that it does not concern, is refused with what there is', async () => {
    for (const wrong of [{ asWritten: 'none' }, { asWritten: 'plot-not-bound', family: 'vision' }]) {
      const result = await service.asWritten(wrong)
      expect(result).toMatchObject({ ok: false, code: 'unknown-rule' })
      expect(!result.ok && result.message).toContain('received-votes-only chaos midnight')
    }
  })
})

describe('the simulation of the first screen', () => {
  for (const { name, modes } of FAMILIES) {
    it(`plays ${name} (${modes.join(', ')}): blocks are final before the curtain rises, and the view says by which rules`, async () => {
      for (const mode of modes) {
        expect(await service.start({ ...START, family: name, mode })).toEqual({ ok: true, value: null })
        const first = await service.block(1)
        expect(first.ok && first.value).toMatchObject({ status: 'final', rules: { family: name, mode } })
        const { slices, nodes } = await firstUpdate()
        expect(nodes).toHaveLength(START.nodes)
        expect(slices.status).toMatchObject({ family: name, mode })
        expect(slices.status?.room.families).toEqual(FAMILIES.map(each => ({ name: each.name, modes: [...each.modes] })))
        expect(slices.round?.rules).toEqual({ family: name, mode })
      }
    })
  }

  it('puts nobody in line before a proof has arrived in spacetime: its founders have space', async () => {
    await service.start({ ...START, family: 'spacetime' })
    const block = await service.block(1)
    expect(block.ok && block.value.candidates.length).toBeGreaterThan(0)
    expect(block.ok && block.value.candidates.every(({ ticket, hash }) => ticket === '' && hash !== null)).toBe(true)
  })

  it('takes the first mode where none is named', async () => {
    await service.start({ ...START, family: 'midnight' })
    expect((await firstUpdate()).slices.status?.mode).toBe(FAMILIES.find(({ name }) => name === 'midnight')!.modes[0])
  })

  it('refuses a family or mode that it does not have, names those that it has, and goes on to the next start', async () => {
    for (const wrong of [{ family: 'yesterday' }, { family: 'midnight', mode: 'noon' }]) {
      const result = await service.start({ ...START, ...wrong })
      expect(result).toMatchObject({ ok: false, code: 'unknown-family' })
      expect(!result.ok && result.message).toContain('midnight')
      expect(await service.block(0)).toMatchObject({ ok: false, code: 'not-started' })
    }
    expect(await service.start(START)).toEqual({ ok: true, value: null })
  })

  it('of two starts at once the second one plays, and one after a stop plays again', async () => {
    await Promise.all([service.start({ ...START, nodes: 3 }), service.start({ ...START, nodes: 6 })])
    expect((await firstUpdate()).nodes).toHaveLength(6)
    const late = service.start(START)
    await service.stop()
    await late
    expect(await service.start({ ...START, nodes: 4 })).toEqual({ ok: true, value: null })
    expect((await firstUpdate()).nodes).toHaveLength(4)
  })
})
