import { describe, expect, it } from 'vitest'
import { compareBytes, toHex } from '../bytes'
import { decode, encode } from '../codec'
import { verifyZip215 } from '../crypto/ed25519'
import { MAX_ALLIANCES_PER_AGENT } from '../limits'
import { ALLIANCE_ACTIVE, ALLIANCE_BROKEN, ALLIANCE_EXPIRED, ALLIANCE_LAPSED, ALLIANCE_OFFERED, AlliancePayload } from '../schema'
import { Room, TERMS } from '../testing/room'
import { transactionBytes } from '../signing'
import { allianceId, OFFER_BLOCKS } from './alliances'
import { recentDrama, dramaName } from './drama'
import { influenceOf, trustIn } from './trust'

/** The newest alliance of the state. */
function newest(room: Room) {
  const { alliances, allianceCount } = room.state.view.social
  return alliances.getReadonly(allianceCount - 1).toValue()
}

/** An alliance of the first `members`, in force. */
function allied(room: Room, members: number[], terms: Partial<typeof TERMS> = {}): Uint8Array {
  room.say(room.alliance(members[0]!, members, { terms: { ...TERMS, ...terms } })).mine()
  const { id } = newest(room)
  for (const member of members.slice(1)) room.say(room.join(member, id))
  room.mine()
  return id
}

const dramas = (room: Room) => [...recentDrama(room.state)].map(({ kind }) => dramaName(kind))

