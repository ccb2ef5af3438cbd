import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Studio } from './studio.svelte'

class FakeStorage {
  readonly items = new Map<string, string>()
  getItem = (key: string) => this.items.get(key) ?? null
  setItem = (key: string, value: string) => void this.items.set(key, value)
}
const storage = () => new FakeStorage() as unknown as Storage & FakeStorage

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

describe('the studio', () => {
  it('opens with a meme that could be published as it is', () => {
    const { content } = new Studio(null)
    expect(content).toMatchObject({ format: 'picture', picture: { template: 1 } })
  })

  it('goes back and forth through every change, one gesture at a time', () => {
    const studio = new Studio(null)
    const before = studio.draft
    studio.addSticker(3)
    const index = studio.selected
    for (let i = 0; i < 10; i++) studio.nudge(index, { x: 5 })
    const after = studio.draft
    studio.undo()
    expect(studio.picture.layers[index]).toMatchObject({ kind: 'sticker', x: after.picture.layers[index]!.x - 50 })
    studio.undo()
    expect(studio.draft).toBe(before)
    expect(studio.canUndo).toBe(false)
    studio.redo()
    studio.redo()
    expect(studio.draft).toBe(after)
    expect(studio.canRedo).toBe(false)
  })

  it('keeps its draft over a reload, and offers a new one where what is stored is none', () => {
    const kept = storage()
    const studio = new Studio(kept)
    studio.change({ caption: 'gm' })
    studio.addText()
    vi.runAllTimers()
    expect(new Studio(kept).draft).toEqual(studio.draft)
    for (const damaged of [
      '{',
      'null',
      '{"kind":"picture"}',
      JSON.stringify({ ...studio.draft, picture: { template: 1, ground: 0, layers: [{ kind: 'sticker' }] } })
    ]) {
      kept.setItem('quorumble.meme-draft', damaged)
      expect(new Studio(kept).draft.caption).toBe('')
    }
  })

  it('a remix begins with the other’s content and refers to it', () => {
    const studio = new Studio(null)
    studio.remix({ format: 'text', text: 'hello' }, 'ab'.repeat(32), ['fork'])
    expect(studio.wanted).toEqual({ content: { format: 'text', text: 'hello' }, caption: '', tags: ['fork'], targets: [], references: ['ab'.repeat(32)] })
  })
})
