import { describe, expect, it } from 'vitest'
import { toHex } from '../bytes'
import type { BlockEntry } from '../chain/blockTree'
import type { Signer } from '../crypto/ed25519'
import { VOTE_FINALISE, VOTE_NOTARISE } from '../schema'
import type { Genesis, Header, Vote } from '../schema'
import { addBlock, certificateFor, createNetwork, makeBlock, signerAt, TEST_TIME, voteFor } from '../testing/network'
import type { TestNetwork } from '../testing/network'
import { RankedRounds, TENTATIVE_AFTER_SLOTS } from './rankedRounds'
import type { ConsensusAction } from './rankedRounds'
import { admitVote } from './voteGuard'
import type { VoteRow } from './voteGuard'

const INTERVAL = 2000
const SLOT = 1200
/** `start` of height 1: one interval after genesis. */
const START = TEST_TIME + INTERVAL

/** One validator with its own tree and disk. What it is told, and when it looks, is in the hands of the test. */
class Seat {
  readonly network: TestNetwork
  readonly rounds: RankedRounds
  readonly signer: Signer
  readonly rows: VoteRow[] = []
  readonly votes: Vote[] = []
  readonly blocks: BlockEntry[] = []
  readonly actions: ConsensusAction[] = []
  wakeAt = Infinity

  constructor(
    readonly number: number,
    size: number,
    { taste, proposes = false, ...parameters }: Partial<Genesis> & { taste?: (header: Header) => number; proposes?: boolean } = {}
  ) {
    this.network = createNetwork(size, parameters)
    this.signer = this.network.signers[number]!
    this.rounds = new RankedRounds(this.network.tree, taste === undefined ? { self: this.signer.publicKey } : { self: this.signer.publicKey, taste }, TEST_TIME)
    this.proposes = proposes
  }
  readonly proposes: boolean

  /** Applies the rules until nothing more fires, as a node does; the disk answers at once. */
  look(now: number): ConsensusAction[] {
    const all: ConsensusAction[] = []
    for (;;) {
      const { actions, wakeAt } = this.rounds.advance(now)
      this.wakeAt = wakeAt
      if (actions.length === 0) break
      for (const action of actions) this.#perform(action, now)
      all.push(...actions)
    }
    this.actions.push(...all)
    return all
  }

  #perform(action: ConsensusAction, now: number): void {
    if (action.do === 'propose' && this.proposes) {
      const timestamp = this.network.rules.familyOf(action.parent.state!).timestamp(action.parent.state!, action.turn, now)
      const block = makeBlock(this.network, action.parent, { rank: action.turn.rank, timestamp })
      this.learn(block, now)
      this.blocks.push(block)
    }
    if (action.do !== 'store') return
    expect(
      admitVote(
        this.rows.filter(row => row.height === action.row.height),
        0,
        action.row
      ),
      'the rules ask for nothing that the guard refuses (R6)'
    ).toEqual({ ok: true })
    this.rows.push(action.row)
    const vote = voteFor(this.network, this.signer, action.entry, action.row.kind === 'finalise' ? VOTE_FINALISE : VOTE_NOTARISE)
    this.votes.push(vote)
    this.rounds.addVote(vote)
  }

  learn(block: BlockEntry, now = block.header.timestamp): BlockEntry {
    if (block.height <= this.network.tree.final.height) return block
    const entry = addBlock(this.network.tree, block, now)
    this.rounds.noteBlock(entry)
    return entry
  }

  /** `kind:hash` of what it has promised at a height. */
  promises(height = 1): string[] {
    return this.rows.filter(row => row.height === height && row.kind !== 'propose').map(row => `${row.kind}:${row.hash}`)
  }
}

/** A validator of four, and the blocks of all ranks at height 1. */
function table(options: ConstructorParameters<typeof Seat>[2] = {}) {
  const seat = new Seat(0, 4, options)
  const blocks = [0, 1, 2, 3].map(rank => makeBlock(seat.network, seat.network.tree.final, { rank }))
  const [r0, r1, r2, r3] = blocks as [BlockEntry, BlockEntry, BlockEntry, BlockEntry]
  return {
    seat,
    r0,
    r1,
    r2,
    r3,
    certificate: (block: BlockEntry, kind = VOTE_NOTARISE) => certificateFor(seat.network, seat.network.signers.slice(1), block, kind)
  }
}
const did = (actions: ConsensusAction[], kind: ConsensusAction['do']) => actions.filter(action => action.do === kind)
const notarise = (block: BlockEntry) => `notarise:${block.hash}`
const finalise = (block: BlockEntry) => `finalise:${block.hash}`

