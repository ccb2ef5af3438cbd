import { describe, expect, it } from 'vitest'
import { storeContract } from './contract/storeContract'
import { EMPTY_BATCH } from '../node/ports'
import { MemoryMedium, MemoryStore } from './memoryStore'

const media = new Map<string, MemoryMedium>()

storeContract('memory', {
  open: async (name, openMark) => {
    const medium = media.get(name) ?? new MemoryMedium()
    media.set(name, medium)
    return new MemoryStore(medium, openMark)
  },
  backup: async name => {
    const restore = media.get(name)!.backup()
    return async () => restore()
  },
  handles: 'shared',
  kind: 'memory'
})

describe('MemoryStore', () => {
  it("refuses more than its limit as 'full' and keeps what it had (S10)", async () => {
    const store = new MemoryStore(new MemoryMedium(100))
    const block = (height: number, length: number) => ({ hash: `0${height}`, height, bytes: new Uint8Array(length), subjects: [] })
    const batch = EMPTY_BATCH
    await store.commit({ ...batch, blocks: [block(1, 60)] })
    await expect(store.commit({ ...batch, blocks: [block(2, 50)] })).rejects.toMatchObject({ code: 'full' })
    expect(await store.usage()).toMatchObject({ usedBytes: 60, quotaBytes: 100, blocks: 1 })
    await store.commit({ ...batch, removeBlocks: ['01'], blocks: [block(2, 50)] })
    expect(await store.usage()).toMatchObject({ usedBytes: 50, blocks: 1 })
  })
})
