/**
 * One real value of everything in the catalogue. Two small rooms are played by the real rules: each transaction is accepted by the state that it is shown to, each signature is one, and
 * keys come from their numbers, so that every machine has the same bytes.
 */
import { makeStateHeader } from '../../../src/core/light/stateHeader'
import { compareBytes, fromHex, utf8 } from '../../../src/core/bytes'
import type { BlockEntry } from '../../../src/core/chain/blockTree'
import type { ChainRules } from '../../../src/core/chain/execute'
import { decode } from '../../../src/core/codec'
import { MEMBERSHIP_INVITED } from '../../../src/core/consensus/validatorSet'
import { nameToBytes } from '../../../src/core/names'
import { branchOf } from '../../../src/core/proof/branch'
import { placedAt } from '../../../src/core/proof/blockWitness'
import { AGENTS_PATH, prove } from '../../../src/core/proof/prove'
import { formatSubject } from '../../../src/core/proof/subject'
import type { Subject } from '../../../src/core/proof/subject'
import { assert } from '../../../src/core/result'
import type { Result } from '../../../src/core/result'
import {
  AGENT_LEFT,
  ConfigurePayload,
  CustomPayload,
  DepositPayload,
  DivergentEvidence,
  EvidencePayload,
  HeartbeatPayload,
  InvitePayload,
  PlotPayload,
  POINTS_OFFSET,
  PollAction,
  PollMemory,
  ProducerPayload,
  ProfilePayload,
  ReanchorPayload,
  ROLE_FULL,
  State,
  VERDICT_APPROVE,
  VOTE_FINALISE,
  VoteEvidencePayload
} from '../../../src/core/schema'
import type { Announce, Block, ClashEvidence, Transaction } from '../../../src/core/schema'
import { blockHash, claimBytes, presenceBytes, proposalBytes, signOpinion, transactionId } from '../../../src/core/signing'
import { ALLIANCE_PURPOSES } from '../../../src/core/state/alliances'
import { chunkOf, manifestOf, readManifest } from '../../../src/core/state/chunks'
import { CONFLICT_DIVERGENT, conflictAt } from '../../../src/core/state/conflicts'
import { memeId } from '../../../src/core/state/memes'
import { poll, POLL_ASK } from '../../../src/core/state/poll'
import {
  checkTransaction,
  TX_CONFIGURE,
  TX_DEPOSIT,
  TX_EVIDENCE,
  TX_HEARTBEAT,
  TX_INVITE,
  TX_PLOT,
  TX_PRODUCER,
  TX_PROFILE,
  TX_REANCHOR,
  TX_VOTE_EVIDENCE,
  TX_WITHDRAW
} from '../../../src/core/state/transactions'
import { makeWitness } from '../../../src/core/state/witness'
import { certificateFor, compose, makeBlock, signerAt, TEST_TIME, voteFor } from '../../../src/core/testing/network'
import { Room, TERMS } from '../../../src/core/testing/room'
import { PROTOCOL_MAJOR } from '../../../src/core/wire'
import type { MessageName, MessageOf } from '../../../src/core/wire'
import type { RecordName, TransactionName } from './meanings'

export interface Examples {
  readonly networkIds: readonly Uint8Array[]
  /** The rules of the chain that the messages are about. */
  readonly rules: ChainRules
  readonly messages: { readonly [N in MessageName]: MessageOf<N>['value'] }
  readonly transactions: Readonly<Record<TransactionName, Transaction>>
  readonly records: Readonly<Record<RecordName, unknown>>
}

const NEWCOMER = 20
const RECIPE = 'the old man and the chain'
/** Long after everybody has left. */
const LATE = 300
const EMPTY = new Uint8Array(0)
const NOBODY = new Uint8Array(32)

function must<T>(result: Result<T>): T {
  assert(result.ok, 'the example is sound')
  return result.value
}

/** Into the next block, if the state takes it. */
function accept(room: Room, transaction: Transaction): Transaction {
  const refusal = room.refusal(transaction)
  assert(refusal === null, `an example is a transaction that the rules accept: ${refusal}`)
  room.say(transaction).mine()
  return transaction
}

const wholeBlock = ({ header, signature, transactions }: BlockEntry): Block => ({ header, signature, transactions: transactions! })
const signedHeader = ({ header, signature }: BlockEntry) => ({ header, signature })
const newestAlliance = (room: Room): Uint8Array => room.state.view.social.alliances.getReadonly(room.state.view.social.allianceCount - 1).toValue().id

