import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex, u32le } from '../../bytes'
import { buildBlock, checkHeader, executeBlock } from '../../chain/execute'
import type { BlockEntry } from '../../chain/blockTree'
import { encode } from '../../codec'
import { taggedHash } from '../../crypto/hash'
import { genesisState } from '../../genesis'
import { merklePath, merkleTree, rootFromPath, rootOf } from '../../merkle'
import { AGENT_LEFT, AGENT_PENALISED, EvidencePayload, TransactionList } from '../../schema'
import type { Genesis, Header, Plot } from '../../schema'
import { proposalBytes, signTransaction } from '../../signing'
import { MAX_PLOT_LEAVES } from '../../state/rules/plots'
import { checkTransaction, TX_EVIDENCE } from '../../state/transactions'
import { StateIndex } from '../../state/worldState'
import type { StateEdit, WorldState } from '../../state/worldState'
import { addBlock, clockOn, compose, createNetwork, makeBlock, signerAt } from '../../testing/network'
import type { TestNetwork } from '../../testing/network'
import { checkConfig, familiesOf } from '../registry'
import { challengeOf, claimIn, MAX_PATH, SpaceClaim } from './claim'
import { EASE_AFTER_WINDOWS, RETARGET_BLOCKS, SpaceMemory } from './difficulty'
import { bestProof, createPlot, plotLeaf, scoreOf } from './plot'
import type { FoundProof, NumberedPlot } from './proofSource'
import { spacetime, spacetimeWith, SpaceParameters, windowSlots } from './rules'
import { createSpaceNetwork, grow, plotOf } from './testing/spaceNetwork'

const SLOTS = 9
const INTERVAL_MS = 10_000
const SLOT_MS = 1200

const familyOn = (network: TestNetwork, parent: BlockEntry) => network.rules.familyOf(parent.state!)
const proofOf = (header: Pick<Header, 'claim'>) => claimIn(header.claim)!
const numberOf = (score: Uint8Array) => BigInt(`0x${toHex(score)}`)
const memoryOf = (state: WorldState) => SpaceMemory.deserialize(state.memory)

/** The parent with another state, as if history had gone that way. */
function changed(parent: BlockEntry, change: (edit: StateEdit) => void): BlockEntry {
  const edit = parent.state!.edit()
  change(edit)
  return { ...parent, state: edit.finish() }
}

function withDifficulty(parent: BlockEntry, difficulty: bigint): BlockEntry {
  return changed(parent, edit => {
    edit.memory = encode(SpaceMemory, { difficulty, periodStart: BigInt(parent.state!.timestamp), periodStartHeight: parent.height })
  })
}

function addPlot(edit: StateEdit, plot: Plot): void {
  edit.appendPlot(plot)
}

/** A header with another claim or rank, and the timestamp of that rank. */
function altered(header: Header, claim: Partial<SpaceClaim>, rank = header.rank): Header {
  return { ...header, rank, timestamp: header.timestamp + (rank - header.rank) * SLOT_MS, claim: encode(SpaceClaim, { ...proofOf(header), ...claim }) }
}

describe('the configuration', () => {
  it('has the defaults of the seed: a window of ten seconds, nine slots, 32 blocks of maturity', () => {
    const config = spacetime.defaultConfig(0)
    expect(checkConfig(config)).toBeNull()
    expect(config).toMatchObject({ family: 3, blockIntervalMs: INTERVAL_MS, slotMs: SLOT_MS })
    expect(SpaceParameters.deserialize(config.parameters)).toEqual({ maturity: 32, leavesPerOwner: MAX_PLOT_LEAVES })
    expect(windowSlots(config)).toBe(SLOTS)
    expect([1, 1199, 1200, 1201].map(blockIntervalMs => windowSlots({ blockIntervalMs, slotMs: SLOT_MS }))).toEqual([1, 1, 1, 2])
  })

  it('refuses other modes, values out of range and bytes that are not the one spelling', () => {
    const config = spacetime.defaultConfig(0)
    const parameters = (maturity: number, leavesPerOwner: number) => ({ ...config, parameters: encode(SpaceParameters, { maturity, leavesPerOwner }) })
    for (const bad of [
      { ...config, mode: 1 },
      { ...config, parameters: new Uint8Array(0) },
      { ...config, parameters: new Uint8Array(9) },
      parameters(2, 256),
      parameters(10_001, 256),
      parameters(32, 1)
    ])
      expect(checkConfig(bad)).toMatchObject({ code: 'bad-config' })
    expect(spacetime.check({ ...config, mode: 1 })).toMatchObject({ code: 'bad-config' })
    expect(checkConfig(parameters(3, 2))).toBeNull()
  })

  it('a claim has room for the path of the largest plot, and for no more', () => {
    expect(2 ** MAX_PATH).toBe(MAX_PLOT_LEAVES)
    const claim = (siblings: number) => ({
      plot: 0,
      leaf: 0,
      window: 0,
      score: new Uint8Array(32),
      siblings: Array.from({ length: siblings }, () => new Uint8Array(32))
    })
    expect(encode(SpaceClaim, claim(MAX_PATH))).toHaveLength(720)
    expect(claimIn(encode(SpaceClaim, claim(MAX_PATH)))).not.toBeNull()
    const tooLong = new Uint8Array([...encode(SpaceClaim, claim(MAX_PATH)), ...new Uint8Array(32)])
    expect(claimIn(tooLong)).toBeNull()
  })
})