describe('R2: when to propose', () => {
  it('at the start of the round, one interval after the parent, and not before', () => {
    const { seat } = table()
    expect(did(seat.look(START - 1), 'propose')).toEqual([])
    expect(seat.wakeAt).toBe(START)
    expect(did(seat.look(START), 'propose')).toMatchObject([{ tentative: false }])
    expect(did(seat.look(START + 1), 'propose'), 'once per parent').toEqual([])
  })

  it('whoever enters late starts late', () => {
    const { seat, r0, certificate } = table()
    seat.learn(r0)
    seat.rounds.addCertificate(certificate(r0))
    const late = START + 9000
    seat.look(late)
    expect(seat.rounds.round).toBe(2)
    expect(seat.rounds.startOf(seat.network.tree.get(r0.hash)!)).toBe(late)
  })

  it('all ranks at once: every seat of four proposes at the start (M001, M012, M013)', () => {
    for (let number = 0; number < 4; number++) {
      const seat = new Seat(number, 4)
      expect(did(seat.look(START - 1), 'propose')).toEqual([])
      expect(did(seat.look(START), 'propose')).toHaveLength(1)
    }
  })

  it('who is not registered proposes and votes nothing', () => {
    const network = createNetwork(4)
    const rounds = new RankedRounds(network.tree, { self: signerAt(77).publicKey }, TEST_TIME)
    addBlock(network.tree, makeBlock(network, network.tree.final))
    expect(rounds.advance(START + 100 * SLOT).actions.filter(action => action.do === 'store' || (action.do === 'propose' && !action.tentative))).toEqual([])
    expect(rounds.isValidator(1)).toBe(false)
  })
})

describe('R3: whom to notarise', () => {
  it('the best rank at the start, and no worse one beside it, however long it waits', () => {
    const { seat, r0, r1, r2, r3 } = table()
    for (const block of [r3, r1, r0, r2]) seat.learn(block)
    seat.look(START)
    for (let slot = 0; slot < 5; slot++) seat.look(START + slot * SLOT)
    expect(seat.promises()).toEqual([notarise(r0)])
  })

  it('a worse rank waits for its time, slot by slot', () => {
    for (const rank of [1, 2, 3] as const) {
      const made = table()
      const block = [made.r0, made.r1, made.r2, made.r3][rank]!
      made.seat.learn(block)
      made.seat.look(START + rank * SLOT - 1)
      expect(made.seat.promises()).toEqual([])
      expect(made.seat.wakeAt).toBe(START + rank * SLOT)
      made.seat.look(START + rank * SLOT)
      expect(made.seat.promises()).toEqual([notarise(block)])
    }
  })

  it('of two whose time has come the better; one that comes later and is better gets a vote, too; a worse one does not', () => {
    const { seat, r0, r1, r2, r3 } = table()
    seat.learn(r2)
    seat.learn(r1)
    seat.look(START + 2 * SLOT)
    expect(seat.promises()).toEqual([notarise(r1)])
    seat.learn(r0)
    seat.learn(r3)
    seat.look(START + 3 * SLOT)
    expect(seat.promises()).toEqual([notarise(r1), notarise(r0)])
  })

  it('what breaks the rules gets no vote and holds nobody up', () => {
    const { seat, r0, r1 } = table()
    const header = { ...r0.header, stateRoot: new Uint8Array(32) }
    seat.learn({ ...r0, header, hash: toHex(new Uint8Array(32).fill(9)), hashBytes: new Uint8Array(32).fill(9) })
    seat.learn(r1)
    seat.look(START + SLOT)
    expect(seat.promises()).toEqual([notarise(r1)])
  })

  it('no vote before the body is here (F-16, M047)', () => {
    const { seat, r0 } = table()
    const added = seat.network.tree.add(r0.hashBytes, r0.header, r0.signature, null, START)
    expect(added.ok).toBe(true)
    seat.look(START)
    expect(seat.promises()).toEqual([])
    expect(seat.rounds.missingBodies()).toEqual([r0.hash])
    seat.rounds.touch()
    seat.network.tree.add(r0.hashBytes, r0.header, r0.signature, r0.transactions, START)
    seat.look(START)
    expect(seat.promises()).toEqual([notarise(r0)])
  })

  it('a proposer with two blocks on one parent: evidence, no vote for the second, and disqualified', () => {
    const { seat, r0, r1 } = table()
    const twin = makeBlock(seat.network, seat.network.tree.final, { rank: 0, timestamp: START + INTERVAL })
    seat.learn(r0)
    seat.look(START)
    seat.learn(twin)
    seat.learn(r1)
    const actions = seat.look(START + 5 * SLOT)
    expect(did(actions, 'evidence')).toMatchObject([{ first: { hash: r0.hash }, second: { hash: twin.hash } }])
    expect(seat.promises()).not.toContain(notarise(twin))
    expect(seat.rounds.record(1).disqualified.size).toBe(1)
    expect(seat.promises(), 'the others get their turn').toEqual([notarise(r0), notarise(r1)])
  })
})

