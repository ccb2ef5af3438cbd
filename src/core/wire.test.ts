import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from './bytes'
import { decode, encode } from './codec'
import type { Schema } from './codec'
import { INLINE_BODY_BYTES, MAX_PAYLOAD_BYTES, MAX_VALIDATORS } from './limits'
import { Announce, Block, Certificate, Genesis, Header, Presence, State, Transaction, Vote } from './schema'
import type { Draw } from './testing/sample'
import { sampleOf } from './testing/sample'
import { decodeMessage, encodeMessage, MESSAGES } from './wire'
import type { MessageName } from './wire'

const NAMES = Object.keys(MESSAGES) as MessageName[]
const SCHEMAS = { Announce, Block, Certificate, Genesis, Header, Presence, State, Transaction, Vote }
const DOORS: Record<string, MessageName[]> = {
  gossip: NAMES.filter(name => MESSAGES[name].id < 32),
  request: NAMES.filter(name => MESSAGES[name].id >= 32 && MESSAGES[name].id < 64),
  reply: NAMES.filter(name => MESSAGES[name].id >= 64)
}

/** Values drawn by fast-check, so that they shrink. */
const drawn = fc.gen().map(
  (g): Draw =>
    below =>
      g(fc.nat, { max: below - 1 })
)
const schemaOf = (name: MessageName) => MESSAGES[name].schema as unknown as Schema<unknown>
const encodeAny = (name: MessageName, value: unknown) => encodeMessage(name, value as never)

describe('canonical bytes of every message', () => {
  it.each(NAMES)('%s: what is encoded decodes to the same value and the same bytes', name => {
    fc.assert(
      fc.property(drawn, draw => {
        const value = sampleOf(schemaOf(name), draw)
        const bytes = encodeAny(name, value)
        const decoded = decodeMessage(bytes, NAMES)
        expect(decoded.ok).toBe(true)
        if (!decoded.ok) return
        expect(decoded.value.kind).toBe(name)
        expect(decoded.value.value).toEqual(value)
        expect(toHex(encodeAny(name, decoded.value.value))).toBe(toHex(bytes))
      }),
      { numRuns: 60 }
    )
  })

  it.each(NAMES)('%s: cut short or with a byte too many is refused with a code, or is itself the one spelling of another value', name => {
    fc.assert(
      fc.property(drawn, fc.nat(), fc.nat({ max: 255 }), (draw, at, extra) => {
        const bytes = encodeAny(name, sampleOf(schemaOf(name), draw))
        const changed = [bytes.slice(0, at % bytes.length), Uint8Array.of(...bytes, extra)]
        for (const input of changed) {
          const decoded = decodeMessage(input, NAMES)
          if (decoded.ok) expect(toHex(encodeAny(name, decoded.value.value))).toBe(toHex(input))
          else expect(['empty', 'malformed', 'not-canonical', 'too-large']).toContain(decoded.code)
        }
      }),
      { numRuns: 60 }
    )
  })

  it.each(Object.entries(SCHEMAS))('%s: any bytes give a failure, or a value that encodes to these bytes; nothing throws', (_, schema) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), bytes => {
        const decoded = decode(schema as unknown as Schema<unknown>, bytes)
        if (decoded.ok) expect(toHex(encode(schema as unknown as Schema<unknown>, decoded.value))).toBe(toHex(bytes))
        else expect(['malformed', 'not-canonical']).toContain(decoded.code)
      }),
      { numRuns: 300 }
    )
  })

  it('any bit flip of a valid message gives a failure or a value in its only spelling', () => {
    fc.assert(
      fc.property(fc.constantFrom(...NAMES), drawn, fc.nat(), (name, draw, seed) => {
        const bytes = encodeAny(name, sampleOf(schemaOf(name), draw))
        const bit = seed % (bytes.length * 8)
        bytes[bit >> 3] = bytes[bit >> 3]! ^ (1 << (bit & 7))
        const decoded = decodeMessage(bytes, NAMES)
        if (decoded.ok) expect(toHex(encodeAny(decoded.value.kind, decoded.value.value))).toBe(toHex(bytes))
        else expect(decoded.code).not.toBe('')
      }),
      { numRuns: 1000 }
    )
  })
})

describe('the bytes belong to the caller', () => {
  it('a decoded value does not change with the buffer it came from, whatever kind of array that is', () => {
    const vote = { kind: 1, height: 3, hash: new Uint8Array(32).fill(4), voter: new Uint8Array(32).fill(5), signature: new Uint8Array(64).fill(6) }
    const plain = encodeMessage('vote', vote)
    const padded = new Uint8Array(plain.length + 20)
    padded.set(plain, 10)
    for (const input of [plain.slice(), Buffer.from(plain), padded.subarray(10, 10 + plain.length)]) {
      const decoded = decodeMessage(input, ['vote'])
      input.fill(0xff)
      expect(decoded.ok && toHex(encodeMessage('vote', decoded.value.value))).toBe(toHex(plain))
    }
  })
})