describe('the winner', () => {
  it('S032, S035, S037, F-42: the lowest score of all plots makes the block, and its rank is what the leaves of all lead one to expect', () => {
    const network = createSpaceNetwork([16, 32, 64])
    let parent = network.tree.final
    for (let height = 1; height <= 12; height++) {
      const lowest = (window: number) => {
        const challenge = challengeOf(parent.state!.chain.previousSeed, height, window)
        return parent
          .state!.plots()
          .map(({ owner, seed, leaves }, plot) => ({ plot, window, owner, ...bestProof(createPlot(owner, seed, leaves), challenge)! }))
          .sort((a, b) => (toHex(a.score) < toHex(b.score) ? -1 : 1))[0]!
      }
      // 112 leaves, so one score in 38 counts.
      let best = lowest(0)
      while (numberOf(best.score) >= ((1n << 256n) - 1n) / 38n) best = lowest(best.window + 1)
      const blocks = [0, 1, 2].map(rank => makeBlock(network, parent, { rank }).header)
      const header = blocks.sort((a, b) => familyOn(network, parent).compare(a, b))[0]!
      const { plot, leaf, window, score } = proofOf(header)
      expect({ plot, leaf, window, score: toHex(score) }).toEqual({ plot: best.plot, leaf: best.leaf, window: best.window, score: toHex(best.score) })
      expect(header.proposer).toEqual(best.owner)
      expect(header.rank).toBe(window * SLOTS + Number((numberOf(score) * 112n) >> 256n))
      expect(header.timestamp).toBe(parent.state!.timestamp + INTERVAL_MS + header.rank * SLOT_MS)
      parent = grow(network, 1, parent)
    }
  })

  it('S034, S046: with several plots of one owner the best leaf of all of them answers', () => {
    const owner = signerAt(0).publicKey
    const plots = [0, 1, 2, 3].map(number => plotOf(owner, number, 16))
    const network = createSpaceNetwork([0], { plots })
    const used = new Set<number>()
    let parent = network.tree.final
    for (let height = 1; height <= 16; height++) {
      const challenge = challengeOf(parent.state!.chain.previousSeed, height, proofOf(makeBlock(network, parent).header).window)
      const scores = plots.map(({ seed }) => toHex(bestProof(createPlot(owner, seed, 16), challenge)!.score))
      parent = grow(network, 1, parent)
      expect(toHex(proofOf(parent.header).score)).toBe([...scores].sort()[0])
      used.add(proofOf(parent.header).plot)
    }
    expect(used.size).toBeGreaterThan(1)
  })

  it('S050, S051, S052, S053: its block holds the waiting transactions under their root, is signed, and passes the whole check', () => {
    const network = createSpaceNetwork([64, 64])
    const [a, b] = network.signers
    const transactions = [compose.transfer(network.networkId, a!, 0, b!.publicKey, 5n, 1n)]
    const { final } = network.tree
    const block = makeBlock(network, final, { transactions })
    expect(block.transactions).toEqual(transactions)
    expect(block.header.txRoot).toEqual(TransactionList.hashTreeRoot(transactions))
    expect(executeBlock(network.rules, final.state!, final.hashBytes, block.header, transactions)).toMatchObject({ ok: true })
    const signer = network.signers.find(({ publicKey }) => toHex(publicKey) === toHex(block.header.proposer))!
    expect(block.signature).toEqual(signer.sign(proposalBytes(network.networkId, block.hashBytes)))
  })

  it('a turn is the same whenever it is asked for, and on a second instance of the rules with a decoded state', () => {
    const network = createSpaceNetwork([16, 16, 16])
    const parent = grow(network, 3)
    const again = familiesOf(network.genesis)(parent.state!)
    const clock = clockOn(parent)
    for (const { publicKey } of network.signers) {
      const turn = familyOn(network, parent).turnOf(parent.state!, publicKey, clock)
      expect(familyOn(network, parent).turnOf(parent.state!, publicKey, { ...clock })).toEqual(turn)
      expect(again.turnOf(parent.state!, publicKey, clock)).toEqual(turn)
    }
  })

  it('who has no plot has no turn while others have', () => {
    const network = createSpaceNetwork([64, 0])
    const { final } = network.tree
    const turn = familyOn(network, final).turnOf(final.state!, network.signers[1]!.publicKey, clockOn(final))
    // Its ticket counts only after as many windows as a heartbeat lasts.
    expect(turn!.rank).toBeGreaterThanOrEqual(network.genesis.heartbeatTtl * SLOTS)
    expect(turn!.claim).toHaveLength(0)
    expect(familyOn(network, final).turnOf(final.state!, signerAt(9).publicKey, clockOn(final)), 'not registered').toBeNull()
    expect(familyOn(network, final).ranking(final.state!), 'no list: a proof is known to its owner alone').toEqual([])
  })
})

