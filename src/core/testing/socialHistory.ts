/** A short chain with a bit of everything that agents do to each other: for vectors and witnesses. */
import { compareBytes, utf8 } from '../bytes'
import type { BlockEntry } from '../chain/blockTree'
import { DivergentEvidence, PollAction } from '../schema'
import type { Transaction } from '../schema'
import { transactionId } from '../signing'
import { CONFLICT_DIVERGENT, conflictAt } from '../state/conflicts'
import { memeId } from '../state/memes'
import { poll, POLL_ASK } from '../state/poll'
import { compose, signerAt } from './network'
import { Room } from './room'

/** Blocks that between them hold every kind of transition of social life, and a registration. */
export interface Step {
  parent: BlockEntry
  block: BlockEntry
}

export function socialHistory(): { room: Room; steps: Step[] } {
  const room = new Room(6)
  const steps: Step[] = []
  const mine = (): void => {
    const parent = room.tip
    room.mine()
    steps.push({ parent, block: room.tip })
  }
  const { networkId } = room.network
  room.signers.push(signerAt(20))
  room.say(compose.register(networkId, signerAt(20), 'Newcomer'), compose.transfer(networkId, room.signers[0]!, 0, room.key(1), 5n, 2n))
  mine()
  room.say(room.meme(1, 'the old man and the chain', { targets: [room.key(2)], tags: [utf8('sea')] }), room.alliance(2, [2, 3, 4]), room.social(3, 4, 1))
  mine()
  const { id } = room.state.view.social.alliances.getReadonly(0).toValue()
  room.say(room.react(2, memeId(1, utf8('the old man and the chain')), 1), room.join(3, id), room.join(4, id), room.social(0, 5, 3, 9_000n))
  mine()
  const pair = [1n, 2n].map(amount => compose.transfer(networkId, room.signers[5]!, 0, room.key(0), amount))
  const [first, second] = pair.sort((a, b) => compareBytes(transactionId(a), transactionId(b))) as [Transaction, Transaction]
  room.say(room.conflict(0, CONFLICT_DIVERGENT, DivergentEvidence, { first, second }), room.leaveAlliance(3, id))
  mine()
  room.say(room.opinion(1, conflictAt(room.state, 0).id, 1), room.opinion(2, conflictAt(room.state, 0).id, 1))
  room.say(room.custom(0, poll.number, PollAction, { step: POLL_ASK, question: utf8('Go on?'), options: [utf8('yes'), utf8('no')], option: 0 }))
  mine()
  while (room.tip.height < conflictAt(room.state, 0).closesAt) mine()
  return { room, steps }
}