/** A life in a room of six: everything that an agent can do without being its authority. */
function lifeOf(room: Room): Omit<Record<TransactionName, Transaction>, 'invite' | 'configure' | 'reanchor'> {
  const { networkId } = room.network
  const newcomer = signerAt(NEWCOMER)
  const register = accept(room, compose.register(networkId, newcomer, 'Newcomer'))
  const transfer = accept(room, compose.transfer(networkId, room.signers[0]!, 0, room.key(1), 5_000n, 20n))
  const parent = room.tip
  const heartbeat = accept(room, room.sign(0, TX_HEARTBEAT, HeartbeatPayload, { height: parent.height, hash: parent.hashBytes }))
  const deposit = accept(room, room.sign(0, TX_DEPOSIT, DepositPayload, { amount: 16_000n }))
  const producer = accept(room, room.sign(1, TX_PRODUCER, ProducerPayload, { on: 0 }))
  const plot = accept(room, room.sign(1, TX_PLOT, PlotPayload, { seed: NOBODY.slice().fill(3), leaves: 1024, leafFunction: 1, root: NOBODY.slice().fill(4) }))
  const profile = accept(room, room.sign(2, TX_PROFILE, ProfilePayload, { status: 1, personality: 4, traitsHash: NOBODY }))
  const meme = accept(room, room.meme(1, RECIPE, { caption: utf8('after Hemingway'), tags: [utf8('sea')], targets: [room.key(2)] }))
  const react = accept(room, room.react(2, memeId(1, utf8(RECIPE)), 1))
  const alliance = accept(room, room.alliance(2, [2, 3], { purpose: ALLIANCE_PURPOSES.length, label: nameToBytes('Night watch') }))
  const allianceSign = accept(room, room.join(3, newestAlliance(room)))
  const allianceBreak = accept(room, room.leaveAlliance(3, newestAlliance(room)))
  const social = accept(room, room.social(0, 3, 3, 9_000n))
  const conflict = accept(room, room.conflict(0, CONFLICT_DIVERGENT, DivergentEvidence, divergence(room)))
  const conflictOpinion = accept(room, room.opinion(1, conflictAt(room.state, 0).id, 1))
  const question = { step: POLL_ASK, question: utf8('Go on?'), options: [utf8('yes'), utf8('no')], option: 0 }
  const custom = accept(room, room.custom(0, poll.number, PollAction, question))
  const leave = accept(room, compose.leave(networkId, newcomer, 1))
  const withdraw = room.sign(0, TX_WITHDRAW, DepositPayload, { amount: 16_000n })
  const gone = room.state.edit()
  gone.update(room.key(0), { status: AGENT_LEFT })
  assert(checkTransaction({ state: gone, height: LATE, genesis: room.network.genesis, networkId }, withdraw) === null, 'who has left long ago may withdraw')
  const { evidence, voteEvidence } = offences(room)
  return {
    ...{ register, transfer, heartbeat, leave, evidence, voteEvidence, deposit, withdraw, producer, plot, profile },
    ...{ meme, react, alliance, allianceSign, allianceBreak, social, conflict, conflictOpinion, custom }
  }
}

/** Number 5 says two things with one nonce. */
function divergence(room: Room): DivergentEvidence {
  const pair = [1n, 2n].map(amount => compose.transfer(room.network.networkId, room.signers[5]!, 0, room.key(0), amount))
  const [first, second] = pair.sort((a, b) => compareBytes(transactionId(a), transactionId(b)))
  return { first: first!, second: second! }
}

function offences(room: Room): Pick<Record<TransactionName, Transaction>, 'evidence' | 'voteEvidence'> {
  const { networkId, genesis } = room.network
  const honest = makeBlock(room.network, room.tip)
  const liar = room.signers.find(({ publicKey }) => compareBytes(publicKey, honest.header.proposer) === 0)!
  const header = { ...honest.header, timestamp: honest.header.timestamp + genesis.config.blockIntervalMs }
  const twin = { header, signature: liar.sign(proposalBytes(networkId, blockHash(networkId, header))) }
  const [first, second] = [signedHeader(honest), twin].sort((a, b) => compareBytes(blockHash(networkId, a.header), blockHash(networkId, b.header)))
  const reporter = room.signers.findIndex(signer => signer !== liar)
  const evidence = room.sign(reporter, TX_EVIDENCE, EvidencePayload, { first: first!, second: second! })
  assert(room.refusal(evidence) === null, 'two headers for one place convict')
  const finalise = (hash: Uint8Array) => voteFor(room.network, liar, { height: honest.height, hashBytes: hash }, VOTE_FINALISE)
  const [one, other] = [honest.hashBytes, blockHash(networkId, header)].sort(compareBytes).map(finalise)
  const voteEvidence = room.sign(reporter, TX_VOTE_EVIDENCE, VoteEvidencePayload, { first: one!, second: other! })
  assert(room.refusal(voteEvidence) === null, 'two finalisations at one height convict')
  return { evidence, voteEvidence }
}