describe('S048: every way to be wrong has its own error', () => {
  const network = createSpaceNetwork([64, 64])
  const parent = grow(network, 2)
  const { header } = makeBlock(network, parent)
  const check = (candidate: Header, on = parent) => familyOn(network, on).checkTurn(on.state!, candidate)?.code ?? 'ok'
  const claim = proofOf(header)
  const mine = parent.state!.plots()[claim.plot]!
  const flipped = (bytes: Uint8Array) => bytes.map((byte, i) => (i === 0 ? byte ^ 1 : byte))

  it('a right one passes', () => {
    expect(check(header)).toBe('ok')
    expect(checkHeader(network.rules, parent.state!, parent.hashBytes, header)).toBeNull()
  })

  it('leaf, path, root, challenge, score', () => {
    expect(check(altered(header, { leaf: 64 }))).toBe('wrong-leaf')
    expect(check(altered(header, { siblings: claim.siblings.slice(1) }))).toBe('wrong-path')
    expect(check(altered(header, { siblings: [...claim.siblings, new Uint8Array(32)] }))).toBe('wrong-path')
    expect(check(altered(header, { siblings: claim.siblings.map((sibling, i) => (i === 3 ? flipped(sibling) : sibling)) }))).toBe('wrong-root')
    expect(check(altered(header, { leaf: claim.leaf ^ 1 })), 'another leaf than the path belongs to').toBe('wrong-root')
    expect(check(altered(header, { window: claim.window + 1 })), 'another window than that of the rank').toBe('wrong-challenge')
    expect(check(altered(header, { score: flipped(claim.score) }))).toBe('wrong-score')
    expect(check(altered(header, { window: claim.window + 1 }, header.rank + SLOTS)), 'the score of this window shown in the next').toBe('wrong-score')
  })

  it('plot and owner', () => {
    expect(check(altered(header, { plot: 2 }))).toBe('unknown-plot')
    expect(check(altered(header, { plot: 1 - claim.plot }))).toBe('foreign-plot')
    const other = network.signers.find(({ publicKey }) => toHex(publicKey) !== toHex(header.proposer))!
    expect(check({ ...header, proposer: other.publicKey }), 'somebody else shows the proof').toBe('foreign-plot')
  })

  it('rank, target, window, time, spelling', () => {
    expect(check(altered(header, {}, header.rank + 1))).toBe('wrong-rank')
    expect(check({ ...header, timestamp: header.timestamp + 1 })).toBe('off-slot')
    expect(check({ ...header, timestamp: header.timestamp - SLOT_MS })).toBe('off-slot')
    expect(check({ ...header, claim: new Uint8Array([...header.claim, 0]) })).toBe('bad-claim')
    expect(check({ ...header, claim: header.claim.slice(1) })).toBe('bad-claim')
    expect(check({ ...header, claim: new Uint8Array(0) }), 'no proof where one is asked for').toBe('no-proof')
    const { seed, owner, leaves } = mine
    const challenge = challengeOf(parent.state!.chain.previousSeed, parent.height + 1, 0)
    const tree = createPlot(owner, seed, leaves)
    const scores = Array.from({ length: leaves }, (_, leaf) => ({ leaf, score: scoreOf(challenge, plotLeaf(owner, seed, leaf)) }))
    const rankOf = ({ score }: { score: Uint8Array }) => Number((numberOf(score) * 128n) >> 256n)
    const show = (entry: (typeof scores)[0], on = parent) => {
      const proof = { plot: claim.plot, window: 0, ...entry, siblings: bestProof(tree, challenge, { start: entry.leaf, stride: 1, count: 1 })!.siblings }
      return check({ ...altered(header, proof, rankOf(entry)), proposer: owner }, on)
    }
    const late = scores.find(entry => rankOf(entry) >= SLOTS)!
    const within = scores.find(entry => rankOf(entry) >= 4 && rankOf(entry) < SLOTS)!
    // Rank 9 and more belong to the next window, whose challenge is another; the claim for its own window then has another rank than the header.
    expect(show(late)).toBe('wrong-challenge')
    const easy = withDifficulty(parent, 1n)
    expect(
      check(
        altered(
          header,
          { window: 0, score: late.score, leaf: late.leaf, siblings: bestProof(tree, challenge, { start: late.leaf, stride: 1, count: 1 })!.siblings },
          8
        ),
        easy
      )
    ).toBe('outside-window')
    expect(show(within)).toBe('above-target')
    expect(show(within, easy), 'with a difficulty that lets it pass').toBe('ok')
  })

  it('never throws, whatever the claim and the rank say', () => {
    const family = familyOn(network, parent)
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 1024 }), fc.nat(0xffff_ffff), fc.nat(0xffff_ffff), (bytes, rank, window) => {
        for (const bad of [{ ...altered(header, {}, rank), claim: bytes }, altered(header, { window }, rank)]) {
          expect(family.checkTurn(parent.state!, bad)).toMatchObject({ ok: false })
          expect(Number.isFinite(family.voteTime(parent.state!, bad, clockOn(parent)))).toBe(true)
          expect(Number.isFinite(family.compare(bad, header))).toBe(true)
        }
      }),
      { numRuns: 200 }
    )
  })
})

