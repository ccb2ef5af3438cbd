import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toHex } from '../bytes'
import { decode, encode } from '../codec'
import { VerificationCache } from '../crypto/verificationCache'
import { createSyncVerifier } from '../crypto/verifier'
import { lightNetwork, makeStateHeader, SETS_PATH } from '../light/stateHeader'
import { State, VOTE_FINALISE } from '../schema'
import { blockHash } from '../signing'
import { createLightChain, finalisedBy, headerOver } from '../testing/lightChain'
import { addBlock, certificateFor, compose, createNetwork, makeBlock, signerAt } from '../testing/network'
import { flip, isHex, leaves, replaced } from '../testing/alteredProof'
import type { Json } from '../testing/alteredProof'
import { createNodeFast } from '../../platform/crypto/nodeFast'
import { climb, depthOf, placeOf } from './branch'
import { checkProof } from './check'
import type { ProofReport } from './check'
import { formatProofFile, parseProofFile, proofFile } from './file'
import type { ProofFile } from './file'
import { AGENTS_PATH, prove } from './prove'
import { StateProof } from './schema'
import { formatPath, formatSubject, parseSubject } from './subject'
import type { Subject } from './subject'
import { openProof } from './verify'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })

/** Five blocks by four founders; transfers in the third. */
function smallChain() {
  const network = createNetwork(4)
  const blocks = [network.tree.final]
  for (let height = 1; height <= 5; height++) {
    const transactions =
      height === 3 ? [0, 1, 2].map(i => compose.transfer(network.networkId, network.signers[i]!, 0, network.signers[3]!.publicKey, BigInt(i + 1))) : []
    const block = addBlock(network.tree, makeBlock(network, blocks.at(-1)!, { transactions }))
    network.tree.stateOf(block)
    blocks.push(block)
  }
  const shown = (height: number) => {
    const block = blocks[height]!
    return makeStateHeader(block.header, block.state!, certificateFor(network, network.signers.slice(1), block, VOTE_FINALISE))
  }
  const body = (hash: Uint8Array) => {
    const found = blocks.find(block => toHex(block.hashBytes) === toHex(hash))
    return found?.transactions == null ? null : { header: found.header, transactions: found.transactions }
  }
  const proofOf = (subject: Subject, height = 5) => prove(network.networkId, shown(height), blocks[height]!.state!, subject, body)
  const fileOf = (subject: Subject, height = 5): ProofFile => {
    const proof = proofOf(subject, height)
    if (!proof.ok) throw new Error(proof.code)
    return proofFile(network.genesis, null, [], proof.value)
  }
  return { network, blocks, shown, proofOf, fileOf, light: lightNetwork(network.genesis) }
}

const chain = smallChain()
const agent: Subject = { kind: 'agent', key: chain.network.signers[3]!.publicKey }
const transaction: Subject = { kind: 'transaction', block: chain.blocks[3]!.hashBytes, place: 1 }
const sets: Subject = { kind: 'state', path: SETS_PATH }
const treasury: Subject = { kind: 'state', path: ['agents', 'treasury'] }

/** Two complete changes of the sets between genesis and the state that the agent's record is in. */
function longFile(): ProofFile {
  const long = createLightChain({ founders: 4, blocks: 300, changes: 2, replaced: 4 })
  const proof = prove(long.network.networkId, long.headers.at(-1)!, long.state, { kind: 'agent', key: signerAt(2).publicKey }, () => null)
  if (!proof.ok) throw new Error(proof.code)
  return proofFile(long.genesis, null, long.headers, proof.value)
}

function failedSteps(report: ProofReport): string[] {
  return report.steps.filter(step => !step.ok).map(step => `${step.section} ${step.kind} ${step.code}`)
}