describe('doors', () => {
  it('an empty message and an unknown kind have codes of their own', () => {
    expect(decodeMessage(new Uint8Array(0), NAMES)).toMatchObject({ ok: false, code: 'empty' })
    const used = new Set<number>(NAMES.map(name => MESSAGES[name].id))
    expect(used.size).toBe(NAMES.length)
    for (let kind = 0; kind < 256; kind++) if (!used.has(kind)) expect(decodeMessage(Uint8Array.of(kind, 1, 2), NAMES)).toMatchObject({ code: 'unknown-kind' })
  })

  it('a message at another door is refused by its first byte', () => {
    for (const name of NAMES) {
      for (const [door, allowed] of Object.entries(DOORS)) {
        const decoded = decodeMessage(Uint8Array.of(MESSAGES[name].id), allowed)
        expect(decoded.ok, `${name} at ${door}`).toBe(false)
        if (!decoded.ok && !allowed.includes(name)) expect(decoded.code).toBe('unexpected-kind')
      }
    }
  })
})

describe('caps', () => {
  it.each(NAMES)('%s: one byte over its cap is refused before anything is read', name => {
    const { id, maxBytes } = MESSAGES[name]
    const bytes = new Uint8Array(maxBytes + 2)
    bytes[0] = id
    expect(decodeMessage(bytes, NAMES)).toMatchObject({ ok: false, code: 'too-large' })
    const within = decodeMessage(bytes.subarray(0, maxBytes + 1), NAMES)
    if (!within.ok) expect(within.code).not.toBe('too-large')
  })

  const hash = new Uint8Array(32)
  const signature = new Uint8Array(64)
  const largestCertificate = { kind: 1, height: 1, hash, signatures: Array.from({ length: MAX_VALIDATORS }, () => ({ voter: hash, signature })) }

  it('the largest honest messages fit: a certificate of all validators, a transaction with the longest payload, an announcement with both and a body', () => {
    const transaction = { kind: 1, sender: hash, nonce: 1, fee: 1n, payload: new Uint8Array(MAX_PAYLOAD_BYTES), signature }
    const perBody = Math.floor(INLINE_BODY_BYTES / (Transaction.value_serializedSize(transaction) + 4))
    const header = {
      height: 1,
      parent: hash,
      timestamp: 1,
      proposer: hash,
      rank: 0,
      txRoot: hash,
      stateRoot: hash,
      vrf: new Uint8Array(80),
      seed: hash,
      claim: new Uint8Array(1024)
    }
    const body = Array.from({ length: perBody }, () => transaction)
    expect(decodeMessage(encodeMessage('certificate', largestCertificate), ['certificate']).ok).toBe(true)
    expect(decodeMessage(encodeMessage('transaction', transaction), ['transaction']).ok).toBe(true)
    expect(decodeMessage(encodeMessage('announce', { header, signature, parentCertificate: [largestCertificate], body: [body] }), ['announce']).ok).toBe(true)
    expect(decodeMessage(encodeMessage('submitRequest', { transactions: Array.from({ length: 16 }, () => transaction) }), ['submitRequest']).ok).toBe(true)
  })

  it('one signer more than the largest set has is malformed', () => {
    const bytes = encodeMessage('certificate', largestCertificate)
    const longer = Uint8Array.of(...bytes, ...new Uint8Array(96))
    expect(decodeMessage(longer, ['certificate'])).toMatchObject({ ok: false, code: 'malformed' })
  })
})

describe('integers (F-05)', () => {
  const presence = { sender: new Uint8Array(32), time: 0, height: 0, finalHeight: 0, finalHash: new Uint8Array(32), signature: new Uint8Array(64) }
  const withTime = (time: bigint): Uint8Array => {
    const bytes = encode(Presence, presence)
    new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(32, time, true)
    return bytes
  }

  it('times up to 2⁵³ − 1 keep every bit', () => {
    for (const time of [0n, 1n, 2n ** 32n, 2n ** 53n - 1n]) {
      const decoded = decode(Presence, withTime(time))
      expect(decoded.ok && BigInt(decoded.value.time)).toBe(time)
    }
  })

  it('a time that a number cannot hold is refused, never rounded', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 2n ** 53n + 1n, max: 2n ** 64n - 1n }), time => {
        const decoded = decode(Presence, withTime(time))
        if (decoded.ok) expect(BigInt(decoded.value.time)).toBe(time)
        else expect(decoded.code).toMatch(/not-canonical|malformed/)
      })
    )
    expect(decode(Presence, withTime(2n ** 53n + 1n)).ok).toBe(false)
  })

  it('no time from 2⁵³ on is admitted, also not one that a number happens to hold', () => {
    for (const time of [2n ** 53n, 2n ** 53n + 2n, 2n ** 60n, 2n ** 63n, 2n ** 64n - 1n]) expect(decode(Presence, withTime(time)).ok, String(time)).toBe(false)
  })

  it('amounts keep their top bit', () => {
    const transaction = {
      kind: 1,
      sender: new Uint8Array(32),
      nonce: 2 ** 32 - 1,
      fee: 2n ** 64n - 1n,
      payload: new Uint8Array(0),
      signature: new Uint8Array(64)
    }
    expect(decode(Transaction, encode(Transaction, transaction))).toEqual({ ok: true, value: transaction })
  })
})

describe('what a message carries', () => {
  it('a proposal has height, parent, time, proposer, Merkle root and state root (M034); a vote has height, hash, voter and signature (M037 M038 M039 M042)', () => {
    expect(Object.keys(Header.fields)).toEqual(['height', 'parent', 'timestamp', 'proposer', 'rank', 'txRoot', 'stateRoot', 'vrf', 'seed', 'claim'])
    expect(Object.keys(Vote.fields)).toEqual(['kind', 'height', 'hash', 'voter', 'signature'])
  })
})