describe('S049, F-45: only space that was committed before', () => {
  const network = createSpaceNetwork([64, 0])
  const [, newcomer] = network.signers

  it('a plot counts from its maturity on, for its owner and for everybody’s rank', () => {
    const parent = grow(network, 6)
    const plot = plotOf(newcomer!.publicKey, 7, 64, 3)
    const grown = changed(parent, edit => addPlot(edit, plot))
    const at = (height: number) => changed(grown, edit => (edit.chain.height = height))
    const turn = (on: BlockEntry) => familyOn(network, on).turnOf(on.state!, newcomer!.publicKey, clockOn(on))!
    // Registered at 3, so the block of height 35 is the first that it may answer for.
    expect(turn(at(33)).claim).toHaveLength(0)
    const ripe = at(34)
    const found = turn(ripe)
    const header = {
      ...makeBlock(network, ripe).header,
      proposer: newcomer!.publicKey,
      ...found,
      timestamp: parent.state!.timestamp + INTERVAL_MS + found.rank * SLOT_MS
    }
    expect(proofOf(header).plot).toBe(1)
    expect(familyOn(network, ripe).checkTurn(ripe.state!, header)).toBeNull()
    expect(familyOn(network, at(33)).checkTurn(at(33).state!, header)).toMatchObject({ code: 'immature-plot' })
  })

  it('a proof out of a plot that was made up for it does not verify, however well it scores', () => {
    const parent = network.tree.final
    const mallory = newcomer!.publicKey
    const challenge = challengeOf(parent.state!.chain.previousSeed, 1, 0)
    // No plot at all: values are tried until one scores well, and a tree of two is put around it.
    let lucky = taggedHash('test-forgery', u32le(0))
    for (let i = 1; numberOf(scoreOf(challenge, lucky)) >> 246n > 0n; i++) lucky = taggedHash('test-forgery', u32le(i))
    const tree = merkleTree(2, () => lucky)
    const on = changed(parent, edit => addPlot(edit, { ...plotOf(mallory, 1, 2), root: rootOf(tree) }))
    expect(rootFromPath(lucky, 0, merklePath(tree, 0)), 'who only follows the path believes it').toEqual(rootOf(tree))
    const { header } = makeBlock(network, parent)
    const forged = {
      ...altered(header, { plot: 1, leaf: 0, window: 0, score: scoreOf(challenge, lucky), siblings: merklePath(tree, 0) }, 0),
      proposer: mallory
    }
    expect(familyOn(network, on).checkTurn(on.state!, forged)).toMatchObject({ code: 'wrong-root' })
    expect(familyOn(network, on).turnOf(on.state!, mallory, clockOn(on))!.claim, 'its own rules find no proof in it either').toHaveLength(0)
    const stolen = { ...altered(header, { plot: 1 }), proposer: mallory }
    expect(familyOn(network, on).checkTurn(on.state!, stolen), 'nor does a proof of somebody else’s').toMatchObject({ ok: false })
  })

  it('the penalised, the departed and the silent do not count, and their plots count for no rank', () => {
    const trio = createSpaceNetwork([64, 64, 64])
    let parent = grow(trio, 2)
    let { header } = makeBlock(trio, parent)
    // A proof for the first window: later ones begin later.
    while (proofOf(header).window > 0) {
      parent = grow(trio, 1, parent)
      header = makeBlock(trio, parent).header
    }
    const code = (change: Parameters<StateEdit['update']>[1]) => {
      const on = changed(parent, edit => edit.update(header.proposer, change))
      return familyOn(trio, on).checkTurn(on.state!, header)?.code
    }
    expect(code({ status: AGENT_PENALISED })).toBe('owner-gone')
    expect(code({ status: AGENT_LEFT })).toBe('owner-gone')
    const late = changed(parent, edit => {
      edit.chain.height = 17
      for (const { publicKey } of trio.signers) if (toHex(publicKey) !== toHex(header.proposer)) edit.update(publicKey, { lastHeartbeat: 10 })
    })
    expect(familyOn(trio, late).checkTurn(late.state!, { ...header, height: 18 })).toMatchObject({ code: 'owner-gone' })
    // With two of three gone the ranks of the third are a third of what they were.
    const alone = changed(parent, edit => {
      for (const { publicKey } of trio.signers) if (toHex(publicKey) !== toHex(header.proposer)) edit.update(publicKey, { status: AGENT_LEFT })
    })
    const lonely = familyOn(trio, alone).turnOf(alone.state!, header.proposer, clockOn(alone))!
    const [here, before] = [lonely, header].map(({ claim }) => proofOf({ claim }))
    expect(here).toEqual(before)
    expect(familyOn(trio, alone).proposalTime(alone.state!, lonely, header.proposer, clockOn(alone)) - clockOn(alone).start).toBe(
      Math.floor((Number((numberOf(here!.score) * 64n * 1000n) >> 256n) * SLOT_MS) / 1000)
    )
  })

  it('when nobody is alive all but the penalised count: the chain can be woken', () => {
    const trio = createSpaceNetwork([64, 64, 0])
    const dead = changed(trio.tree.final, edit => (edit.chain.height = 1000))
    const claims = trio.signers.map(({ publicKey }) => familyOn(trio, dead).turnOf(dead.state!, publicKey, clockOn(dead))!.claim.length > 0)
    expect(claims).toEqual([true, true, false])
  })

  it('leavesPerOwner: plots count in the order of registration while they fit', () => {
    const owner = signerAt(0).publicKey
    const plots = [plotOf(owner, 0, 64), plotOf(owner, 1, 128), plotOf(owner, 2, 64)]
    const config = { ...spacetime.defaultConfig(0), parameters: encode(SpaceParameters, { maturity: 32, leavesPerOwner: 128 }) }
    const limited = createSpaceNetwork([0, 64], { config, plots: [...plots, plotOf(signerAt(1).publicKey, 3, 64)] })
    const { final } = limited.tree
    const used = new Set<number>()
    let parent = final
    for (let i = 0; i < 12; i++) {
      parent = grow(limited, 1, parent)
      used.add(proofOf(parent.header).plot)
    }
    expect([...used].sort()).toEqual([0, 2, 3])
    const { header } = makeBlock(limited, final)
    expect(familyOn(limited, final).checkTurn(final.state!, { ...altered(header, { plot: 1 }), proposer: owner })).toMatchObject({ code: 'uncounted-plot' })
  })
})