/** What only the authority of a room may do. */
function governmentOf(): { room: Room; transactions: Pick<Record<TransactionName, Transaction>, 'invite' | 'configure' | 'reanchor'> } {
  const room = new Room(4, { authority: signerAt(0).publicKey, membership: MEMBERSHIP_INVITED })
  const invite = accept(room, room.sign(0, TX_INVITE, InvitePayload, { publicKey: signerAt(NEWCOMER).publicKey, name: nameToBytes('Guest') }))
  const config = { ...room.network.genesis.config, blockIntervalMs: 3000 }
  const configure = accept(room, room.sign(0, TX_CONFIGURE, ConfigurePayload, { epoch: 9, config, approvals: [] }))
  const { height, hashBytes } = room.tip
  const validators = [0, 1].map(who => ({ publicKey: room.key(who), weight: 1 }))
  const reanchor = accept(room, room.sign(0, TX_REANCHOR, ReanchorPayload, { height, hash: hashBytes, validators }))
  return { room, transactions: { invite, configure, reanchor } }
}

/** A chain of two blocks by four founders, and every message about it. */
function trafficOf(): { messages: Examples['messages']; records: Partial<Record<RecordName, unknown>>; room: Room } {
  const room = new Room(4)
  const { network } = room
  const { networkId, genesis, signers, rules } = network
  const transfer = compose.transfer(networkId, signers[0]!, 0, room.key(1), 5_000n, 20n)
  const root = room.tip
  const first = room.say(transfer).mine().tip
  const second = room.mine().tip
  const quorum = signers.slice(0, 3)
  const notarised = certificateFor(network, quorum, first)
  const final = certificateFor(network, quorum, second, VOTE_FINALISE)
  const announce: Announce = { header: second.header, signature: second.signature, parentCertificate: [notarised], body: [second.transactions!] }
  const unsigned = { sender: room.key(0), time: TEST_TIME + 4000, height: 2, finalHeight: 2, finalHash: second.hashBytes, signature: new Uint8Array(64) }
  const reasons = [
    { code: 1, points: POINTS_OFFSET + 250 },
    { code: 2, points: POINTS_OFFSET - 40 }
  ]
  const opinion = signOpinion(networkId, { height: 2, hash: second.hashBytes, verdict: VERDICT_APPROVE, score: POINTS_OFFSET + 210, reasons }, signers[1]!)
  const hello = { protocolMajor: PROTOCOL_MAJOR, role: ROLE_FULL, networkId, publicKey: room.key(0), height: 2, finalHeight: 2, finalHash: second.hashBytes }
  const shown = makeStateHeader(second.header, second.state!, final)
  const agent: Subject = { kind: 'agent', key: room.key(0) }
  const proof = must(prove(networkId, shown, second.state!, agent, () => null))
  const manifest = must(readManifest(manifestOf(second.state!).bytes, second.state!.root))
  const chunk = manifest.places[0]!
  const block = wholeBlock(first)
  const witness = {
    proof: must(prove(networkId, shown, second.state!, placedAt(first.height, false), () => null)),
    parent: [],
    block,
    witness: must(makeWitness(rules, root.state!, block))
  }
  const messages: Examples['messages'] = {
    announce,
    vote: voteFor(network, signers[0]!, second),
    transaction: transfer,
    presence: { ...unsigned, signature: signers[0]!.sign(presenceBytes(networkId, unsigned)) },
    certificate: notarised,
    opinion,
    helloRequest: hello,
    bodiesRequest: { hashes: [first.hashBytes] },
    rangeRequest: { from: 1, count: 2 },
    roundsRequest: { from: 1 },
    genesisRequest: { networkId },
    submitRequest: { transactions: [transfer] },
    stateHeaderRequest: { above: 0, height: 2 },
    proofRequest: { subject: utf8(formatSubject(agent)) },
    manifestRequest: { above: 0 },
    chunksRequest: { roots: [fromHex(chunk.root)!] },
    witnessRequest: { hash: [first.hashBytes], height: 0 },
    helloReply: { ...hello, publicKey: room.key(1) },
    bodiesReply: { blocks: [block] },
    rangeReply: { blocks: [block, wholeBlock(second)], certificate: [final] },
    roundsReply: { announces: [announce], votes: [voteFor(network, signers[0]!, second)], certificates: [notarised] },
    genesisReply: { genesis: [genesis] },
    submitReply: { accepted: 1 },
    stateHeaderReply: { headers: [shown] },
    proofReply: { proof: [proof], code: EMPTY },
    manifestReply: { headers: [shown], blocks: [wholeBlock(second)], manifest: manifest.bytes },
    chunksReply: { chunks: [chunkOf(second.state!, chunk)] },
    witnessReply: { found: [witness], code: EMPTY }
  }
  const { signature: _, ...bare } = transfer
  return {
    room,
    messages,
    records: {
      Header: first.header,
      Block: block,
      UnsignedTransaction: bare,
      ChainConfig: genesis.config,
      Genesis: genesis,
      StateHeader: shown,
      PackedSets: shown.validators,
      StateProof: proof,
      Claim: proof.claim[0],
      BlockWitness: witness,
      StateWitness: witness.witness,
      State: State.toValueFromViewDU(second.state!.view),
      ValidatorSets: second.state!.view.blocks.validators.toValue(),
      ValidatorEntry: second.state!.view.blocks.validators.toValue().sets[0]![0]
    }
  }
}

