import { describe, expect, it } from 'vitest'
import { fromHex, toHex, utf8 } from '../../core/bytes'
import { decode } from '../../core/codec'
import { VerificationCache } from '../../core/crypto/verificationCache'
import { createSyncVerifier } from '../../core/crypto/verifier'
import { StateHeader } from '../../core/light/schema'
import { genesisTrust, lightNetwork, makeStateHeader, verifyStateHeader } from '../../core/light/stateHeader'
import { ROLE_FULL, VOTE_FINALISE } from '../../core/schema'
import { addBlock, certificateFor, createNetwork, makeBlock, signerAt } from '../../core/testing/network'
import { PROTOCOL_MAJOR } from '../../core/wire'
import type { MessageOf } from '../../core/wire'
import { createNodeFast } from '../../platform/crypto/nodeFast'
import type { ReplyName, Verified } from '../messages'
import { forkFile } from './forkFile'
import { LightCore } from './lightCore'
import type { LightEffect } from './messages'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const network = createNetwork(4)
const { genesis, networkId, signers, tree } = network

/** A block of height 1 and its state header, signed by three of four. */
function side(rank: number, by: number): StateHeader {
  const block = addBlock(tree, makeBlock(network, tree.final, { rank }))
  tree.stateOf(block)
  return makeStateHeader(block.header, block.state!, certificateFor(network, signers.slice(by, by + 3), block, VOTE_FINALISE))
}

describe('PROTOCOL “Light client”: two headers that both hold and name different blocks', () => {
  const [left, right] = [side(0, 0), side(1, 1)]
  const all: LightEffect[] = []
  const core = new LightCore({ genesis, signer: signerAt(60), name: null })
  let now = genesis.time + 10_000
  const give = (input: Parameters<LightCore['handle']>[0]): void => {
    const effects = core.handle(input, now)
    all.push(...effects)
    for (const effect of effects) if (effect.type === 'request') answer(effect)
  }
  const reply = <N extends ReplyName>(id: number, from: string, kind: N, value: MessageOf<N>['value']): void =>
    give({ type: 'reply', id, from, result: { ok: true, value: { kind, value } as never as Verified<MessageOf<ReplyName>> } })
  /** Two peers, each on a side of its own; of everything else they know nothing. */
  function answer({ id, to, name }: Extract<LightEffect, { type: 'request' }>): void {
    const publicKey = signers[Number(to)]!.publicKey
    const hello = { protocolMajor: PROTOCOL_MAJOR, role: ROLE_FULL, networkId, publicKey, height: 1, finalHeight: 1, finalHash: new Uint8Array(32) }
    if (name === 'helloRequest') reply(id, to, 'helloReply', hello)
    else if (name === 'stateHeaderRequest') reply(id, to, 'stateHeaderReply', { headers: [to === '0' ? left : right] })
    else if (name === 'proofRequest') reply(id, to, 'proofReply', { proof: [], code: utf8('too-large') })
  }

  it('each holds by itself', () => {
    for (const header of [left, right]) expect(verifyStateHeader(lightNetwork(genesis), genesisTrust(genesis), header, verifier).ok).toBe(true)
  })

  it('T045, T087: seen one after the other, from whomever, they end all belief, and both are the evidence', () => {
    give({ type: 'links', peers: ['0', '1'] })
    for (let i = 0; i < 40 && !core.forked; i++) {
      now += 2000
      give({ type: 'tick' })
    }
    expect(core.forked).toBe(true)
    const event = all.flatMap(effect => (effect.type === 'event' && effect.event.kind === 'fork' ? [effect.event] : []))
    expect(event).toHaveLength(1)
    const { known, other } = core.evidence!
    expect(new Set([known, other])).toEqual(new Set([left, right]))
    expect(toHex(event[0]!.known)).not.toBe(toHex(event[0]!.other))
    // Who has shown it is not who has lied.
    expect(all.some(effect => effect.type === 'penalise')).toBe(false)
    give({ type: 'lookUp', id: 1, subject: 'head' })
    expect(core.head.height).toBe(1)
  })

  it('the evidence is a file that somebody else can check: both headers hold, and it names who has signed both', () => {
    const file = JSON.parse(forkFile(genesis, core.evidence!)) as { known: { header: string }; other: { header: string }; liars: string[]; height: number }
    for (const { header } of [file.known, file.other]) {
      const read = decode(StateHeader, fromHex(header)!)
      expect(read.ok && verifyStateHeader(lightNetwork(genesis), genesisTrust(genesis), read.value, verifier).ok).toBe(true)
    }
    expect(file.height).toBe(1)
    expect(new Set(file.liars)).toEqual(new Set(signers.slice(1, 3).map(({ publicKey }) => toHex(publicKey))))
  })
})