describe('alliances (T026–T030, F-21)', () => {
  it('T027, T028, T029, T030: an offer is in force once all members have signed the same terms by their own transactions', () => {
    const room = new Room(4)
    const before = toHex(room.state.view.social.hashTreeRoot())
    room.say(room.alliance(0, [0, 1, 2])).mine()
    const offered = newest(room)
    expect(offered).toMatchObject({ status: ALLIANCE_OFFERED, offeredAt: 1, offer: { purpose: 1, terms: TERMS } })
    expect(room.state.agent(room.key(0))!.alliances).toEqual([offered.id])
    expect(room.state.agent(room.key(1))!.alliances, 'nobody is put into one').toEqual([])
    room.say(room.join(1, offered.id)).mine()
    expect(newest(room).status).toBe(ALLIANCE_OFFERED)
    room.say(room.join(2, offered.id)).mine()
    expect(newest(room)).toMatchObject({ status: ALLIANCE_ACTIVE, formedAt: 3, until: 3 + TERMS.durationBlocks })
    for (const who of [0, 1, 2]) expect(room.state.agent(room.key(who))!.alliances).toEqual([offered.id])
    expect(room.state.agent(room.key(3))!.alliances).toEqual([])
    expect(toHex(room.state.view.social.hashTreeRoot())).not.toBe(before)
    expect(dramas(room)).toEqual(['alliance-formed'])
    // D-14: every ordered pair trusts by 200 more, and an alliance adds 5 % to the weight of a reputation.
    expect(trustIn(room.state, room.place(0), room.place(1), 3)).toBe(200)
    expect(trustIn(room.state, room.place(1), room.place(0), 3)).toBe(200)
    expect(trustIn(room.state, room.place(3), room.place(0), 3)).toBe(0)
    expect(influenceOf(room.state, room.place(0), 3)).toBe(Math.floor((500 * 1050 * 600) / 1_000_000))
    expect(influenceOf(room.state, room.place(3), 3)).toBe(250)
  })

  it('P065, P071: an offer is read back as it was written, proposer, members, purpose, terms and duration; its id is the hash of all of them', () => {
    const room = new Room(3)
    const offer = room.alliance(0, [0, 1])
    const payload = decode(AlliancePayload, offer.payload)
    if (!payload.ok) throw new Error(payload.code)
    expect(encode(AlliancePayload, payload.value)).toEqual(offer.payload)
    expect(payload.value).toMatchObject({ purpose: 1, members: [room.key(0), room.key(1)].sort(compareBytes), terms: TERMS })
    room.say(offer).mine()
    const { id, offer: stored } = newest(room)
    expect(stored).toEqual({ ...payload.value, proposer: room.key(0), nonce: stored.nonce })
    const { networkId } = room.network
    expect(allianceId(networkId, stored)).toEqual(id)
    for (const change of [
      { proposer: room.key(1) },
      { members: [room.key(0), room.key(2)].sort(compareBytes) },
      { purpose: 2 },
      { terms: { ...TERMS, durationBlocks: TERMS.durationBlocks + 1 } }
    ])
      expect(allianceId(networkId, { ...stored, ...change })).not.toEqual(id)
  })

  it('P069: an offer without its proposer’s signature, or with another’s, is nobody’s', () => {
    const room = new Room(3)
    const { networkId } = room.network
    const offer = room.alliance(0, [0, 1])
    const holds = ({ sender, signature, ...rest }: typeof offer): boolean =>
      verifyZip215({ publicKey: sender, message: transactionBytes(networkId, { sender, ...rest }), signature })
    expect(holds(offer)).toBe(true)
    expect(holds({ ...offer, sender: room.key(1) }), 'another key').toBe(false)
    expect(holds({ ...offer, signature: new Uint8Array(64) }), 'none').toBe(false)
    expect(holds({ ...offer, payload: room.alliance(0, [0, 2]).payload }), 'another offer').toBe(false)
  })

  it('T026, T030: what is refused, by code', () => {
    const room = new Room(4)
    const [a, b] = [room.key(0), room.key(1)].sort(compareBytes) as [Uint8Array, Uint8Array]
    const stranger = new Uint8Array(32).fill(9)
    expect(room.refusal(room.alliance(0, [0, 1], { members: [...[a, b], stranger].sort(compareBytes) }))).toBe('unknown-member')
    expect(room.refusal(room.alliance(0, [1, 2]))).toBe('not-a-member')
    for (const members of [[], [a], [a, a], [b, a]]) expect(room.refusal(room.alliance(0, [0, 1], { members }))).toBe('bad-alliance')
    const wrong: Partial<typeof TERMS>[] = [
      { durationBlocks: 0 },
      { durationBlocks: 10_001 },
      { memeBoost: 201 },
      { rewardShare: 501 },
      { breakPenalty: 501 },
      { supportVote: 2 },
      { exclusive: 2 }
    ]
    for (const change of wrong) expect(room.refusal(room.alliance(0, [0, 1], { terms: { ...TERMS, ...change } }))).toBe('bad-alliance')
    expect(room.refusal(room.alliance(0, [0, 1], { purpose: 6 }))).toBe('bad-alliance')
    expect(room.refusal(room.alliance(0, [0, 1], { purpose: 5 })), 'a purpose of its own needs a name').toBe('bad-alliance')
    room.say(room.alliance(0, [0, 1])).mine()
    const { id } = newest(room)
    expect(room.refusal(room.join(0, id))).toBe('already-signed')
    expect(room.refusal(room.join(2, id))).toBe('not-a-member')
    expect(room.refusal(room.join(1, stranger))).toBe('unknown-alliance')
    room.say(room.join(1, id)).mine()
    expect(room.refusal(room.join(1, id))).toBe('not-open')
    expect(room.refusal(room.leaveAlliance(2, id))).toBe('not-a-member')
  })

  it('D-07: one agent signs eight at once', () => {
    const room = new Room(4)
    for (let i = 0; i < MAX_ALLIANCES_PER_AGENT; i++) room.say(room.alliance(0, [0, 1]))
    room.mine()
    const { alliances } = room.state.agent(room.key(0))!
    expect(alliances).toEqual([...alliances].sort(compareBytes))
    expect(alliances).toHaveLength(MAX_ALLIANCES_PER_AGENT)
    expect(room.refusal(room.alliance(0, [0, 1]))).toBe('too-many-alliances')
    for (const id of alliances) room.say(room.join(1, id))
    room
      .mine()
      .say(room.alliance(2, [1, 2]))
      .mine()
    expect(room.refusal(room.join(1, newest(room).id))).toBe('too-many-alliances')
  })

  it('expires at the start of its last height, and who kept to it is trusted the more', () => {
    const room = new Room(4)
    const id = allied(room, [0, 1])
    const { until } = room.state.alliance(id)!
    room.mineTo(until - 1)
    expect(room.state.alliance(id)!.status).toBe(ALLIANCE_ACTIVE)
    room.mine()
    expect(room.state.alliance(id)!.status).toBe(ALLIANCE_EXPIRED)
    expect(room.state.agent(room.key(0))!.alliances).toEqual([])
    expect(trustIn(room.state, room.place(0), room.place(1), until)).toBe(250)
    expect(room.state.view.social.agenda.length, 'the lapse of the offer is still to come, and says nothing').toBe(1)
    room.mineTo(OFFER_BLOCKS + 1)
    expect(room.state.view.social.agenda.length).toBe(0)
    expect(room.state.alliance(id)!.status).toBe(ALLIANCE_EXPIRED)
  }, 60_000)

  it('an offer that not all have signed lapses', () => {
    const room = new Room(4)
    room.say(room.alliance(0, [0, 1])).mine()
    const { id } = newest(room)
    room.mineTo(OFFER_BLOCKS)
    expect(room.refusal(room.join(1, id)), 'the block that ends it takes no signature any more').toBe('not-open')
    room.mine()
    expect(room.state.alliance(id)!.status).toBe(ALLIANCE_LAPSED)
    expect(room.state.agent(room.key(0))!.alliances).toEqual([])
  }, 60_000)

  it('a member declines, and nobody has lost anything', () => {
    const room = new Room(4)
    room.say(room.alliance(0, [0, 1])).mine()
    const { id } = newest(room)
    expect(room.refusal(room.leaveAlliance(2, id))).toBe('not-a-member')
    room.say(room.leaveAlliance(1, id)).mine()
    expect(room.state.alliance(id)!.status).toBe(ALLIANCE_LAPSED)
    expect(room.state.agent(room.key(0))).toMatchObject({ alliances: [], reputation: 500 })
    expect(room.state.agent(room.key(1))!.reputation).toBe(500)
    expect(dramas(room)).toEqual([])
    expect(room.refusal(room.leaveAlliance(0, id))).toBe('not-open')
  })

  it('breaking costs reputation by the terms and the others’ trust, and is a drama', () => {
    const room = new Room(4)
    const id = allied(room, [0, 1, 2])
    room.say(room.leaveAlliance(1, id)).mine()
    const broken = room.state.alliance(id)!
    expect(broken).toMatchObject({ status: ALLIANCE_BROKEN, brokenBy: room.key(1) })
    expect(room.state.agent(room.key(1))!.reputation).toBe(500 - TERMS.breakPenalty)
    expect(room.state.agent(room.key(0))!.reputation).toBe(500)
    const { height } = room.state
    expect(trustIn(room.state, room.place(0), room.place(1), height)).toBe(200 - 400)
    expect(trustIn(room.state, room.place(1), room.place(0), height), 'the breaker has nothing against them').toBe(200)
    for (const who of [0, 1, 2]) expect(room.state.agent(room.key(who))!.alliances).toEqual([])
    expect(dramas(room)[0]).toBe('alliance-broken')
    expect(room.refusal(room.leaveAlliance(0, id))).toBe('not-open')
  })

  it('D-07: a promised share of the reward goes to the other members, and nothing is made of nothing (S6)', () => {
    const gains = (terms: Partial<typeof TERMS>) => {
      const room = new Room(4)
      const supply = (): bigint => room.state.agents().reduce((sum, { balance, deposit }) => sum + balance + deposit, room.state.treasury)
      const whole = supply()
      allied(room, [0, 1, 2, 3], terms)
      const before = room.state.agents().map(({ balance }) => balance)
      room.mine()
      expect(supply()).toBe(whole)
      return { room, gained: room.state.agents().map(({ balance }, i) => balance - before[i]!) }
    }
    const alone = gains({ rewardShare: 0 })
    const shared = gains({ rewardShare: 300 })
    const proposer = shared.room.state.place(shared.room.tip.header.proposer)!
    expect(alone.room.state.place(alone.room.tip.header.proposer), 'the same block, but for the terms').toBe(proposer)
    const part = (alone.gained[proposer]! * 300n) / 1000n / 3n
    expect(part).toBeGreaterThan(0n)
    expect(shared.gained).toEqual(alone.gained.map((gain, i) => (i === proposer ? gain - 3n * part : gain + part)))
  })
})
