/** What the screens put a "why?" beside can be proved, in a state with a bit of everything. */
import { describe, expect, it } from 'vitest'
import { fromUtf8, toHex } from '../bytes'
import { certificateFor } from '../testing/network'
import { makeStateHeader } from '../light/stateHeader'
import { VOTE_FINALISE } from '../schema'
import { socialHistory } from '../testing/socialHistory'
import { prove, recentPath } from './prove'
import { formatPath, parseSubject } from './subject'

describe('T037–T040, T045: every subject that a screen names', () => {
  const { room } = socialHistory()
  const { networkId } = room.network
  const { tip, state } = room
  const header = makeStateHeader(tip.header, state, certificateFor(room.network, room.signers.slice(0, 6), tip, VOTE_FINALISE))
  const alliance = state.view.social.alliances.getReadonly(0).toValue().id
  const meme = state.view.memes.records.getReadonly(0).toValue().id

  it.each([
    `agent/${toHex(room.key(2))}`,
    `alliance/${toHex(alliance)}`,
    `meme/${toHex(meme)}`,
    'state/social/drama',
    'state/social/conflicts/0',
    'state/blocks/validators',
    `state/${formatPath(recentPath(2))}`,
    'head'
  ])('%s', text => {
    const subject = parseSubject(text)
    if (!subject.ok) throw new Error(subject.code)
    const proof = prove(networkId, header, state, subject.value, () => null)
    expect(proof.ok ? 'proved' : proof.code).toBe('proved')
    if (proof.ok && text.startsWith('state/')) expect(fromUtf8(proof.value.claim[0]!.path)).toBe(text.slice('state/'.length))
  })
})
