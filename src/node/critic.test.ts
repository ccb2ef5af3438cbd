import { describe, expect, it } from 'vitest'
import { compareBytes, toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { rootEntry } from '../core/chain/blockTree'
import { Mempool } from '../core/chain/mempool'
import { encode } from '../core/codec'
import { encodeParameters } from '../core/families/chaos/parameters'
import { chaos } from '../core/families/chaos/rules'
import { playgroundConfig } from '../core/genesis'
import { KEPT_FINAL_BLOCKS } from '../core/limits'
import { ALLIANCE_ACTIVE, AlliancePayload, AllianceReferencePayload, VERDICT_APPROVE } from '../core/schema'
import type { Header } from '../core/schema'
import { blockHash, proposalBytes, signTransaction } from '../core/signing'
import { TX_ALLIANCE, TX_ALLIANCE_SIGN } from '../core/state/transactions'
import { reasonName } from '../core/taste/judge'
import { statedIn } from '../core/taste/opinion'
import { personalityOf } from '../core/taste/personalities'
import type { Personality, PersonalityType } from '../core/taste/personalities'
import { addBlock, compose, createNetwork, makeBlock, signerAt } from '../core/testing/network'
import type { TestNetwork } from '../core/testing/network'
import { TERMS } from '../core/testing/room'
import { Critic } from './critic'

const CONFIG = playgroundConfig(chaos.defaultConfig(0))
const sober = (type: PersonalityType): Personality => ({ ...personalityOf(type), chaos: 0 })
const INSATIABLE: Personality = { ...sober('greedy'), type: 'custom', weights: { technical: 0, social: 0, meme: 0, extra: 1000 }, threshold: 1000 }
/** Not a founder, so that every block is somebody else's. */
const ONLOOKER = signerAt(90)

function scene(personality: Personality | null, config = CONFIG, signer = ONLOOKER) {
  const network = createNetwork(4, { config, heartbeatTtl: 1000 })
  const mempool = new Mempool()
  const mood = { stalled: false }
  const critic = new Critic({ tree: network.tree, mempool, networkId: network.networkId, signer, stalled: () => mood.stalled, personality: () => personality })
  return { network, mempool, mood, critic }
}

const put = (network: TestNetwork, block: BlockEntry): BlockEntry => addBlock(network.tree, block)
const makerOf = (network: TestNetwork, { header }: BlockEntry) => network.signers.find(({ publicKey }) => toHex(publicKey) === toHex(header.proposer))!

/** The last opinion that has not been told yet. */
function said(critic: Critic) {
  const opinion = critic.unsaid().at(-1)
  if (opinion === undefined) throw new Error('nothing was said')
  const stated = statedIn(opinion)
  return { ...stated, points: Object.fromEntries(stated.reasons.map(({ code, points }) => [reasonName(code), points])) }
}

describe('a critic', () => {
  it('judges a block once, says so once, and stays with its first judgement', () => {
    const { network, mempool, critic } = scene(INSATIABLE)
    const entry = put(network, makeBlock(network, network.tree.final))
    expect(critic.slotsFor(entry.header)).toBe(7)
    const opinions = critic.unsaid()
    expect(opinions).toHaveLength(1)
    expect(opinions[0]).toMatchObject({ height: 1, hash: entry.hashBytes, agent: ONLOOKER.publicKey })
    mempool.add(compose.transfer(network.networkId, network.signers[0]!, 0, network.signers[1]!.publicKey, 1n, 50n))
    expect(critic.slotsFor(entry.header)).toBe(7)
    expect(critic.unsaid()).toEqual([])
  })

  it('F-35: what is invalid is no matter of taste: no opinion, no delay, and nothing that could approve of it', () => {
    for (const type of ['lawful', 'chaotic', 'dramatic'] as const) {
      const { network, critic } = scene(personalityOf(type))
      const good = makeBlock(network, network.tree.final)
      const header: Header = { ...good.header, stateRoot: new Uint8Array(32).fill(1) }
      const hash = blockHash(network.networkId, header)
      const signature = makerOf(network, good).sign(proposalBytes(network.networkId, hash))
      const bad = put(network, { ...rootEntry(hash, header, good.state!, signature), transactions: good.transactions, state: null })
      expect(critic.slotsFor(bad.header)).toBe(0)
      expect(bad.invalid).toMatchObject({ code: 'bad-state-root' })
      expect(critic.unsaid()).toEqual([])
    }
  })

  it('a block whose body is not here yet, and one that nobody knows, are not judged', () => {
    const { network, critic } = scene(INSATIABLE)
    const block = makeBlock(network, network.tree.final)
    expect(critic.slotsFor(block.header)).toBeNull()
    const added = network.tree.add(block.hashBytes, block.header, block.signature, null, 0)
    expect(added.ok).toBe(true)
    expect(critic.slotsFor(block.header)).toBe(0)
    expect(critic.unsaid()).toEqual([])
  })

  it('has no say in families that give personalities none, nor without a personality', () => {
    const elsewhere = createNetwork(4)
    const { tree, networkId } = elsewhere
    const critic = new Critic({ tree, mempool: new Mempool(), networkId, signer: ONLOOKER, stalled: () => false, personality: () => INSATIABLE })
    expect(critic.slotsFor(put(elsewhere, makeBlock(elsewhere, elsewhere.tree.final)).header)).toBeNull()
    const { network, critic: nobody } = scene(null)
    expect(nobody.slotsFor(put(network, makeBlock(network, network.tree.final)).header)).toBeNull()
  })

  it.each([0, 3, 7])('is held to the network’s %i slots; with none it is silent', most => {
    const { network, critic } = scene(INSATIABLE, { ...CONFIG, parameters: encodeParameters({ tasteSlots: most }) })
    const entry = put(network, makeBlock(network, network.tree.final))
    expect(critic.slotsFor(entry.header)).toBe(most === 0 ? null : most)
    expect(critic.unsaid()).toHaveLength(most === 0 ? 0 : 1)
  })

  it('approves of its own block, however bad', () => {
    const probe = createNetwork(4, { config: CONFIG, heartbeatTtl: 1000 })
    const maker = makerOf(probe, makeBlock(probe, probe.tree.final))
    const { network, critic } = scene(INSATIABLE, CONFIG, maker)
    expect(critic.slotsFor(put(network, makeBlock(network, network.tree.final)).header)).toBe(0)
    expect(critic.unsaid()[0]).toMatchObject({ verdict: VERDICT_APPROVE })
  })
})

describe('what a critic looks at', () => {
  it('fees', () => {
    for (const [fee, points] of [
      [0n, -175],
      [5n, 0],
      [10n, 175]
    ] as const) {
      const { network, critic } = scene(sober('greedy'))
      const [a, b] = network.signers
      critic.slotsFor(
        put(network, makeBlock(network, network.tree.final, { transactions: [compose.transfer(network.networkId, a!, 0, b!.publicKey, 1n, fee)] })).header
      )
      expect(said(critic).points['fees'] ?? 0).toBe(points)
    }
  })

  it('transactions that were left waiting, as long as the parent is final', () => {
    const { network, mempool, critic } = scene(sober('rational'))
    const [a, b] = network.signers
    const waiting = [0, 1, 2, 3].map(nonce => compose.transfer(network.networkId, a!, nonce, b!.publicKey, 1n))
    for (const transaction of waiting) mempool.add(transaction)
    const first = put(network, makeBlock(network, network.tree.final, { transactions: waiting.slice(0, 2) }))
    critic.slotsFor(first.header)
    // T = 0.4 · 500 + 0.6 · 1000 = 800; (800 − 550) · 650 / 1000 = 162.
    expect(said(critic).points['technical']).toBe(162)
    critic.slotsFor(put(network, makeBlock(network, first)).header)
    expect(said(critic).points['technical'], 'what waits may be in the parent').toBe(292)
  })

  it('whether its maker was caught', () => {
    const { network, critic } = scene(personalityOf('lawful'))
    const block = makeBlock(network, network.tree.final)
    critic.noteCaught(block.header.proposer)
    expect(critic.slotsFor(put(network, block).header)).toBe(7)
    expect(said(critic)).toMatchObject({ score: -600, points: { equivocation: -600 } })
  })

  it('the record of its maker', () => {
    const { network, critic } = scene(sober('rational'))
    const { tree } = network
    const ranking = network.rules.familyOf(tree.final.state!).ranking(tree.final.state!)
    const first = put(network, makeBlock(network, tree.final, { rank: 2 }))
    expect(tree.stateOf(first)).not.toBeNull()
    const second = put(network, makeBlock(network, first))
    expect(toHex(second.header.proposer), 'who was passed over once').toBe(toHex(ranking[1]!.publicKey))
    critic.slotsFor(second.header)
    // One turn missed and none used: 1000 · 1 / 3 = 333; (333 − 550) · 200 / 1000 = −43.
    expect(said(critic).points['record']).toBe(-43)
  })

  it('an alliance with its maker, where its terms say so (D-07)', () => {
    for (const supportVote of [0, 1]) {
      const { network, critic } = scene(sober('strategic'), CONFIG, createNetwork(4, { config: CONFIG }).signers[1])
      const { networkId, signers } = network
      const members = signers.map(({ publicKey }) => publicKey).sort(compareBytes)
      const sign = (who: number, kind: number, nonce: number, payload: Uint8Array) =>
        signTransaction(networkId, { kind, sender: signers[who]!.publicKey, nonce, fee: 0n, payload }, signers[who]!)
      const offer = encode(AlliancePayload, { purpose: 1, label: new Uint8Array(32), members, terms: { ...TERMS, supportVote } })
      const offered = put(network, makeBlock(network, network.tree.final, { transactions: [sign(0, TX_ALLIANCE, 0, offer)] }))
      const { id } = network.tree.stateOf(offered)!.view.social.alliances.getReadonly(0).toValue()
      const joins = [1, 2, 3].map(who => sign(who, TX_ALLIANCE_SIGN, 0, encode(AllianceReferencePayload, { alliance: id })))
      const formed = put(network, makeBlock(network, offered, { transactions: joins }))
      expect(network.tree.stateOf(formed)!.view.social.alliances.getReadonly(0).toValue().status).toBe(ALLIANCE_ACTIVE)
      const byOther = [0, 1].map(rank => makeBlock(network, formed, { rank })).find(({ header }) => toHex(header.proposer) !== toHex(signers[1]!.publicKey))!
      critic.slotsFor(put(network, byOther).header)
      expect(said(critic).points['ally'] ?? 0).toBe(supportVote * 150)
    }
  })

  it('its own mood while the round does not end', () => {
    const { network, mood, critic } = scene(sober('emotional'))
    mood.stalled = true
    critic.slotsFor(put(network, makeBlock(network, network.tree.final)).header)
    expect(said(critic)).toMatchObject({ score: 0, points: { mood: -100 } })
  })
})

describe('what a critic keeps', () => {
  it('opinions for as many blocks as screens show, and no judgement of a final height', () => {
    const { network, critic } = scene(INSATIABLE)
    const entry = put(network, makeBlock(network, network.tree.final))
    critic.slotsFor(entry.header)
    const [opinion] = critic.unsaid()
    expect(critic.take(opinion!)).toBeNull()
    expect(critic.take(opinion!)).toMatchObject({ code: 'duplicate' })
    critic.forget(1)
    expect(critic.opinions.size).toBe(1)
    critic.slotsFor(entry.header)
    expect(critic.unsaid(), 'the judgement was dropped').toHaveLength(1)
    critic.forget(1 + KEPT_FINAL_BLOCKS)
    expect(critic.opinions.size).toBe(1)
    critic.forget(2 + KEPT_FINAL_BLOCKS)
    expect(critic.opinions.size).toBe(0)
  })
})