/** An agent's word about its record after block 1, and what was there. */
function falseWord(): Pick<Record<RecordName, unknown>, 'RecordClaim' | 'InconsistentEvidence'> {
  const room = new Room(4).mine()
  const place = room.place(3)
  const unsigned = { agent: room.key(3), height: 1, record: NOBODY.slice().fill(1) }
  const claim = { ...unsigned, signature: room.signers[3]!.sign(claimBytes(room.network.networkId, unsigned)) }
  const record = room.state.view.agents.records.getReadonly(place).hashTreeRoot()
  const branch = branchOf(room.state.view.node, State.getPathInfo([...AGENTS_PATH, place]).gindex)
  return { RecordClaim: claim, InconsistentEvidence: { claim, place, record, branch } }
}

/** One member in two alliances that both exclude the other. */
function clash(): ClashEvidence {
  const room = new Room(5)
  const terms = { ...TERMS, exclusive: 1 }
  const ids = [1, 2].map(other => {
    accept(room, room.alliance(0, [0, other], { terms }))
    const id = newestAlliance(room)
    accept(room, room.join(other, id))
    return id
  })
  const [first, second] = ids.sort(compareBytes)
  return { member: room.key(0), first: first!, second: second! }
}

export function makeExamples(): Examples {
  const room = new Room(6)
  const life = lifeOf(room)
  const government = governmentOf()
  const traffic = trafficOf()
  const { agents, blocks, social, memes } = room.state.view
  const relations = Array.from({ length: social.relationships.length }, (_, i) => social.relationships.getReadonly(i).toValue()).find(list => list.length > 0)
  const memory = social.custom.getReadonly(0).toValue()
  const records = {
    ...traffic.records,
    ...falseWord(),
    DivergentEvidence: divergence(room),
    ClashEvidence: clash(),
    PollAction: must(decode(PollAction, must(decode(CustomPayload, life.custom.payload)).action)),
    AgentRecord: agents.records.getReadonly(2).toValue(),
    Plot: agents.plots.getReadonly(0).toValue(),
    BlockRecord: blocks.recent.getReadonly(1).toValue(),
    AllianceOffer: social.alliances.getReadonly(0).toValue().offer,
    AllianceRecord: social.alliances.getReadonly(0).toValue(),
    Relation: relations?.[0],
    MemeRecord: memes.records.getReadonly(0).toValue(),
    MemeInfluence: social.memeInfluence.getReadonly(0).toValue(),
    DramaEvent: social.drama.events.getReadonly(0).toValue(),
    ConflictRecord: conflictAt(room.state, 0),
    AgendaEntry: social.agenda.getReadonly(0).toValue(),
    CustomRecord: memory,
    PollMemory: must(decode(PollMemory, memory.data))
  }
  return {
    rules: traffic.room.network.rules,
    networkIds: [room, government.room, traffic.room].map(({ network }) => network.networkId),
    messages: traffic.messages,
    transactions: { ...life, ...government.transactions },
    records: records as Record<RecordName, unknown>
  }
}
