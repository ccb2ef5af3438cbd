import { beforeAll, describe, expect, it } from 'vitest'
import { toHex } from '../bytes'
import type { BlockEntry } from '../chain/blockTree'
import { decode, encode } from '../codec'
import type { SignatureCheck } from '../crypto/ed25519'
import { verifyZip215 } from '../crypto/ed25519'
import type { Block } from '../schema'
import { Room } from '../testing/room'
import { socialHistory } from '../testing/socialHistory'
import type { Step } from '../testing/socialHistory'
import { checkWitness, makeWitness, WITNESS_ERRORS } from './witness'
import { StateWitness } from './witnessSchema'

const verify = (check: SignatureCheck) => verifyZip215(check)
/** Numbers below a bound, the same in every run (xorshift32, Marsaglia 2003). */
function draws(seed: number): (below: number) => number {
  let x = seed
  return below => {
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    return (x >>> 0) % below
  }
}
const blockOf = ({ header, signature, transactions }: BlockEntry): Block => ({ header, signature, transactions: transactions! })

describe('a block checked without its state (T041–T044, F-26)', () => {
  let room: Room
  let steps: Step[]
  beforeAll(() => {
    ;({ room, steps } = socialHistory())
  })

  const witnessOf = ({ parent, block }: Step) => {
    const made = makeWitness(room.network.rules, parent.state!, blockOf(block))
    if (!made.ok) throw new Error(`${made.code}: ${made.detail}`)
    return made.value
  }
  const check = ({ parent, block }: Step, witness: StateWitness, change: Partial<Block> = {}) =>
    checkWitness(room.network.rules, parent.header.stateRoot, { ...blockOf(block), ...change }, witness, verify)

  it('T041, T042: every kind of transition is proved by the nodes that it reads, and comes to the root of the header', () => {
    for (const step of steps) {
      const witness = witnessOf(step)
      const bytes = encode(StateWitness, witness)
      const read = decode(StateWitness, bytes)
      expect(read.ok).toBe(true)
      const result = check(step, read.ok ? read.value : witness)
      expect(result.ok && toHex(result.value), `height ${step.block.height}`).toBe(toHex(step.block.header.stateRoot))
    }
  })

  it('a witness is a part: what a block does not read does not make it longer', () => {
    const sizeAfter = (memes: number): number => {
      const other = new Room(4)
      for (let i = 0; i < memes; i++) other.say(other.meme(0, `meme number ${i}`))
      const parent = other.mine().tip
      other.say(other.social(1, 2, 1)).mine()
      const made = makeWitness(other.network.rules, parent.state!, blockOf(other.tip))
      return made.ok ? made.value.leaves.length : 0
    }
    const few = sizeAfter(1)
    expect(few).toBeGreaterThan(0)
    expect(sizeAfter(60) - few).toBeLessThanOrEqual(8)
  })

  it('T043: the signature of each acting agent and of the proposer', () => {
    const step = steps[0]!
    const witness = witnessOf(step)
    const [first, ...others] = step.block.transactions!
    const bent = { ...first!, signature: first!.signature.map((byte, i) => (i === 5 ? byte ^ 1 : byte)) }
    expect(check(step, witness, { transactions: [bent, ...others] })).toMatchObject({ code: 'bad-signature' })
    expect(check(step, witness, { signature: step.block.signature.map((byte, i) => (i === 5 ? byte ^ 1 : byte)) })).toMatchObject({ code: 'bad-signature' })
  })

  it('T042, T044: a rule that is broken, a new root that is made up, an old root that is another one', () => {
    const step = steps[1]!
    const witness = witnessOf(step)
    const { header } = step.block
    const madeUp = { ...header, stateRoot: header.stateRoot.map((byte, i) => (i === 0 ? byte ^ 1 : byte)) }
    expect(check(step, witness, { header: madeUp })).toMatchObject({ code: 'wrong-new-root' })
    expect(check(step, witness, { header: { ...header, height: header.height + 1 } })).toMatchObject({ code: 'rule-broken', detail: 'bad-height' })
    expect(check(step, witness, { transactions: step.block.transactions!.slice(1) })).toMatchObject({ code: 'rule-broken', detail: 'bad-transaction-root' })
    expect(checkWitness(room.network.rules, new Uint8Array(32), blockOf(step.block), witness, verify)).toMatchObject({ code: 'wrong-old-root' })
    expect(check(steps[2]!, witness)).toMatchObject({ code: 'wrong-old-root' })
  })

  it('that a key is not registered has to be proved, too: a witness cannot hide an agent', () => {
    const step = steps[0]!
    const witness = witnessOf(step)
    // Without hints the order of the registry leads there, or the check ends.
    const blind = check(step, { ...witness, agents: [], memes: [], alliances: [] })
    expect(blind.ok ? toHex(blind.value) : blind.code).toSatisfy((said: string) => said === toHex(step.block.header.stateRoot) || said === 'incomplete-witness')
    expect(check(step, { ...witness, agents: [999_999, 3] }).ok, 'hints that lead nowhere are no harm').toBeTypeOf('boolean')
  })

  it('T041, F-26: ten thousand bent witnesses are refused, each with a reason', { timeout: 240_000 }, () => {
    const below = draws(7)
    const counts = new Map<string, number>()
    const prepared = steps.map(step => ({ step, witness: witnessOf(step) }))
    for (let i = 0; i < 10_000; i++) {
      const { step, witness } = prepared[below(prepared.length)]!
      const descriptor = witness.descriptor.slice()
      let leaves = witness.leaves
      const way = below(5)
      if (way === 0) descriptor[below(descriptor.length)]! ^= 1 << below(8)
      else if (way === 1) leaves = leaves.filter((_, at) => at !== i % leaves.length)
      else {
        const at = below(leaves.length)
        const bent = leaves[at]!.slice()
        bent[below(32)]! ^= 1 << below(8)
        leaves = leaves.with(at, bent)
      }
      const result = check(step, { ...witness, descriptor, leaves })
      expect(result.ok).toBe(false)
      if (!result.ok) counts.set(result.code, (counts.get(result.code) ?? 0) + 1)
    }
    for (const code of counts.keys()) expect(WITNESS_ERRORS).toContain(code)
    expect([...counts.values()].reduce((sum, count) => sum + count, 0)).toBe(10_000)
  })
})