describe('a proof counts once', () => {
  const network = createSpaceNetwork([128])
  const parent = grow(network, 1)
  const { header } = makeBlock(network, parent)
  const codeOn = (on: BlockEntry, candidate: Header) => familyOn(network, on).checkTurn(on.state!, candidate)?.code ?? 'ok'

  it('the same claim at another height, window or seed of the parent is refused', () => {
    expect(codeOn(parent, header)).toBe('ok')
    const next = addBlock(network.tree, makeBlock(network, parent))
    network.tree.stateOf(next)
    expect(codeOn(next, { ...header, height: header.height + 1, timestamp: next.state!.timestamp + INTERVAL_MS + header.rank * SLOT_MS })).toBe('wrong-score')
    for (const window of [1, 2, 50]) expect(codeOn(parent, altered(header, { window }, header.rank + window * SLOTS))).toBe('wrong-score')
    const elsewhere = changed(parent, edit => (edit.chain.previousSeed = taggedHash('seed', new Uint8Array(32))))
    expect(codeOn(elsewhere, header)).toBe('wrong-score')
    expect(
      codeOn(
        changed(parent, edit => (edit.chain.height = 40)),
        { ...header, height: 41 }
      )
    ).toBe('wrong-score')
  })

  it('F-49: two blocks from one proof on one parent convict their maker', () => {
    const [a] = network.signers
    const one = makeBlock(network, parent)
    const two = makeBlock(network, parent, { transactions: [compose.heartbeat(network.networkId, a!, 0, parent.height, parent.hashBytes)] })
    expect(two.header.claim).toEqual(one.header.claim)
    expect(two.hash).not.toBe(one.hash)
    const [first, second] = [one, two].sort((x, y) => (x.hash < y.hash ? -1 : 1)).map(({ header: of, signature }) => ({ header: of, signature }))
    const evidence = signTransaction(
      network.networkId,
      { kind: TX_EVIDENCE, sender: a!.publicKey, nonce: 0, fee: 0n, payload: encode(EvidencePayload, { first: first!, second: second! }) },
      a!
    )
    const context = { state: parent.state!.edit(), height: parent.height + 1, genesis: network.genesis, networkId: network.networkId }
    expect(checkTransaction(context, evidence)).toBeNull()
  })
})

describe('S033, S041, F-40, F-41: windows', () => {
  const network = createSpaceNetwork([16, 16])
  const parent = grow(network, 1)
  const turns = (on: BlockEntry, clock = clockOn(on)) => network.signers.map(({ publicKey }) => familyOn(network, on).turnOf(on.state!, publicKey, clock)!)

  it('an empty window is followed by a new challenge, and the ranks go on', () => {
    // A network of 32 leaves and a difficulty of 32: more than a third of all windows is empty.
    let empty = 0
    let on = parent
    for (let height = 0; height < 24; height++) {
      const hard = withDifficulty(on, 1n << 63n)
      const [best] = turns(hard).sort((a, b) => a.rank - b.rank)
      const { window, score } = proofOf(best!)
      expect(Math.floor(best!.rank / SLOTS)).toBe(window)
      for (let earlier = 0; earlier < window; earlier++) {
        const challenge = challengeOf(hard.state!.chain.previousSeed, hard.height + 1, earlier)
        const scores = hard.state!.plots().map(({ owner, seed, leaves }) => numberOf(bestProof(createPlot(owner, seed, leaves), challenge)!.score))
        expect(
          scores.every(other => other >= ((1n << 256n) - 1n) / 32n),
          'that window was empty indeed'
        ).toBe(true)
      }
      expect(numberOf(score) < ((1n << 256n) - 1n) / 32n || window >= EASE_AFTER_WINDOWS).toBe(true)
      if (window > 0) empty++
      on = grow(network, 1, on)
    }
    expect(empty).toBeGreaterThan(2)
  })

  it('any memory, any plot: there is a turn with a proof before a known window', () => {
    const lonely = createSpaceNetwork([2, 0], { heartbeatTtl: 2000 })
    const { final } = lonely.tree
    // Half a million leaves that nobody reads beside two that somebody does.
    const dark = changed(final, edit => addPlot(edit, { ...plotOf(signerAt(1).publicKey, 5, 2), leaves: 1 << 19 }))
    const last = EASE_AFTER_WINDOWS * 20
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.nat(5000), fc.uint8Array({ minLength: 32, maxLength: 32 }), (difficulty, window, seed) => {
        const on = changed(withDifficulty(dark, difficulty), edit => (edit.chain.previousSeed = seed))
        const anchor = clockOn(on).anchor
        const asleep = { anchor, start: anchor + (last + window) * SLOTS * SLOT_MS, slotMs: SLOT_MS }
        const turn = familyOn(lonely, on).turnOf(on.state!, lonely.signers[0]!.publicKey, asleep)
        expect(turn!.claim.length).toBeGreaterThan(0)
        expect(proofOf(turn!).window).toBe(last + window)
      }),
      { numRuns: 50 }
    )
  })

  it('a chain that slept goes on at once, in the window that is open now, and its time catches up', () => {
    const family = familyOn(network, parent)
    const hours = 8 * 3_600_000
    const anchor = parent.state!.timestamp + INTERVAL_MS
    const clock = { anchor, start: anchor + hours, slotMs: SLOT_MS }
    for (const turn of turns(parent, clock)) {
      expect(Math.floor(turn.rank / SLOTS)).toBe(Math.floor(hours / SLOT_MS / SLOTS))
      const speaks = family.proposalTime(parent.state!, turn, network.signers[0]!.publicKey, clock)
      expect(speaks - clock.start).toBeLessThan(SLOTS * SLOT_MS)
      expect(Math.abs(family.timestamp(parent.state!, turn, clock.start) - clock.start)).toBeLessThanOrEqual(SLOTS * SLOT_MS)
    }
  })

  it('even after centuries there is a turn, and its rank is a u32', () => {
    const anchor = parent.state!.timestamp + INTERVAL_MS
    const clock = { anchor, start: anchor + 0xffff_ffff * SLOT_MS * 10, slotMs: SLOT_MS }
    for (const turn of turns(parent, clock)) {
      expect(turn.rank).toBeLessThanOrEqual(0xffff_ffff)
      expect(turn.rank).toBeGreaterThan(0xffff_ff00)
    }
  })
})

