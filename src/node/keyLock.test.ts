import { describe, expect, it } from 'vitest'
import { toHex } from '../core/bytes'
import { SEAL_RANDOM_BYTES } from '../core/crypto/seal'
import { MemoryMedium, MemoryStore } from '../platform/memoryStore'
import { changePassphrase, openSealedKey, sealKey, unlockStore } from './keyLock'

const identity = { secretKey: new Uint8Array(32).fill(7), name: 'Moth' }
const random = new Uint8Array(SEAL_RANDOM_BYTES).fill(5)
const OLD = 'correct horse'
const NEW = 'battery staple'

async function storeWithKey(): Promise<{ medium: MemoryMedium; store: MemoryStore }> {
  const medium = new MemoryMedium()
  const store = new MemoryStore(medium)
  await store.identity(() => identity)
  return { medium, store }
}

describe('a key at rest under a passphrase', () => {
  it('T085: opens to the same key with the passphrase only, typed on whatever keyboard, and holds no byte of the key', () => {
    const sealed = sealKey(identity, 'schlüssel 1', random)
    expect(toHex(sealed.sealed)).not.toContain(toHex(identity.secretKey.slice(0, 4)))
    expect(openSealedKey(sealed, 'schlu\u0308ssel 1')).toEqual({ ok: true, value: identity })
    expect(openSealedKey(sealed, 'Schlüssel 1')).toMatchObject({ ok: false, code: 'wrong-passphrase' })
    const changed = { ...sealed, sealed: sealed.sealed.map((byte, i) => (i === 40 ? byte ^ 1 : byte)) }
    expect(openSealedKey(changed, 'schlüssel 1')).toMatchObject({ ok: false, code: 'wrong-passphrase' })
    // Another agent's record, put in its place by whoever can write to the disk.
    expect(openSealedKey({ ...sealed, publicKey: '11'.repeat(32) }, 'schlüssel 1')).toMatchObject({ ok: false, code: 'damaged' })
  })

  it('T085: each start needs it, and a refused one changes nothing', async () => {
    const { medium, store } = await storeWithKey()
    expect(await unlockStore(store, null)).toEqual({ ok: true, value: null })
    expect(await changePassphrase(store, null, OLD, random)).toMatchObject({ ok: true })
    const next = new MemoryStore(medium)
    expect(await unlockStore(next, null)).toMatchObject({ code: 'needs-passphrase', detail: expect.stringContaining('Moth') })
    expect(await unlockStore(next, NEW)).toMatchObject({ code: 'wrong-passphrase' })
    await expect(next.identity(() => identity)).rejects.toMatchObject({ code: 'locked' })
    expect(await unlockStore(next, OLD)).toEqual({ ok: true, value: identity })
    expect(await next.identity(() => ({ ...identity, name: 'Other' }))).toEqual(identity)
  })

  it('T085: changes and goes only with the present passphrase, also in a tab that is unlocked', async () => {
    const { medium, store } = await storeWithKey()
    expect(await changePassphrase(store, null, 'short', random)).toMatchObject({ code: 'weak-passphrase' })
    await changePassphrase(store, null, OLD, random)
    for (const wrong of [null, NEW])
      for (const next of [null, NEW])
        expect(await changePassphrase(store, wrong, next, random)).toMatchObject({ ok: false, code: wrong === null ? 'needs-passphrase' : 'wrong-passphrase' })
    expect(await changePassphrase(store, OLD, NEW, random)).toMatchObject({ ok: true })
    expect(await unlockStore(new MemoryStore(medium), OLD)).toMatchObject({ code: 'wrong-passphrase' })
    expect(await changePassphrase(store, NEW, null, random)).toEqual({ ok: true, value: null })
    expect(await unlockStore(new MemoryStore(medium), null)).toEqual({ ok: true, value: null })
  })

  it('T085: of two handles that change it at once one does, the other is told, and the key opens by the passphrase that was taken', async () => {
    const { medium, store } = await storeWithKey()
    const other = new MemoryStore(medium)
    const changes = await Promise.allSettled([changePassphrase(store, null, OLD, random), changePassphrase(other, null, NEW, random)])
    expect(changes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(changes.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'locked' } })
    const after = new MemoryStore(medium)
    const opened = [await unlockStore(after, OLD), await unlockStore(after, NEW)]
    expect(opened.filter(result => result.ok).map(result => result.ok && result.value)).toEqual([identity])
  })

  it('T085: a write that fails leaves the key as it was', async () => {
    const { medium, store } = await storeWithKey()
    await changePassphrase(store, null, OLD, random)
    const failing = new MemoryStore(medium)
    failing.protectKey = async () => {
      throw new Error('the disk is full')
    }
    await expect(changePassphrase(failing, OLD, NEW, random)).rejects.toThrow('full')
    expect(await unlockStore(new MemoryStore(medium), OLD)).toMatchObject({ ok: true })
  })
})