describe('T037, T040, T045: any value of the state is proved up to signatures', () => {
  it.each<[string, Subject, string]>([
    ['an agent', agent, 'state'],
    ['a transaction in an older block', transaction, 'transaction'],
    ['the validator sets', sets, 'state'],
    ['a plain number', treasury, 'state'],
    ['one field of a record', { kind: 'state', path: [...AGENTS_PATH, 3, 'balance'] }, 'state'],
    ['the record of a block (T040)', { kind: 'state', path: ['blocks', 'recent', 2] }, 'state'],
    ['a number of the social tree (T038)', { kind: 'state', path: ['social', 'drama', 'count'] }, 'state'],
    ['the hash of an ancestor', { kind: 'state', path: ['blocks', 'recent', 2, 'hash'] }, 'state'],
    ['the final head', { kind: 'head' }, 'head']
  ])('%s', (_name, subject, kind) => {
    const file = chain.fileOf(subject)
    const report = checkProof(file, verifier)
    expect(failedSteps(report)).toEqual([])
    expect(report).toMatchObject({ ok: true, height: 5, network: toHex(chain.network.networkId), proved: { kind }, failed: null })
    if (subject.kind === 'state' && subject.path.at(-1) === 'balance') expect(report.proved?.value).toBe(String(chain.blocks[5]!.state!.agentAt(3).balance))
    expect(parseProofFile(formatProofFile(file))).toEqual({ ok: true, value: file })
    expect(parseSubject(formatSubject(subject))).toEqual({ ok: true, value: subject })
  })

  it('shows the value that full nodes have', () => {
    const proof = chain.proofOf(agent)
    if (!proof.ok) throw new Error(proof.code)
    const bytes = encode(StateProof, proof.value)
    const again = decode(StateProof, bytes)
    if (!again.ok) throw new Error(again.code)
    const opened = openProof(chain.light, agent, again.value)
    if (!opened.ok) throw new Error(opened.code)
    expect(opened.value.value).toEqual(chain.blocks[5]!.state!.agent(chain.network.signers[3]!.publicKey))
    expect(bytes.length).toBeLessThan(4096)
  })

  it('a transaction of the newest final block needs no second branch', () => {
    const file = chain.fileOf(transaction, 3)
    expect(file.claim).toBeNull()
    expect(checkProof(file, verifier)).toMatchObject({ ok: true, proved: { kind: 'transaction' } })
  })

  it('says by name why it has no proof', () => {
    expect(chain.proofOf({ kind: 'agent', key: new Uint8Array(32) })).toMatchObject({ code: 'unknown-agent' })
    expect(chain.proofOf({ kind: 'transaction', block: new Uint8Array(32), place: 0 })).toMatchObject({ code: 'unknown-block' })
    expect(chain.proofOf({ kind: 'transaction', block: chain.blocks[3]!.hashBytes, place: 9 })).toMatchObject({ code: 'not-there' })
    expect(chain.proofOf(transaction, 2)).toMatchObject({ code: 'not-yet' })
    expect(chain.proofOf({ kind: 'state', path: [...AGENTS_PATH, 4] })).toMatchObject({ code: 'not-there' })
    for (const subject of ['', 'agent/00', 'state/nothing', 'state/..', 'transaction/x/1', `agent/${'00'.repeat(32)}/balance`, 'x'.repeat(5000), undefined, 7])
      expect(parseSubject(subject)).toMatchObject({ code: 'bad-subject' })
  })

  it('goes back through complete changes of the validator sets to genesis', () => {
    const file = longFile()
    const report = checkProof(file, verifier)
    expect(failedSteps(report)).toEqual([])
    expect(file.chain).toHaveLength(3)
    expect(report.steps.filter(({ kind }) => kind === 'link')).toHaveLength(3)
  })

  it('may begin at a checkpoint, and says so', () => {
    const file = longFile()
    const short = { ...file, chain: file.chain.slice(1), checkpoint: { height: 201, hash: file.chain[1]!.hash } }
    const height = checkProof({ ...file, chain: file.chain.slice(0, 2) }, verifier).height!
    expect(checkProof({ ...short, checkpoint: { ...short.checkpoint, height } }, verifier)).toMatchObject({ ok: true, checkpoint: { height } })
    expect(checkProof({ ...short, checkpoint: null }, verifier)).toMatchObject({ ok: false })
    expect(checkProof({ ...short, checkpoint: { height, hash: file.chain[0]!.hash } }, verifier)).toMatchObject({ ok: false })
  })
})

describe('the generalised index comes from the schema, not from the prover', () => {
  it('a path and its branch have the same length', () => {
    for (const path of [SETS_PATH, treasury.kind === 'state' ? treasury.path : [], [...AGENTS_PATH, 1_000_000, 'name']]) {
      const place = placeOf(State, path)
      if (!place.ok) throw new Error(place.code)
      const siblings = Array.from({ length: depthOf(place.value.gindex) }, () => new Uint8Array(32))
      expect(climb(new Uint8Array(32), place.value.gindex, siblings)).toHaveLength(siblings.length)
    }
  })

  it.each([[[]], [['nothing']], [[...AGENTS_PATH, -1]], [[...AGENTS_PATH, 2 ** 40]], [[...AGENTS_PATH, 'length']], [[...AGENTS_PATH, 0, 'name', 3]], [[0]]])(
    '%j is no path',
    path => expect(placeOf(State, path)).toMatchObject({ ok: false, code: 'bad-path' })
  )
})