describe('the times of ranks', () => {
  const network = createSpaceNetwork([32, 32, 32, 32])
  const parent = grow(network, 1)
  const family = familyOn(network, parent)
  const clock = clockOn(parent)
  const blocks = network.signers
    .map(({ publicKey }) => ({ publicKey, turn: family.turnOf(parent.state!, publicKey, clock)! }))
    .map(({ publicKey, turn }) => ({ ...makeBlock(network, parent).header, proposer: publicKey, rank: turn.rank, claim: turn.claim }))

  it('a better block speaks and is voted for earlier, even within one rank; compare and time agree', () => {
    const ordered = [...blocks].sort((a, b) => family.compare(a, b))
    const times = ordered.map(header => family.voteTime(parent.state!, header, clock))
    expect(times).toEqual([...times].sort((a, b) => a - b))
    expect(new Set(times).size).toBe(times.length)
    for (const header of ordered) {
      expect(family.proposalTime(parent.state!, header, header.proposer, clock)).toBe(family.voteTime(parent.state!, header, clock))
      const late = family.voteTime(parent.state!, header, clock) - clock.start - header.rank * SLOT_MS
      expect(late).toBeGreaterThanOrEqual(0)
      expect(late).toBeLessThan(SLOT_MS)
    }
  })

  it('F-42: of two blocks of one rank the lower score is better; a proof is better than a ticket', () => {
    const score = (first: number) => Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? first : 0))
    const at = (rank: number, first: number) => ({ ...blocks[0]!, rank, claim: encode(SpaceClaim, { ...proofOf(blocks[0]!), score: score(first) }) })
    const ticket = (rank: number) => ({ ...blocks[0]!, rank, claim: new Uint8Array(0) })
    expect(family.compare(at(0, 200), at(1, 0))).toBeLessThan(0)
    expect(family.compare(at(1, 127), at(1, 128))).toBeLessThan(0)
    expect(family.compare(at(1, 255), at(1, 128))).toBeGreaterThan(0)
    expect(family.compare(at(1, 128), at(1, 128))).toBe(0)
    expect(family.compare(at(1, 255), ticket(1))).toBeLessThan(0)
    expect(family.compare(ticket(1), at(1, 255))).toBeGreaterThan(0)
    expect(family.compare(ticket(1), ticket(1))).toBe(0)
    expect(family.compare(ticket(0), at(1, 0))).toBeLessThan(0)
  })

  it('slots that have grown stretch the waits and leave the timestamps alone', () => {
    const wide = { ...clock, slotMs: 3 * SLOT_MS }
    for (const header of blocks) {
      const narrow = family.voteTime(parent.state!, header, clock) - clock.start
      expect(Math.abs(family.voteTime(parent.state!, header, wide) - wide.start - 3 * narrow)).toBeLessThanOrEqual(3)
      expect(family.timestamp(parent.state!, header, 0)).toBe(parent.state!.timestamp + INTERVAL_MS + header.rank * SLOT_MS)
    }
  })
})

