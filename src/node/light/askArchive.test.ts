import { describe, expect, it } from 'vitest'
import { utf8 } from '../../core/bytes'
import { ROLE_FULL, VOTE_FINALISE } from '../../core/schema'
import { makeStateHeader } from '../../core/light/stateHeader'
import { addBlock, certificateFor, createNetwork, makeBlock, signerAt } from '../../core/testing/network'
import { PROTOCOL_MAJOR } from '../../core/wire'
import type { MessageOf } from '../../core/wire'
import type { ReplyName, Verified } from '../messages'
import { LightCore } from './lightCore'
import type { LightEffect } from './messages'

/** Peers that have let go of old blocks; an archive would not say that it is one. */
const PEERS = Array.from({ length: 8 }, (_, i) => String(i))

/** A light node whose peers all answer proofs with this code. @returns which of them were asked for the block, and what came of it */
function lookUp(code: string) {
  const network = createNetwork(4)
  const { genesis, networkId, signers, tree } = network
  const block = addBlock(tree, makeBlock(network, tree.final))
  tree.stateOf(block)
  const header = makeStateHeader(block.header, block.state!, certificateFor(network, signers.slice(1), block, VOTE_FINALISE))
  const core = new LightCore({ genesis, signer: signerAt(60), name: null })
  const asked = new Set<string>()
  const results: string[] = []
  let now = genesis.time + 10_000
  const give = (input: Parameters<LightCore['handle']>[0]): void => {
    for (const effect of core.handle(input, now)) {
      if (effect.type === 'request') answer(effect)
      else if (effect.type === 'lookedUp') results.push(effect.result.ok ? 'found' : effect.result.code)
    }
  }
  const reply = <N extends ReplyName>(id: number, from: string, kind: N, value: MessageOf<N>['value']): void =>
    give({ type: 'reply', id, from, result: { ok: true, value: { kind, value } as never as Verified<MessageOf<ReplyName>> } })
  function answer({ id, to, name, bytes }: Extract<LightEffect, { type: 'request' }>): void {
    const hello = { protocolMajor: PROTOCOL_MAJOR, role: ROLE_FULL, networkId, publicKey: signerAt(70 + Number(to)).publicKey }
    if (name === 'helloRequest') reply(id, to, 'helloReply', { ...hello, height: 1, finalHeight: 1, finalHash: block.hashBytes })
    else if (name === 'stateHeaderRequest') reply(id, to, 'stateHeaderReply', { headers: [header] })
    else if (name === 'proofRequest') {
      if (new TextDecoder().decode(bytes).includes('block/0')) asked.add(to)
      reply(id, to, 'proofReply', { proof: [], code: utf8(code) })
    }
  }
  give({ type: 'links', peers: PEERS })
  for (let i = 0; i < 4; i++) give({ type: 'tick' })
  give({ type: 'lookUp', id: 1, subject: 'block/0' })
  for (let i = 0; i < 40 && results.length === 0; i++) {
    now += 2000
    give({ type: 'tick' })
  }
  return { asked: asked.size, results }
}

describe('T040: a light node that looks for an old block', () => {
  it('asks every peer before it gives up, since an archive does not say that it is one', () => {
    expect(lookUp('too-old')).toEqual({ asked: PEERS.length, results: ['too-old'] })
    expect(lookUp('unknown-block')).toEqual({ asked: PEERS.length, results: ['unknown-block'] })
  })

  it('asks three for everything else', () => {
    expect(lookUp('not-there')).toEqual({ asked: 3, results: ['not-there'] })
  })
})
