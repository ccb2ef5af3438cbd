import { describe, expect, it } from 'vitest'
import { readKeyFile, silenceOf, writeKeyFile } from './keyFile'

const identity = { secretKey: new Uint8Array(32).fill(7), name: 'Fern' }
const NETWORK = 'ab'.repeat(32)

describe('key files', () => {
  it('carry what was promised: the key keeps silent up to there, and up to this head, for it may have gone on elsewhere (R6)', () => {
    const file = readKeyFile(writeKeyFile(identity, NETWORK, { height: 40, promises: 90 }))
    if (!file.ok) throw new Error(file.detail)
    expect(file.value).toEqual({ identity, promised: { networkId: NETWORK, height: 40, promises: 90 } })
    expect(silenceOf(file.value, NETWORK, 12)).toEqual({ height: 40, promises: 90 })
    expect(silenceOf(file.value, NETWORK, 55)).toEqual({ height: 55, promises: 90 })
    // Of another network it says nothing about this one.
    expect(silenceOf(file.value, 'cd'.repeat(32), 12)).toEqual({ height: 28, promises: 0 })
  })

  it('of the first format are read, and keep silent for a while above the head', () => {
    const old = { ...(JSON.parse(writeKeyFile(identity, NETWORK, { height: 1, promises: 1 })) as object), format: 'quorumble-key-1', promised: undefined }
    const file = readKeyFile(JSON.stringify(old))
    if (!file.ok) throw new Error(file.detail)
    expect(file.value).toEqual({ identity, promised: null })
    expect(silenceOf(file.value, NETWORK, 100).height).toBeGreaterThan(100)
  })

  it.each([
    ['no JSON', 'x', /not JSON/],
    ['too long', ' '.repeat(3000), /too long/],
    ['another format', '{"format":"x"}', /format/],
    ['null', 'null', /format/]
  ])('refuses %s with a reason', (_, text, reason) => {
    expect(readKeyFile(text)).toMatchObject({ ok: false, code: 'bad-key', detail: expect.stringMatching(reason) })
  })

  it.each([
    ['a short key', { secretKey: 'abcd' }, /64 hex digits/],
    ['another key', { secretKey: '08'.repeat(32) }, /does not belong/],
    ['no name', { name: '' }, /name/],
    ['a changed promise', { promised: { networkId: NETWORK, height: -1, promises: 2 } }, /promised/]
  ])('refuses %s', (_, change, reason) => {
    const raw = { ...(JSON.parse(writeKeyFile(identity, NETWORK, { height: 1, promises: 1 })) as object), ...change }
    expect(readKeyFile(JSON.stringify(raw))).toMatchObject({ ok: false, code: 'bad-key', detail: expect.stringMatching(reason) })
  })
})