describe('without space: tickets', () => {
  it('while no plot counts all that are alive go by tickets that nobody chooses, and those go round', () => {
    const network = createSpaceNetwork([0, 0, 0, 0])
    const { final } = network.tree
    const family = familyOn(network, final)
    const order = family.ranking(final.state!).map(({ publicKey }) => toHex(publicKey))
    expect(order).toHaveLength(4)
    const anchor = clockOn(final).anchor
    for (const slot of [0, 1, 2, 3, 4, 7, 1001]) {
      const clock = { anchor, start: anchor + slot * SLOT_MS, slotMs: SLOT_MS }
      const ranks = network.signers.map(({ publicKey }) => family.turnOf(final.state!, publicKey, clock)!.rank)
      expect([...ranks].sort((a, b) => a - b)).toEqual([slot, slot + 1, slot + 2, slot + 3])
      network.signers.forEach(({ publicKey }, i) => expect(order[ranks[i]! % 4]).toBe(toHex(publicKey)))
    }
    expect(makeBlock(network, final).header).toMatchObject({ rank: 0, claim: new Uint8Array(0) })
    const { header } = makeBlock(network, final, { rank: 1 })
    expect(family.checkTurn(final.state!, header)).toBeNull()
    expect(family.checkTurn(final.state!, { ...header, rank: 5, timestamp: header.timestamp + 4 * SLOT_MS })).toBeNull()
    expect(family.checkTurn(final.state!, { ...header, rank: 2, timestamp: header.timestamp + SLOT_MS })).toMatchObject({ code: 'bad-rank' })
  })

  it('the first plot to mature ends it, and brings the difficulty', () => {
    const network = createSpaceNetwork([0, 0])
    const parent = grow(network, 2)
    expect(parent.header.claim).toHaveLength(0)
    expect(memoryOf(parent.state!).difficulty).toBe(0n)
    const ripe = changed(parent, edit => addPlot(edit, plotOf(signerAt(0).publicKey, 0, 64)))
    const family = familyOn(network, ripe)
    expect(family.ranking(ripe.state!)).toEqual([])
    const late = makeBlock(network, parent).header
    expect(family.checkTurn(ripe.state!, late)).toMatchObject({ code: 'no-proof' })
    const block = makeBlock(network, ripe)
    expect(proofOf(block.header).plot).toBe(0)
    expect(memoryOf(block.state!)).toEqual({ difficulty: 22n, periodStart: BigInt(block.header.timestamp), periodStartHeight: 3 })
  })

  it('when the owners of all space are gone without a word, the others go on after as many windows as a heartbeat lasts', () => {
    const network = createSpaceNetwork([64, 0, 0])
    const { final } = network.tree
    const family = familyOn(network, final)
    const from = network.genesis.heartbeatTtl * SLOTS
    const plotless = network.signers.slice(1)
    const ranks = plotless.map(({ publicKey }) => family.turnOf(final.state!, publicKey, clockOn(final))!.rank)
    for (const rank of ranks) {
      expect(rank).toBeGreaterThanOrEqual(from)
      expect(rank).toBeLessThan(from + 3)
    }
    const timestamp = final.state!.timestamp + INTERVAL_MS + ranks[0]! * SLOT_MS
    const turn = { rank: ranks[0]!, claim: new Uint8Array(0) }
    const built = buildBlock(network.rules, final.state!, final.hashBytes, plotless[0]!, turn, timestamp, [])
    expect(executeBlock(network.rules, final.state!, final.hashBytes, built.header, [])).toMatchObject({ ok: true })
    const early = { ...built.header, rank: turn.rank - 3, timestamp: timestamp - 3 * SLOT_MS }
    expect(family.checkTurn(final.state!, early)).toMatchObject({ code: 'no-proof' })
  })

  it('a room that changes to spacetime starts with tickets and an empty memory', () => {
    const network = createNetwork(3)
    const { final } = network.tree
    const edit = final.state!.edit()
    edit.config = spacetime.defaultConfig(0)
    const preview = edit.preview()
    edit.memory = network.rules.familyOf(preview).initialMemory(preview)
    const on = { ...final, state: edit.finish() }
    expect(memoryOf(on.state)).toEqual({ difficulty: 0n, periodStart: BigInt(final.state!.timestamp), periodStartHeight: 0 })
    expect(makeBlock(network, on).header.claim).toHaveLength(0)
  })
})

describe('a source of proofs from elsewhere', () => {
  const network = createSpaceNetwork([64])
  const { final } = network.tree
  const [signer] = network.signers
  const turnWith = (source: (plots: readonly NumberedPlot[], challenge: Uint8Array) => FoundProof | null) => {
    const familyWith = familiesOf(network.genesis, [spacetimeWith(() => source)])(final.state!)
    return familyWith.turnOf(final.state!, signer!.publicKey, clockOn(final))
  }
  const answer = (plots: readonly NumberedPlot[], challenge: Uint8Array): FoundProof => {
    const [{ number, plot }] = plots as [NumberedPlot]
    const { leaf, siblings } = bestProof(createPlot(plot.owner, plot.seed, plot.leaves), challenge)!
    return { plot: number, leaf, siblings }
  }

  it('what a miner finds is what the node’s own scan finds', () => {
    expect(turnWith(answer)).toEqual(familyOn(network, final).turnOf(final.state!, signer!.publicKey, clockOn(final)))
  })

  it('S053: a miner that is wrong gets no block out, only the ticket of last resort', () => {
    const wrong: ((found: FoundProof) => FoundProof | null)[] = [
      () => null,
      found => ({ ...found, plot: 1 }),
      found => ({ ...found, leaf: 64 }),
      found => ({ ...found, siblings: found.siblings.slice(1) }),
      found => ({ ...found, siblings: found.siblings.map(() => new Uint8Array(32)) })
    ]
    for (const spoil of wrong) expect(turnWith((plots, challenge) => spoil(answer(plots, challenge)))!.claim).toHaveLength(0)
  })

  it('reads no more in the node’s thread than it is told, and still finds its turn', () => {
    const asked: number[] = []
    turnWith((_plots, _challenge) => (asked.push(1), null))
    // The ticket stands in window 16; one challenge for each window up to it.
    expect(asked).toHaveLength(network.genesis.heartbeatTtl + 1)
  })
})

