/** Who takes part: registering, being invited, staying alive, leaving, asking for a producer's place. */
import { equalBytes } from '../../bytes'
import { isAcceptableKey } from '../../crypto/ed25519'
import { MEMBERSHIP_INVITED } from '../../consensus/validatorSet'
import { MAX_AGENTS, RECENT_HASHES } from '../../limits'
import { nameFromBytes } from '../../names'
import { assert } from '../../result'
import {
  AGENT_ACTIVE,
  AGENT_INACTIVE,
  AGENT_LEFT,
  AGENT_MAINTENANCE,
  HeartbeatPayload,
  InvitePayload,
  ProducerPayload,
  ProfilePayload,
  RegisterPayload
} from '../../schema'
import type { Genesis } from '../../schema'
import { PERSONALITY_CUSTOM } from '../../taste/personalities'
import { newAgent } from '../agents'
import { isAncestor, isAuthority, refuse } from '../rule'
import type { PayloadOf, Refusal, Rule } from '../rule'

/** The nine have a number and nothing to add; whoever made up rules of its own says which by their hash. Zero: not said. */
function shapeOfPersonality({ personality, traitsHash }: { personality: number; traitsHash: Uint8Array }): Refusal | null {
  if (personality > PERSONALITY_CUSTOM) return refuse('bad-personality', `no personality ${personality}`)
  const named = traitsHash.some(byte => byte !== 0)
  return named === (personality === PERSONALITY_CUSTOM) ? null : refuse('bad-personality', 'a custom personality, and no other, names its traits')
}

export const register: Rule<PayloadOf<typeof RegisterPayload>> = {
  payload: RegisterPayload,
  shape: payload => (nameFromBytes(payload.name) === null ? refuse('bad-name', 'the name is not 1…32 bytes of visible UTF-8') : shapeOfPersonality(payload)),
  check({ state, genesis }, transaction, _payload, sender) {
    if (sender !== null) return refuse('already-registered')
    if (genesis.membership === MEMBERSHIP_INVITED) return refuse('not-invited', 'this network lists its members in its genesis')
    if (!isAcceptableKey(transaction.sender)) return refuse('bad-key', 'a public key must be canonical and not of small order')
    if (transaction.fee !== 0n) return refuse('bad-fee', 'a registration is free')
    if (state.agentCount >= MAX_AGENTS) return refuse('registry-full')
    return null
  },
  apply({ state, height, genesis }, transaction, payload) {
    const grant = state.treasury < genesis.registrationGrant ? state.treasury : genesis.registrationGrant
    state.treasury -= grant
    state.append({ ...newAgent(transaction.sender, payload.name, grant, height), nonce: 1, personality: payload.personality, traitsHash: payload.traitsHash })
  }
}

/** An invited network grows by its authority's list. */
export const invite: Rule<PayloadOf<typeof InvitePayload>> = {
  payload: InvitePayload,
  shape: payload => (nameFromBytes(payload.name) === null ? refuse('bad-name', 'the name is not 1…32 bytes of visible UTF-8') : null),
  check({ state, genesis }, transaction, { publicKey }) {
    if (!isAuthority(genesis, transaction.sender)) return refuse('not-authority', 'only the authority of this network invites')
    if (genesis.membership !== MEMBERSHIP_INVITED) return refuse('not-invited', 'this network needs no invitations')
    if (state.agent(publicKey) !== null) return refuse('already-registered')
    if (!isAcceptableKey(publicKey)) return refuse('bad-key', 'a public key must be canonical and not of small order')
    return state.agentCount >= MAX_AGENTS ? refuse('registry-full') : null
  },
  apply({ state, height, genesis }, _transaction, { publicKey, name }) {
    const grant = state.treasury < genesis.registrationGrant ? state.treasury : genesis.registrationGrant
    state.treasury -= grant
    state.append(newAgent(publicKey, name, grant, height))
  }
}

/** How many blocks old the block that a heartbeat names may be (D-45). */
export function heartbeatWindow({ heartbeatTtl }: Pick<Genesis, 'heartbeatTtl'>): number {
  return Math.min(heartbeatTtl, RECENT_HASHES - 1)
}

export const heartbeat: Rule<PayloadOf<typeof HeartbeatPayload>> = {
  payload: HeartbeatPayload,
  check({ state, height, genesis }, _transaction, payload) {
    // D-45: the sender has seen this chain, and lately.
    if (payload.height >= height || payload.height + heartbeatWindow(genesis) < height) return refuse('stale-heartbeat')
    if (!isAncestor(state, payload)) return refuse('foreign-heartbeat', 'that block is not an ancestor')
    return null
  },
  apply({ state, height }, transaction) {
    const sender = state.agent(transaction.sender)
    assert(sender !== null, 'checked')
    state.update(transaction.sender, { lastHeartbeat: height, status: sender.status === AGENT_LEFT ? AGENT_ACTIVE : sender.status })
  }
}

export const leave: Rule<null> = {
  payload: null,
  check: (_context, _transaction, _payload, sender) => (sender?.status === AGENT_ACTIVE ? null : refuse('not-active')),
  apply({ state, height }, transaction) {
    state.update(transaction.sender, { status: AGENT_LEFT, lastHeartbeat: height })
  }
}

/** Asks for a place among the producers, or gives it up. */
export const producer: Rule<PayloadOf<typeof ProducerPayload>> = {
  payload: ProducerPayload,
  shape: ({ on }) => (on > 1 ? refuse('malformed', 'neither on nor off') : null),
  check: (_context, _transaction, { on }, sender) => (sender?.producer === on ? refuse('no-change') : null),
  apply({ state }, transaction, { on }) {
    state.update(transaction.sender, { producer: on })
  }
}

/** What an agent says of itself: away, under repair or here, and what it is like (T005, T008). Leaving and coming back are `leave` and `heartbeat`. */
export const profile: Rule<PayloadOf<typeof ProfilePayload>> = {
  payload: ProfilePayload,
  shape: payload =>
    [AGENT_ACTIVE, AGENT_INACTIVE, AGENT_MAINTENANCE].includes(payload.status)
      ? shapeOfPersonality(payload)
      : refuse('bad-status', `no status ${payload.status}`),
  check(_context, _transaction, { status, personality, traitsHash }, sender) {
    assert(sender !== null, 'checked by the caller')
    if (sender.status === AGENT_LEFT) return refuse('not-active', 'a heartbeat brings it back')
    const same = sender.status === status && sender.personality === personality && equalBytes(sender.traitsHash, traitsHash)
    return same ? refuse('no-change') : null
  },
  apply({ state }, transaction, payload) {
    state.update(transaction.sender, payload)
  }
}