describe('R8: taste delays and never decides', () => {
  const dislike = (rank: number, slots: number) => ({ taste: (header: Header) => (header.rank === rank ? slots : 0) })

  it('moves the time of a block by its slots', () => {
    const { seat, r0 } = table(dislike(0, 3))
    seat.learn(r0)
    seat.look(START + 3 * SLOT - 1)
    expect(seat.promises()).toEqual([])
    seat.look(START + 3 * SLOT)
    expect(seat.promises()).toEqual([notarise(r0)])
  })

  it('the disliked block is still the better one once its time has come', () => {
    const { seat, r0, r1 } = table(dislike(0, 2))
    seat.learn(r0)
    seat.learn(r1)
    seat.look(START + 2 * SLOT)
    expect(seat.promises()).toEqual([notarise(r0)])
  })

  it('until then a worse rank may get a vote, and the better one follows', () => {
    const { seat, r0, r1 } = table(dislike(0, 2))
    seat.learn(r0)
    seat.learn(r1)
    seat.look(START + SLOT)
    seat.look(START + 2 * SLOT)
    expect(seat.promises()).toEqual([notarise(r1), notarise(r0)])
  })

  it('cannot make an invalid block valid (F-35)', () => {
    const { seat, r0 } = table({ taste: () => 0 })
    seat.learn({ ...r0, header: { ...r0.header, rank: 1 }, hash: toHex(new Uint8Array(32).fill(9)), hashBytes: new Uint8Array(32).fill(9) })
    seat.look(START + 20 * SLOT)
    expect(seat.promises()).toEqual([])
  })
})