describe('fairness and grinding', () => {
  const owners = [0, 1, 2].map(number => signerAt(number).publicKey)
  const trees = owners.map((owner, i) => createPlot(owner, taggedHash('test-plot', u32le(i)), 16 << i))
  const winnerOf = (challenge: Uint8Array) => {
    const scores = trees.map(tree => toHex(bestProof(tree, challenge)!.score))
    return scores.indexOf([...scores].sort()[0]!)
  }

  it('over 10,000 challenges the blocks are shared as the leaves are, 1 : 2 : 4', () => {
    const wins = [0, 0, 0]
    for (let height = 1; height <= 10_000; height++) wins[winnerOf(challengeOf(taggedHash('test-seed', u32le(height)), height, 0))]!++
    const expected = [1, 2, 4].map(share => (10_000 * share) / 7)
    const chi = wins.reduce((sum, count, i) => sum + (count - expected[i]!) ** 2 / expected[i]!, 0)
    // Two degrees of freedom: exceeded with probability 0.001.
    expect(chi).toBeLessThan(13.82)
    const even = wins.reduce((sum, count) => sum + (count - 10_000 / 3) ** 2 / (10_000 / 3), 0)
    expect(even, 'the measure would see that they are not shared evenly').toBeGreaterThan(1000)
  })

  it('F-49, F-06: a thousand variants of a block leave the challenges after it as they are', () => {
    const network = createSpaceNetwork([16, 32, 64])
    const { final } = network.tree
    const [a, b] = network.signers
    const winner = makeBlock(network, final).header
    const author = network.signers.find(({ publicKey }) => toHex(publicKey) === toHex(winner.proposer))!
    const turn = { rank: winner.rank, claim: winner.claim }
    let proof: Uint8Array | null = null
    const hasty = { publicKey: author.publicKey, prove: (alpha: Uint8Array) => (proof ??= author.prove(alpha)) }
    const roots = new Set<string>()
    const questions = new Set<string>()
    for (let variant = 0; variant < 1000; variant++) {
      const bribe = compose.transfer(network.networkId, a!, 0, b!.publicKey, BigInt(variant + 1))
      const { header, state } = buildBlock(network.rules, final.state!, final.hashBytes, hasty, turn, winner.timestamp, [bribe])
      roots.add(toHex(header.stateRoot))
      for (const [seed, height] of [
        [state.chain.previousSeed, 2],
        [state.chain.seed, 3]
      ] as const)
        questions.add(`${height}: ${toHex(challengeOf(seed, height, 0))}`)
    }
    expect(roots.size, 'the blocks do differ').toBe(1000)
    expect(questions.size, 'one question for each of the next two heights').toBe(2)
  })

  it('under the seed’s own rule, challenge = block hash, the same thousand variants win nearly every block', () => {
    const rounds = 60
    let won = 0
    // The smallest of the three has made a block, and tries contents until the hash asks for one of its own leaves.
    for (let round = 0; round < rounds; round++) {
      let variant = 0
      const hashOf = () => taggedHash('test-block', u32le(round), u32le(variant))
      while (variant < 1000 && winnerOf(hashOf()) !== 0) variant++
      if (variant < 1000) won++
    }
    expect(won / rounds).toBeGreaterThan(0.99)
    let honest = 0
    for (let round = 0; round < rounds; round++) if (winnerOf(taggedHash('test-block', u32le(round), u32le(0))) === 0) honest++
    expect(honest / rounds, 'with one variant it is its share').toBeLessThan(0.4)
  })
})

describe('the memory on the chain', () => {
  it('S036, D-31: the difficulty is adjusted after a hundred blocks, from what their timestamps say', () => {
    const network = createSpaceNetwork([128, 128])
    const first = grow(network, 1)
    expect(memoryOf(first.state!)).toEqual({ difficulty: 86n, periodStart: BigInt(first.header.timestamp), periodStartHeight: 1 })
    const family = familyOn(network, first)
    const after = (height: number, elapsedMs: number) => {
      const header = { ...first.header, height, timestamp: first.header.timestamp + elapsedMs }
      const memory = family.advance(first.state!, header)
      return memory === null ? null : SpaceMemory.deserialize(memory)
    }
    const onTime = RETARGET_BLOCKS * (INTERVAL_MS + SLOT_MS)
    expect(after(100, onTime)).toBeNull()
    expect(after(101, onTime)).toEqual({ difficulty: 86n, periodStart: BigInt(first.header.timestamp + onTime), periodStartHeight: 101 })
    expect(after(101, 2 * onTime)!.difficulty).toBe(75n)
    expect(after(101, onTime / 2)!.difficulty).toBe(108n)
    expect(after(101, 1000 * onTime)!.difficulty).toBe(65n)
  })

  it('is part of the state: a second node that only replays has the same, and both agree about every root', () => {
    const make = () => createSpaceNetwork([64, 64])
    const [network, replay] = [make(), make()]
    let parent = network.tree.final
    let copy = replay.tree.final
    for (let height = 1; height <= 4; height++) {
      const block = makeBlock(network, parent)
      parent = addBlock(network.tree, block)
      network.tree.adoptState(parent, block.state!)
      copy = addBlock(replay.tree, block)
      expect(replay.tree.stateOf(copy)?.root).toEqual(parent.state!.root)
    }
    expect(memoryOf(copy.state!)).toEqual(memoryOf(parent.state!))
  })

  it('is there from the genesis on', () => {
    const genesis: Genesis = createSpaceNetwork([4]).genesis
    const state = genesisState(genesis, new StateIndex())
    expect(memoryOf(state)).toEqual({ difficulty: 0n, periodStart: BigInt(genesis.time), periodStartHeight: 0 })
  })
})
