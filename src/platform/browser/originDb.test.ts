import 'fake-indexeddb/auto'
import { deleteDB } from 'idb'
import { beforeEach, describe, expect, it } from 'vitest'
import { forgetOriginGenesis, KNOWN_NETWORKS, knownNetworks, lastNetwork, originGenesis, rememberNetwork } from './originDb'

beforeEach(() => deleteDB('quorumble'))

describe('originGenesis', () => {
  it('is one for two tabs that open at once, and for ever', async () => {
    const [a, b] = await Promise.all([originGenesis(() => Uint8Array.of(1)), originGenesis(() => Uint8Array.of(2))])
    expect(a).toEqual(b)
    expect(await originGenesis(() => Uint8Array.of(3))).toEqual(a)
  })

  it('asks for no genesis when there is one', async () => {
    await originGenesis(() => Uint8Array.of(1))
    let asked = 0
    await originGenesis(() => {
      asked++
      return Uint8Array.of(2)
    })
    expect(asked).toBe(0)
  })

  it('is made anew after it was forgotten', async () => {
    await originGenesis(() => Uint8Array.of(1))
    await forgetOriginGenesis()
    expect(await originGenesis(() => Uint8Array.of(2))).toEqual(Uint8Array.of(2))
  })
})

describe('known networks', () => {
  it('are none in a new browser', async () => {
    expect(await lastNetwork()).toBeNull()
    expect(await knownNetworks()).toEqual([])
  })

  it('remembers the last, and each once', async () => {
    await rememberNetwork('aa', Uint8Array.of(1), 1)
    await rememberNetwork('bb', Uint8Array.of(2), 2)
    await rememberNetwork('aa', Uint8Array.of(1), 3)
    expect(await lastNetwork()).toEqual({ networkId: 'aa', genesis: Uint8Array.of(1), usedAt: 3 })
    expect((await knownNetworks()).map(network => network.networkId)).toEqual(['aa', 'bb'])
  })

  it('forgets the oldest beyond KNOWN_NETWORKS (S10)', async () => {
    for (let i = 0; i < KNOWN_NETWORKS + 2; i++) await rememberNetwork(i.toString(16), Uint8Array.of(i), i)
    const known = await knownNetworks()
    expect(known).toHaveLength(KNOWN_NETWORKS)
    expect(known.at(-1)?.usedAt).toBe(2)
  })
})