describe('R4, R5: the end of a round', () => {
  it('a quorum of votes, or the certificate itself, ends it; the next begins at that moment', () => {
    const { seat, r0 } = table()
    seat.learn(r0)
    seat.look(START)
    for (const signer of seat.network.signers.slice(1, 3)) expect(seat.rounds.addVote(voteFor(seat.network, signer, r0))).toBeNull()
    const actions = seat.look(START + 30)
    expect(did(actions, 'notarised')).toHaveLength(1)
    expect(seat.rounds.round).toBe(2)
    expect(seat.rounds.record(2).enteredAt).toBe(START + 30)
  })

  it('two votes of four do not, however often they come (M050)', () => {
    const { seat, r0 } = table()
    seat.learn(r0)
    seat.look(START)
    const vote = voteFor(seat.network, seat.network.signers[1]!, r0)
    expect(seat.rounds.addVote(vote)).toBeNull()
    for (let i = 0; i < 10; i++) expect(seat.rounds.addVote(vote)).toMatchObject({ code: 'duplicate' })
    seat.look(START + 50 * SLOT)
    expect(seat.rounds.round).toBe(1)
    expect(seat.rounds.weights(seat.network.tree.get(r0.hash)!)).toEqual({ notarised: 2, finalised: 0, total: 4 })
  })

  it('whoever notarised nothing else also signs finalise', () => {
    const { seat, r0, certificate } = table()
    seat.learn(r0)
    seat.look(START)
    seat.rounds.addCertificate(certificate(r0))
    seat.look(START)
    expect(seat.promises()).toEqual([notarise(r0), finalise(r0)])
  })

  it('having notarised nothing at all counts as nothing else', () => {
    const { seat, r0, certificate } = table()
    seat.learn(r0)
    seat.rounds.addCertificate(certificate(r0))
    seat.look(START - 500)
    expect(seat.promises()).toEqual([finalise(r0)])
  })

  it('whoever notarised another block does not, also when that promise was made before a restart', () => {
    const first = table()
    first.seat.learn(first.r1)
    first.seat.look(START + SLOT)
    first.seat.learn(first.r0)
    first.seat.rounds.addCertificate(first.certificate(first.r0))
    first.seat.look(START + SLOT)
    expect(first.seat.promises()).toEqual([notarise(first.r1)])

    const restarted = table()
    restarted.seat.rounds.restore({ kind: 'notarise', height: 1, hash: restarted.r1.hash, parent: restarted.r1.parent })
    restarted.seat.learn(restarted.r0)
    restarted.seat.rounds.addCertificate(restarted.certificate(restarted.r0))
    restarted.seat.look(START)
    expect(restarted.seat.promises()).toEqual([])
  })

  it('having left the round, or promised to finalise, it never notarises there again', () => {
    const { seat, r0, r1, certificate } = table()
    seat.learn(r1)
    seat.rounds.addCertificate(certificate(r1))
    seat.look(START)
    seat.learn(r0)
    seat.look(START + 50 * SLOT)
    expect(seat.promises()).toEqual([finalise(r1)])

    const restarted = table()
    restarted.seat.rounds.restore({ kind: 'finalise', height: 1, hash: restarted.r1.hash, parent: restarted.r1.parent })
    restarted.seat.learn(restarted.r0)
    restarted.seat.look(START + 5 * SLOT)
    expect(restarted.seat.promises()).toEqual([])
  })

  it('a certificate whose block is not here ends nothing; its body is asked for', () => {
    const { seat, r0, certificate } = table()
    expect(seat.rounds.addCertificate(certificate(r0))).toBeNull()
    seat.look(START)
    expect(seat.rounds.round).toBe(1)
    expect(seat.rounds.missingBodies()).toEqual([r0.hash])
    seat.learn(r0)
    seat.look(START)
    expect(seat.rounds.round).toBe(2)
  })

  it('a quorum of finalisations makes the block final, with all before it (M026)', () => {
    const { seat, r0, certificate } = table()
    seat.learn(r0)
    seat.rounds.addCertificate(certificate(r0))
    seat.look(START)
    const child = seat.learn(makeBlock(seat.network, seat.network.tree.get(r0.hash)!))
    seat.rounds.addCertificate(certificate(child, VOTE_FINALISE))
    const finals = did(seat.look(START + INTERVAL), 'finalised')
    expect(finals).toMatchObject([{ entry: { hash: child.hash }, finals: [{ hash: r0.hash }, { hash: child.hash }] }])
    expect(seat.network.tree.final.hash).toBe(child.hash)
    expect(seat.rounds.round).toBe(3)
  })
})

describe('R9: against the set of that height', () => {
  it('strangers, unknown epochs and heights that are final do not count', () => {
    const { seat, r0, certificate } = table()
    const far = { height: 17, hashBytes: new Uint8Array(32) }
    expect(seat.rounds.addVote(voteFor(seat.network, signerAt(77), r0))).toMatchObject({ code: 'not-a-member' })
    expect(seat.rounds.addVote(voteFor(seat.network, seat.network.signers[1]!, far))).toMatchObject({ code: 'unknown-set' })
    expect(seat.rounds.addCertificate(certificateFor(seat.network, seat.network.signers, far))).toMatchObject({ code: 'unknown-set' })
    expect(seat.rounds.addCertificate(certificateFor(seat.network, seat.network.signers.slice(0, 2), r0))).toMatchObject({ code: 'certificate-weight' })
    seat.learn(r0)
    seat.rounds.addCertificate(certificate(r0, VOTE_FINALISE))
    seat.look(START)
    expect(seat.rounds.addVote(voteFor(seat.network, seat.network.signers[1]!, r0))).toMatchObject({ code: 'below-final' })
    expect(seat.rounds.addCertificate(certificate(r0))).toMatchObject({ code: 'below-final' })
  })
})

describe('R10: clocks only schedule', () => {
  it('a block of the future waits until it is at most one slot ahead, and is then voted for', () => {
    const { seat } = table()
    const future = makeBlock(seat.network, seat.network.tree.final, { rank: 0, timestamp: TEST_TIME + 20_000 })
    seat.learn(future)
    seat.look(TEST_TIME + 20_000 - SLOT - 1)
    expect(seat.promises()).toEqual([])
    seat.look(TEST_TIME + 20_000 - SLOT)
    expect(seat.promises()).toEqual([notarise(future)])
  })
})

