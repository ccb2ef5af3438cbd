/**
 * A chain as a light client sees it: state headers without the blocks between them, so that ten thousand heights cost nothing. The validator sets change by the rules of R9: a set
 * is decided `lookahead` + 1 epochs before its first height. Keys are derived from their number; never for a live network.
 */
import { makeCertificate } from '../consensus/certificates'
import { epochOf } from '../consensus/validatorSet'
import type { Signer } from '../crypto/ed25519'
import { taggedHash } from '../crypto/hash'
import { genesisState } from '../genesis'
import { lightNetwork, makeStateHeader } from '../light/stateHeader'
import type { LightNetwork } from '../light/stateHeader'
import type { StateHeader } from '../light/schema'
import { toHex, u32le } from '../bytes'
import { assert } from '../result'
import { VOTE_FINALISE } from '../schema'
import type { Genesis, Header, ValidatorEntry, ValidatorSets } from '../schema'
import { blockHash, signVote } from '../signing'
import { StateIndex, quorumWeight } from '../state/worldState'
import type { WorldState } from '../state/worldState'
import { createNetwork, signerAt, TEST_TIME } from './network'

/** First number of keys that are no founders'. */
const STRANGERS = 1000

export interface LightChainOptions {
  founders: number
  /** Height of the newest header. */
  blocks: number
  /** How often the set changes, evenly spread. */
  changes: number
  /** Members replaced at each change. */
  replaced: number
}

export interface LightChain {
  genesis: Genesis
  network: LightNetwork
  /** One per change of the set, then the newest; ascending. */
  headers: StateHeader[]
  /** After the newest header. */
  state: WorldState
  /** Every key that ever votes, by public key, hex. */
  signers: ReadonlyMap<string, Signer>
}

/** A header with this state, in nobody's chain. */
export function headerOver(state: WorldState, height: number, parent = taggedHash('test-parent', u32le(height))): Header {
  return {
    height,
    parent,
    timestamp: TEST_TIME + height * 1000,
    proposer: signerAt(0).publicKey,
    rank: 0,
    txRoot: new Uint8Array(32),
    stateRoot: state.root,
    vrf: new Uint8Array(80),
    seed: new Uint8Array(32),
    claim: new Uint8Array(0)
  }
}

/** The state with these validator sets instead of its own. */
export function withSets(state: WorldState, { epoch, sets }: ValidatorSets, height: number): WorldState {
  const edit = state.edit()
  edit.decideSets(epoch, sets)
  edit.chain.height = height
  return edit.finish()
}

/** A finalisation of `header` by as few of `members` as suffice, the first ones by key. */
export function finalisedBy(networkId: Uint8Array, header: Header, members: readonly ValidatorEntry[], signers: ReadonlyMap<string, Signer>) {
  const hash = blockHash(networkId, header)
  const needed = quorumWeight(members.reduce((sum, { weight }) => sum + weight, 0))
  let weight = 0
  const votes = new Map(
    members.flatMap(member => {
      const key = toHex(member.publicKey)
      const signer = signers.get(key)
      assert(signer !== undefined, 'a member has a key')
      if (weight >= needed) return []
      weight += member.weight
      return [[key, signVote(networkId, { kind: VOTE_FINALISE, height: header.height, hash }, signer)] as const]
    })
  )
  return makeCertificate(VOTE_FINALISE, header.height, hash, votes)
}

export function createLightChain({ founders, blocks, changes, replaced }: LightChainOptions): LightChain {
  const { genesis, signers: first } = createNetwork(founders)
  const { epochLength, lookahead } = genesis
  const network = lightNetwork(genesis)
  const signers = new Map(first.map(signer => [toHex(signer.publicKey), signer]))
  let members: ValidatorEntry[] = first.map(({ publicKey }) => ({ publicKey, weight: 1 }))
  const setAt = new Map<number, ValidatorEntry[]>()
  const headers: StateHeader[] = []
  let state = genesisState(genesis, new StateIndex())
  let decided = members
  const show = (height: number): void => {
    const epoch = epochOf(height, epochLength)
    // Every epoch without an entry has the set of the one before it.
    const sets: ValidatorEntry[][] = []
    for (let at = epoch; at <= epoch + lookahead; at++) {
      const newest = [...setAt.keys()].filter(from => from <= at).sort((a, b) => b - a)[0]
      sets.push(newest === undefined ? members : setAt.get(newest)!)
    }
    state = withSets(state, { epoch, sets }, height)
    const header = headerOver(state, height)
    headers.push(makeStateHeader(header, state, finalisedBy(network.networkId, header, sets[0]!, signers)))
  }
  members = [...members]
  for (let change = 1; change <= changes; change++) {
    const height = Math.floor((blocks * change) / (changes + 1))
    // The first height of an epoch: the set of `lookahead` epochs on was decided a block ago.
    const epoch = epochOf(height, epochLength) + 1
    const newcomers = Array.from({ length: replaced }, (_, i) => signerAt(STRANGERS + change * 100 + i))
    for (const signer of newcomers) signers.set(toHex(signer.publicKey), signer)
    decided = [...decided.slice(replaced), ...newcomers.map(({ publicKey }) => ({ publicKey, weight: 1 }))]
    setAt.set(epoch + lookahead, decided)
    show(epoch * epochLength + 1)
  }
  show(blocks % epochLength === 0 ? blocks - 1 : blocks)
  return { genesis, network, headers, state, signers }
}