describe('forgeries (F-29)', () => {
  it('a hash of a made-up block under a name that its author could choose proves nothing', () => {
    const honest = chain.fileOf(transaction)
    const header = { ...chain.blocks[3]!.header, txRoot: chain.blocks[3]!.header.txRoot, timestamp: 1 }
    const hash = blockHash(chain.network.networkId, header)
    // The forger registers under a name that is this very hash, and shows that.
    const edit = chain.blocks[5]!.state!.edit()
    edit.update(chain.network.signers[0]!.publicKey, { name: hash })
    const state = edit.finish()
    const own = headerOver(state, 5)
    const members = chain.network.signers.map(({ publicKey }) => ({ publicKey, weight: 1 }))
    const shown = makeStateHeader(
      own,
      state,
      finalisedBy(chain.network.networkId, own, members, new Map(chain.network.signers.map(s => [toHex(s.publicKey), s])))
    )
    const named = prove(chain.network.networkId, shown, state, { kind: 'state', path: [...AGENTS_PATH, 0, 'name'] }, () => null)
    const inBlock = prove(chain.network.networkId, chain.shown(3), chain.blocks[3]!.state!, transaction, () => ({
      header: chain.blocks[3]!.header,
      transactions: chain.blocks[3]!.transactions!
    }))
    if (!named.ok || !inBlock.ok) throw new Error('the forger has its parts')
    const forged = { ...named.value, block: [{ header, claim: inBlock.value.block[0]!.claim }] }
    expect(openProof(chain.light, { kind: 'transaction', block: hash, place: 1 }, forged)).toMatchObject({ code: 'other-subject' })
    const report = checkProof(proofFile(chain.network.genesis, null, [], forged), verifier)
    expect(failedSteps(report)).toEqual(['block ancestor bad-path'])
    expect(honest.block?.hash).not.toBe(toHex(hash))
  })

  it('a proof about somebody else is no answer', () => {
    const proof = chain.proofOf(agent)
    if (!proof.ok) throw new Error(proof.code)
    for (const subject of [{ kind: 'agent', key: chain.network.signers[0]!.publicKey } as const, sets, transaction, { kind: 'head' } as const])
      expect(openProof(chain.light, subject, proof.value)).toMatchObject({ code: 'other-subject' })
  })

  it('validator sets from elsewhere in the state are refused', () => {
    const file = longFile()
    const last = file.chain.at(-1)!
    const moved = { ...file, chain: [...file.chain.slice(0, -1), { ...last, sets: { ...last.sets, path: formatPath(AGENTS_PATH) } }] }
    expect(failedSteps(checkProof(moved, verifier))[0]).toBe('chain/2 path bad-path')
  })

  it('a chain of invented sets ends at the link, one of another network at the genesis', () => {
    const file = longFile()
    const skipped = { ...file, chain: file.chain.slice(2) }
    expect(failedSteps(checkProof(skipped, verifier))).toEqual(['chain/0 link not-linked'])
    const other = createNetwork(5)
    const swapped = { ...file, network: toHex(other.networkId) }
    expect(failedSteps(checkProof(swapped, verifier)).at(-1)).toBe('trust genesis hash-mismatch')
  })
})

// ------------------------------------------------------------------------------------------------------------------ tampering

