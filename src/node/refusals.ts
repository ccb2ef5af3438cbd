/** Refusals made into sentences for people. */
import type { Failure as ApiFailure } from '../bridge/api'
import type { Failure } from '../core/result'

export function apiFailure(failure: Failure): ApiFailure {
  return {
    ok: false,
    code: failure.code,
    message: SENTENCES[failure.code] ?? (failure.detail === '' ? `Refused: ${failure.code}.` : `Refused: ${failure.detail}.`)
  }
}

/** Cause and action, for the refusals that people meet. */
const SENTENCES: Record<string, string> = {
  'insufficient-balance': 'The balance is too small for this amount and fee. Send less, or make blocks to earn more.',
  'unknown-sender': 'This agent is not registered yet. Wait until its registration is in a block.',
  'already-registered': 'This agent is registered already.',
  'bad-recipient': 'The recipient is not a registered agent, or it is yourself. Choose another one.',
  'not-active': 'This agent is not active, so there is nothing to leave.',
  'mempool-sender-full': 'Too many of your transactions are waiting. Wait for the next blocks.',
  penalised: 'This agent has lost its seat and may not send transactions. Make a new agent on the Node screen.',
  'not-authority': 'Only the key that this network names as its authority may do that. Ask whoever opened the room.',
  'already-scheduled': 'Another change is decided already. Wait until it is in force.',
  'still-active': 'A deposit comes back only after its owner has left. Leave the network first.',
  'no-change': 'It is so already.',
  'already-published': 'This very meme is on the chain already. Change something, or react to the one that is there.',
  'unknown-meme': 'A meme that this one refers to is not on this chain.',
  'already-reacted': 'You have reacted to this meme before; each agent counts once.',
  'own-meme': 'Nobody applauds oneself. Wait for the others.',
  'reactions-closed': 'This meme has all the reactions that count.',
  'unknown-member': 'One of those named is not registered here.',
  'unknown-alliance': 'This alliance is not known here any more.',
  'already-signed': 'You have signed it already.',
  'not-open': 'This offer is not open any more: it was signed by all, declined, or its time is over.',
  'too-many-alliances': 'You are in as many alliances as one agent may be. Wait until one ends, or break one.',
  light: 'A light node sends transfers only. Become a full node for everything else.',
  'unknown-agent': 'Nobody is registered under this key, as far as could be found out.',
  'nothing-final': 'No final block with a certificate is here yet. Wait for the next one.',
  'not-yet': 'The block of this is not final yet, or only just. Try again in some seconds.',
  'too-old':
    'The blocks of that time are no longer here, so their place cannot be shown: a tab keeps the newest. Ask as a light node, which asks others, or ask the archive (the room’s server).',
  'not-linked': 'The signatures do not lead to what this node trusts. Try again.',
  unlinked: 'This node does not have every state header back to the beginning. Ask the archive, or try again later.',
  'unknown-block': 'No final block of this name is kept here. Ask the archive (the room’s server), or check the hash.',
  'state-gone': 'The state before this block is not in memory any more; nodes keep those of the newest blocks. Ask about a younger block.',
  'bad-subject':
    'This names nothing that can be proved. Examples: head, agent/<public key>, transaction/<block hash>/<place>, block/<height>, state/agents/treasury.',
  'checkpoint-unproved':
    'Nobody here can show the block that the link names as its checkpoint: the link is older than what these nodes keep, or those who know it are not here. Ask for a new link, or begin at genesis.',
  'checkpoint-other-chain':
    'At the height of the link’s checkpoint this room has another block: the link belongs to another chain, or is forged. Ask whoever gave it to you; begin at genesis only if you trust this room more.',
  'checkpoint-dead-end':
    'Nothing newer here follows from the link’s checkpoint: these nodes are on another chain, or lack what lies between. Ask for a new link, or begin at genesis.',
  'no-checkpoint': 'No block here is old enough for a checkpoint yet: nodes keep one every 16 blocks. Wait for the next one.',
  fork: 'Two certificates contradict each other, so this node believes nobody any more.',
  timeout: 'The peer did not answer in time. Try again.',
  busy: 'Too many values are being looked up. Wait a moment.'
}