/** Seats that hear each other at once. `mute` neither speaks nor hears. */
function sit(size: number, { mute = [] as number[], parameters = {} } = {}) {
  const seats = Array.from({ length: size }, (_, number) => new Seat(number, size, { ...parameters, proposes: true }))
  const awake = seats.filter(seat => !mute.includes(seat.number))
  const sent = new Map(awake.map(seat => [seat, { blocks: 0, votes: 0 }]))
  const exchange = (now: number) => {
    for (let quiet = false; !quiet;) {
      quiet = true
      for (const seat of awake) seat.look(now)
      for (const seat of awake) {
        const at = sent.get(seat)!
        for (const block of seat.blocks.slice(at.blocks)) for (const other of awake) if (other !== seat) other.learn(block, now)
        for (const vote of seat.votes.slice(at.votes)) for (const other of awake) if (other !== seat) other.rounds.addVote(vote)
        if (at.blocks < seat.blocks.length || at.votes < seat.votes.length) quiet = false
        sent.set(seat, { blocks: seat.blocks.length, votes: seat.votes.length })
      }
    }
  }
  /** @param until virtual milliseconds */
  const run = (until: number) => {
    for (let now = TEST_TIME; now <= TEST_TIME + until; now += 100) exchange(now)
  }
  return { seats, awake, run }
}

/** Final hashes by height; a seat that would finalise two at one height fails here (S1). */
function finalsOf(seat: Seat): string[] {
  const finals: string[] = []
  for (const action of seat.actions) {
    if (action.do !== 'finalised') continue
    for (const entry of action.finals) {
      expect(finals[entry.height - 1]).toBeUndefined()
      finals[entry.height - 1] = entry.hash
    }
  }
  return finals
}

describe('together', () => {
  it('R11: one validator finalises alone, a block every interval (M057)', () => {
    const { seats, run } = sit(1)
    run(20_000)
    expect(finalsOf(seats[0]!)).toHaveLength(10)
    expect(seats[0]!.network.tree.final.height).toBe(10)
  })

  it.each([
    ['two: both create, one is selected (M058)', 2],
    ['three: all create, one is selected (M059)', 3],
    ['five (M059)', 5]
  ])('%s', (_, size) => {
    const { seats, run } = sit(size, { parameters: { minCommittee: 1, heartbeatTtl: 1000 } })
    run(20_000)
    const finals = finalsOf(seats[0]!)
    expect(finals.length).toBeGreaterThanOrEqual(9)
    for (const seat of seats) {
      expect(finalsOf(seat), 'the same on all').toEqual(finals)
      expect(did(seat.actions, 'propose').length, 'everybody creates').toBeGreaterThanOrEqual(9)
    }
    for (const [i, hash] of finals.entries()) expect(seats[0]!.network.tree.get(hash)!.header, `height ${i + 1}`).toMatchObject({ rank: 0 })
  })

  it('two of whom only the senior votes: the junior follows and creates, too (minCommittee 4)', () => {
    const { seats, run } = sit(2, { parameters: { heartbeatTtl: 1000 } })
    run(12_000)
    expect(finalsOf(seats[0]!).length).toBeGreaterThanOrEqual(5)
    expect(finalsOf(seats[1]!)).toEqual(finalsOf(seats[0]!))
    expect(seats.map(seat => seat.votes.length > 0).filter(Boolean)).toHaveLength(1)
  })

  it.each([0, 1, 2, 3])('four of whom number %i is silent: the others go on (M029)', silent => {
    const { awake, run } = sit(4, { mute: [silent], parameters: { heartbeatTtl: 1000 } })
    run(40_000)
    const finals = finalsOf(awake[0]!)
    expect(finals.length).toBeGreaterThanOrEqual(8)
    for (const seat of awake) expect(finalsOf(seat)).toEqual(finals)
  })

  it('two of four are no quorum (F-02, M045): nothing is notarised or final, and a tentative chain grows', () => {
    const { awake, run } = sit(4, { mute: [2, 3], parameters: { heartbeatTtl: 1000 } })
    run(40_000)
    for (const seat of awake) {
      expect(did(seat.actions, 'notarised')).toEqual([])
      expect(seat.network.tree.final.height).toBe(0)
      const tentative = seat.actions.filter(action => action.do === 'propose' && action.tentative)
      expect(tentative.length).toBeGreaterThan(3)
      expect(seat.rounds.head(TEST_TIME + 40_000).height).toBeGreaterThan(3)
      expect(seat.rounds.stalledSince(TEST_TIME + 40_000)).toBe(START + TENTATIVE_AFTER_SLOTS * SLOT)
    }
    expect(awake[0]!.rounds.head(TEST_TIME + 40_000).hash, 'fork choice is the same on both').toBe(awake[1]!.rounds.head(TEST_TIME + 40_000).hash)
  })
})