describe('a byte that was altered is found where it is', () => {
  it.each([
    ['a transaction', () => chain.fileOf(transaction)],
    ['an agent behind two changes of the sets', longFile]
  ])('%s: every field, one byte in each', (_name, make) => {
    const file = make()
    const fields = leaves(file as unknown as Json).filter(({ pointer }) => !/^\/(format|version)$/.test(pointer))
    expect(fields.length).toBeGreaterThan(40)
    for (const { pointer, value } of fields) {
      if (/\/(path|index)$/.test(pointer)) continue
      const text = value as string
      const altered = replaced(file, pointer, flip(text, Math.floor(text.length / 4), 1))
      const report = checkProof(altered, verifier)
      expect({ pointer, ok: report.ok }).toEqual({ pointer, ok: false })
      const first = report.steps[report.failed!]!
      expect({ pointer, cited: first.inputs.map(input => input.pointer) }).toMatchObject({ cited: expect.arrayContaining([pointer]) as unknown })
    }
  })

  it('every byte of value, siblings and header of one proof', () => {
    const file = chain.fileOf(agent)
    for (const { pointer, value } of leaves(file as unknown as Json)) {
      if (!isHex(value) || !/^\/(claim\/(value|leaf|siblings|nodes)|chain\/0\/(header|hash)$)/.test(pointer)) continue
      for (let byte = 0; byte < value.length / 2; byte++) {
        const report = checkProof(replaced(file, pointer, flip(value, byte, 0x10)), verifier)
        expect(report.ok).toBe(false)
        expect(report.steps[report.failed!]!.inputs.map(input => input.pointer)).toContain(pointer)
      }
    }
  }, 120_000)

  it('a path and its index', () => {
    const file = chain.fileOf(agent)
    const index = file.claim!.index
    for (const altered of [replaced(file, '/claim/path', formatPath([...AGENTS_PATH, 2])), replaced(file, '/claim/index', String(BigInt(index) ^ 1n))])
      expect(checkProof(altered, verifier).steps.find(step => !step.ok)).toMatchObject({ kind: 'path', code: 'bad-index' })
    const both = replaced(replaced(file, '/claim/path', formatPath([...AGENTS_PATH, 2])), '/claim/index', String(BigInt(index) ^ 1n))
    expect(checkProof(both, verifier).steps.find(step => !step.ok)).toMatchObject({ kind: 'pair', code: 'hash-mismatch' })
  })

  it('10,000 mutations of real proofs are refused, each as a value', () => {
    const files = [chain.fileOf(agent), chain.fileOf(transaction), chain.fileOf(sets), chain.fileOf(treasury)]
    const known = files.map(file => leaves(file as unknown as Json).filter(({ value }) => isHex(value)))
    fc.assert(
      fc.property(fc.nat(files.length - 1), fc.nat(), fc.nat(), fc.integer({ min: 1, max: 255 }), fc.nat(3), (which, at, byte, bits, way) => {
        const file = files[which]!
        const { pointer, value } = known[which]![at % known[which]!.length]!
        const text = value as string
        const other = known[(which + 1) % files.length]![at % known[(which + 1) % files.length]!.length]!.value as string
        const altered = way === 0 ? other : way === 1 ? text.slice(2) : way === 2 ? `${text}00` : flip(text, byte % (text.length / 2), bits)
        if (altered === text) return
        const parsed = parseProofFile(JSON.stringify(replaced(file, pointer, altered)))
        if (parsed.ok) expect(checkProof(parsed.value, verifier).ok).toBe(false)
        else expect(parsed.code).toBe('bad-field')
      }),
      { numRuns: 10_000 }
    )
  }, 120_000)
})

describe('the file is strict', () => {
  const good = formatProofFile(chain.fileOf(agent))
  it.each<[string, string, string]>([
    ['no JSON', '{', 'not-json'],
    ['another format', '{"format":"x"}', 'bad-format'],
    ['a later version', good.replace('"version": 1', '"version": 3'), 'bad-version'],
    ['a version that has an era, without one', good.replace('"version": 1', '"version": 2'), 'bad-field'],
    ['an era in a version that has none', good.replace('"version": 1', '"version": 1, "era": null'), 'bad-field'],
    ['a remark', good.replace('"version": 1', '"version": 1, "remark": "trust me"'), 'bad-field'],
    ['upper case', good.replace(/"network": "(.*?)"/, (_, hex: string) => `"network": "${hex.toUpperCase()}"`), 'bad-field'],
    ['half a byte', good.replace(/"leaf": "./, '"leaf": "'), 'bad-field'],
    ['nothing', '', 'not-json'],
    ['a list', '[]', 'bad-format'],
    ['null', 'null', 'bad-format'],
    ['no header', good.replace(/"chain": \[[\s\S]*\],\n "claim"/, '"chain": [],\n "claim"'), 'bad-field'],
    ['too long', ' '.repeat(9 * 1024 * 1024), 'too-large']
  ])('%s', (_name, text, code) => expect(parseProofFile(text)).toMatchObject({ ok: false, code }))

  it('any JSON gives a value', () => {
    fc.assert(fc.property(fc.json(), text => typeof parseProofFile(text).ok === 'boolean'))
    fc.assert(fc.property(fc.string(), text => !parseProofFile(text).ok))
  })
})
