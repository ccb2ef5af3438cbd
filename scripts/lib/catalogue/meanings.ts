/**
 * What no schema can say: what an entry means, who sends it and when, which rules it serves. One table per kind of entry; the compiler holds that of the messages complete, a test
 * the others (scripts/catalogue.test.ts).
 */
import { StateHeader, PackedSets } from '../../../src/core/light/schema'
import { Claim, StateProof } from '../../../src/core/proof/schema'
import { BlockWitness } from '../../../src/core/proof/witnessSchema'
import {
  AgendaEntry,
  AgentRecord,
  AllianceOffer,
  AllianceRecord,
  Block,
  BlockRecord,
  ChainConfig,
  ClashEvidence,
  ConflictRecord,
  CustomRecord,
  DivergentEvidence,
  DramaEvent,
  Genesis,
  Header,
  InconsistentEvidence,
  MemeInfluence,
  MemeRecord,
  Plot,
  PollAction,
  PollMemory,
  RecordClaim,
  Relation,
  State,
  UnsignedTransaction,
  ValidatorEntry,
  ValidatorSets
} from '../../../src/core/schema'
import {
  TX_ALLIANCE,
  TX_ALLIANCE_BREAK,
  TX_ALLIANCE_SIGN,
  TX_CONFIGURE,
  TX_CONFLICT,
  TX_CONFLICT_OPINION,
  TX_CUSTOM,
  TX_DEPOSIT,
  TX_EVIDENCE,
  TX_HEARTBEAT,
  TX_INVITE,
  TX_LEAVE,
  TX_MEME,
  TX_PLOT,
  TX_PRODUCER,
  TX_PROFILE,
  TX_REACT,
  TX_REANCHOR,
  TX_REGISTER,
  TX_SOCIAL,
  TX_TRANSFER,
  TX_VOTE_EVIDENCE,
  TX_WITHDRAW
} from '../../../src/core/state/transactions'
import { StateWitness } from '../../../src/core/state/witnessSchema'
import type { MessageName } from '../../../src/core/wire'

export interface Meaning {
  readonly what: string
  readonly who: string
  readonly rules: readonly string[]
}

const ASKED = 'Whoever was asked, at once.'

export const MESSAGES_MEAN: Record<MessageName, Meaning> = {
  announce: {
    what: 'A proposal on its way: the header, its maker’s signature, the certificate of its parent, and the body while it is short.',
    who: 'The maker of a block, when its turn has come. A node that has checked it passes it on.',
    rules: ['R1', 'R2', 'R10']
  },
  vote: {
    what: 'One validator’s signed word about one block: it may stand (kind 1, notarise), or it has voted for no other (kind 2, finalise).',
    who: 'A validator of the height, after it has executed the block itself and written the vote to its disk.',
    rules: ['R3', 'R5', 'R6']
  },
  transaction: {
    what: 'Something that an agent wants on the chain, signed. What stands in the payload depends on its kind.',
    who: 'Whoever wants it, once; every node that has checked it keeps it until a block takes it.',
    rules: ['R7', 'S9']
  },
  presence: {
    what: 'Who is awake, and how far. It tells screens and proof of sync where everybody stands, and decides nothing.',
    who: 'Every registered node, every two slots.',
    rules: ['V030']
  },
  certificate: {
    what: 'The votes of more than two thirds of a height’s weight for one block: what makes it notarised or final.',
    who: 'Whoever has one may. Nodes of this build pass them on inside announcements and answers, and take one that comes alone.',
    rules: ['R4', 'R5']
  },
  opinion: {
    what: 'What a validator thinks of a valid block, with its reasons in points. It is counted and shown, and no rule reads it.',
    who: 'A validator in a family where personalities have a say, once for each block that it has executed.',
    rules: ['R8']
  },
  helloRequest: {
    what: 'The first words between two nodes: version, network, key and heights.',
    who: 'Both sides of a new link.',
    rules: ['R7', 'V030']
  },
  bodiesRequest: {
    what: 'Blocks by their hashes.',
    who: 'A node that has a header without its body; whoever announced it is asked first, then others in turn.',
    rules: ['R7']
  },
  rangeRequest: {
    what: 'Final blocks from a height on.',
    who: 'A node that is behind, to the furthest peer that it believes.',
    rules: ['R7', 'L3']
  },
  roundsRequest: {
    what: 'Everything that is known above a height and not final yet.',
    who: 'A node whose round is late, to two peers in turn: gossip is never the only path.',
    rules: ['R7']
  },
  genesisRequest: {
    what: 'The beginning of a network, by its id.',
    who: 'A node that came by a room link, which carries the id alone.',
    rules: ['R9']
  },
  submitRequest: {
    what: 'Own transactions that nobody has included for a while, handed over directly.',
    who: 'Their sender, when they have waited too long; a light node always.',
    rules: ['R7', 'L2']
  },
  stateHeaderRequest: {
    what: 'The state header nearest below a height, above another.',
    who: 'A light node, and one that fetches a state: they climb from what they trust to the newest head.',
    rules: ['T057']
  },
  proofRequest: {
    what: 'A proof of one value of the state, or of a transaction, by name.',
    who: 'A light node once per block for its own record, and any node when somebody presses “why?”.',
    rules: ['T045']
  },
  manifestRequest: {
    what: 'The newest snapshot of the state above a height.',
    who: 'A node that is so far behind that a state costs less than all blocks.',
    rules: ['T057']
  },
  chunksRequest: {
    what: 'Parts of a state, each by the root of its subtree.',
    who: 'A node that fetches a state, from all peers at once.',
    rules: ['T058']
  },
  witnessRequest: {
    what: 'A final block together with all of the state that it reads.',
    who: 'A light node that wants to run a block again by itself.',
    rules: ['T041']
  },
  helloReply: { what: 'The same of the other side.', who: ASKED, rules: ['R7', 'V030'] },
  bodiesReply: { what: 'Those of the blocks that are known.', who: ASKED, rules: ['R7'] },
  rangeReply: { what: 'A chain of final blocks, and the certificate that makes the last of them final.', who: ASKED, rules: ['R5', 'R9'] },
  roundsReply: { what: 'Proposals with the certificates of their parents, votes, and certificates.', who: ASKED, rules: ['R4', 'R7'] },
  genesisReply: { what: 'The genesis, or none. Its hash must be the id that was asked for.', who: ASKED, rules: ['R9'] },
  submitReply: { what: 'How many of the transactions were taken.', who: ASKED, rules: ['L2'] },
  stateHeaderReply: { what: 'One state header, or none above the lower height.', who: ASKED, rules: ['T057'] },
  proofReply: { what: 'The proof, or a code that says why there is none.', who: ASKED, rules: ['T045'] },
  manifestReply: { what: 'The snapshot’s block, its state header and the list of its parts; or nothing.', who: ASKED, rules: ['T057'] },
  chunksReply: { what: 'One part for each root, empty where the peer has none.', who: ASKED, rules: ['T058'] },
  witnessReply: { what: 'The block with its witness, or a code that says why not.', who: ASKED, rules: ['T041', 'T042'] }
}

/** By name; `kind` is the number in the transaction, and its payload's schema comes from the rule of that kind. */
export const TRANSACTIONS_MEAN = {
  register: {
    kind: TX_REGISTER,
    what: 'A new agent asks for its place in the registry and gets the grant of the room.',
    who: 'A new key, as its very first transaction, free of charge.',
    rules: ['D-12', 'R9']
  },
  transfer: { kind: TX_TRANSFER, what: 'Moves an amount to another agent.', who: 'Anybody who has it.', rules: ['S6', 'S9'] },
  heartbeat: {
    kind: TX_HEARTBEAT,
    what: 'Says that its sender is here and knows a recent block of this very chain.',
    who: 'Every node by itself, three times per lifetime of a heartbeat.',
    rules: ['R9', 'F1']
  },
  leave: {
    kind: TX_LEAVE,
    what: 'Takes its sender out of the living part of the registry, at once and without blame.',
    who: 'A tab that closes where that helps those who stay.',
    rules: ['R9']
  },
  evidence: {
    kind: TX_EVIDENCE,
    what: 'Two signed headers of one maker for one place: that one loses its seat, its deposit and half of its balance.',
    who: 'Whoever has seen both.',
    rules: ['R3']
  },
  voteEvidence: {
    kind: TX_VOTE_EVIDENCE,
    what: 'Two votes of one validator that no honest one gives together. The same penalty.',
    who: 'Whoever has seen both.',
    rules: ['R5']
  },
  deposit: {
    kind: TX_DEPOSIT,
    what: 'Moves an amount to where it can be lost; in rooms by stake it makes a vote weigh.',
    who: 'Anybody who has it.',
    rules: ['R9']
  },
  withdraw: {
    kind: TX_WITHDRAW,
    what: 'Takes a deposit back.',
    who: 'An agent that has left 256 blocks ago: until then it can still be convicted.',
    rules: ['R9']
  },
  producer: {
    kind: TX_PRODUCER,
    what: 'Asks for a place among the makers of blocks, or gives it up.',
    who: 'An agent, where the family ranks only those who ask.',
    rules: ['R1']
  },
  plot: { kind: TX_PLOT, what: 'Registers space on a disk, bound to its owner.', who: 'A miner, once per plot.', rules: ['R1', 'D-32'] },
  invite: { kind: TX_INVITE, what: 'Adds a member to a room that takes them by invitation.', who: 'The authority of the room.', rules: ['R9'] },
  configure: {
    kind: TX_CONFIGURE,
    what: 'Another family, pace or parameters, from the first height of an epoch on.',
    who: 'The authority, or anybody with the signatures of a quorum.',
    rules: ['R9']
  },
  reanchor: {
    kind: TX_REANCHOR,
    what: 'The room goes on without those who are gone: this block counts, and these agents validate from now on.',
    who: 'The authority, by a person’s deliberate act.',
    rules: ['R9']
  },
  profile: {
    kind: TX_PROFILE,
    what: 'What an agent says of itself: at work, inactive or in maintenance, and its personality.',
    who: 'That agent.',
    rules: ['D-01']
  },
  meme: {
    kind: TX_MEME,
    what: 'Publishes a meme: a recipe of at most 4 KiB, never pixels. Its quality is worked out by the chain.',
    who: 'A person in the studio, or an agent for its own next block.',
    rules: ['D-03', 'D-04']
  },
  react: { kind: TX_REACT, what: 'Love, like or dislike for somebody else’s meme.', who: 'Anybody, once per meme.', rules: ['D-04'] },
  alliance: { kind: TX_ALLIANCE, what: 'Offers an alliance; all members must sign what stands here.', who: 'One of the members to be.', rules: ['D-07'] },
  allianceSign: {
    kind: TX_ALLIANCE_SIGN,
    what: 'One more signature under an offer; the last one puts it into force.',
    who: 'A member that was named.',
    rules: ['D-07']
  },
  allianceBreak: {
    kind: TX_ALLIANCE_BREAK,
    what: 'Ends an alliance for a price that its terms name, or declines an offer for nothing.',
    who: 'Any member.',
    rules: ['D-07']
  },
  social: {
    kind: TX_SOCIAL,
    what: 'Praise, blame, or a paid offer: it moves how much one agent trusts another.',
    who: 'Anybody, to another agent.',
    rules: ['T019']
  },
  conflict: {
    kind: TX_CONFLICT,
    what: 'Brings evidence of a contradiction and opens sixteen blocks of opinions about it.',
    who: 'Whoever has the evidence.',
    rules: ['D-15']
  },
  conflictOpinion: {
    kind: TX_CONFLICT_OPINION,
    what: 'One voice in an open conflict: the first stands, the second stands, or neither.',
    who: 'Any agent that it is not about, once.',
    rules: ['D-15']
  },
  custom: { kind: TX_CUSTOM, what: 'A step of a kind that this build adds to the chain, such as the poll.', who: 'Whoever uses that kind.', rules: ['T001'] }
} as const satisfies Record<string, Meaning & { kind: number }>
export type TransactionName = keyof typeof TRANSACTIONS_MEAN

interface RecordMeaning extends Meaning {
  readonly schema: unknown
  readonly group: 'blocks' | 'proofs' | 'evidence' | 'state'
}

/** Everything that stands inside messages, or in the state. An entry is named as its schema is in the code. */
export const RECORDS_MEAN = {
  Header: {
    schema: Header,
    group: 'blocks',
    what: 'What a block is, in few bytes: its place, its maker, the roots of its transactions and of the state after it. Its hash is the block’s name.',
    who: 'Its maker signs it.',
    rules: ['R1', 'R2', 'R10']
  },
  Block: {
    schema: Block,
    group: 'blocks',
    what: 'A header with its maker’s signature and all transactions.',
    who: 'Inside answers, and on every disk.',
    rules: ['R2']
  },
  UnsignedTransaction: {
    schema: UnsignedTransaction,
    group: 'blocks',
    what: 'What the sender of a transaction signs, after a tag of its purpose and the network’s id.',
    who: 'It never travels without its signature.',
    rules: ['S9']
  },
  ChainConfig: {
    schema: ChainConfig,
    group: 'blocks',
    what: 'Who may make blocks and at what pace: family, mode, interval, slot, and the family’s own parameters.',
    who: 'In the genesis, in the state, and in a change of it.',
    rules: ['R1']
  },
  Genesis: {
    schema: Genesis,
    group: 'blocks',
    what: 'The beginning of a room: parameters, founders, treasury. Its hash is the network’s id.',
    who: 'Made by whoever opens the room, once.',
    rules: ['R9', 'S6']
  },
  StateHeader: {
    schema: StateHeader,
    group: 'proofs',
    what: 'A state root under a finality certificate, with the validator sets that this state names: they prove the certificate now and later headers after it.',
    who: 'In answers to light nodes and to those who fetch a state.',
    rules: ['T057', 'R9']
  },
  PackedSets: {
    schema: PackedSets,
    group: 'proofs',
    what: 'The validator sets of the coming epochs, each list once.',
    who: 'In a state header.',
    rules: ['R9']
  },
  StateProof: {
    schema: StateProof,
    group: 'proofs',
    what: 'A value with its way up to a state root, and the header that certifies that root.',
    who: 'In answers, and in proof files.',
    rules: ['T045']
  },
  Claim: { schema: Claim, group: 'proofs', what: 'A value, its path by name, and one sibling per level of the tree.', who: 'In a proof.', rules: ['T045'] },
  BlockWitness: {
    schema: BlockWitness,
    group: 'proofs',
    what: 'A block with everything that it takes to run it without the state.',
    who: 'In an answer to a light node.',
    rules: ['T041']
  },
  StateWitness: {
    schema: StateWitness,
    group: 'proofs',
    what: 'The nodes of the old state tree that a block reads, and the hashes beside them.',
    who: 'In a block’s witness.',
    rules: ['T041']
  },
  DivergentEvidence: {
    schema: DivergentEvidence,
    group: 'evidence',
    what: 'Two transactions of one sender with one nonce.',
    who: 'Inside a conflict of kind 1.',
    rules: ['T066']
  },
  RecordClaim: {
    schema: RecordClaim,
    group: 'evidence',
    what: 'An agent’s signed word about its own record.',
    who: 'Inside evidence of an inconsistency.',
    rules: ['T067']
  },
  InconsistentEvidence: {
    schema: InconsistentEvidence,
    group: 'evidence',
    what: 'Such a word, and the proof that something else was there.',
    who: 'Inside a conflict of kind 2.',
    rules: ['T067']
  },
  ClashEvidence: {
    schema: ClashEvidence,
    group: 'evidence',
    what: 'One member in two alliances that both exclude the other.',
    who: 'Inside a conflict of kind 3.',
    rules: ['T068']
  },
  PollAction: {
    schema: PollAction,
    group: 'evidence',
    what: 'Asks the room, or answers: the step of the custom kind “poll”.',
    who: 'Inside a custom transaction.',
    rules: ['T001']
  },
  State: {
    schema: State,
    group: 'state',
    what: 'All that the chain knows, in four subtrees: agents, blocks, social life, memes. Its root stands in every header.',
    who: 'It is computed by every node, and travels in parts.',
    rules: ['T002', 'S4', 'S8']
  },
  AgentRecord: {
    schema: AgentRecord,
    group: 'state',
    what: 'One agent: who it is, what it owns, when it was last here, and what it has staked.',
    who: 'Changed by its own transactions and by the blocks that it makes.',
    rules: ['T003', 'R9']
  },
  Plot: { schema: Plot, group: 'state', what: 'Space that an agent has committed to.', who: 'Added by the transaction plot.', rules: ['D-32'] },
  BlockRecord: {
    schema: BlockRecord,
    group: 'state',
    what: 'One of the last 256 blocks, as the state remembers it.',
    who: 'Added by every block for the one before it.',
    rules: ['T010', 'F1']
  },
  ValidatorSets: {
    schema: ValidatorSets,
    group: 'state',
    what: 'Who votes in the epoch of the next height and in those that are decided ahead.',
    who: 'Changed by the last block of an epoch.',
    rules: ['R9']
  },
  ValidatorEntry: {
    schema: ValidatorEntry,
    group: 'state',
    what: 'One voter and the weight of its vote.',
    who: 'In every validator set.',
    rules: ['R4', 'R9']
  },
  AllianceOffer: {
    schema: AllianceOffer,
    group: 'state',
    what: 'What all members of an alliance sign; its hash is the alliance’s id.',
    who: 'In its record.',
    rules: ['D-07']
  },
  AllianceRecord: {
    schema: AllianceRecord,
    group: 'state',
    what: 'An offer or an alliance, who has signed, and how it ended.',
    who: 'Changed by its members’ transactions, and by time.',
    rules: ['T018', 'T027']
  },
  Relation: {
    schema: Relation,
    group: 'state',
    what: 'How much one agent trusts another. It fades.',
    who: 'Changed by what the two do to each other.',
    rules: ['T019']
  },
  MemeRecord: {
    schema: MemeRecord,
    group: 'state',
    what: 'A meme: who made it, of what, and what the chain says it is worth. The drawing stays in its block.',
    who: 'Added by the transaction meme.',
    rules: ['T022', 'D-03']
  },
  MemeInfluence: {
    schema: MemeInfluence,
    group: 'state',
    what: 'What came of a meme: reactions, influence, virality.',
    who: 'Changed by reactions and references.',
    rules: ['T020']
  },
  DramaEvent: {
    schema: DramaEvent,
    group: 'state',
    what: 'A fact worth telling, made by the rules: a broken alliance, a caught liar, a meme that spread.',
    who: 'Added by the block in which it happened.',
    rules: ['T021', 'D-13']
  },
  ConflictRecord: {
    schema: ConflictRecord,
    group: 'state',
    what: 'A contradiction that was shown, the opinions about it, and the outcome.',
    who: 'Changed by opinions, and closed by the height.',
    rules: ['D-15']
  },
  AgendaEntry: {
    schema: AgendaEntry,
    group: 'state',
    what: 'What will happen by itself at a height: an alliance expires, a conflict closes.',
    who: 'Added with what it will end.',
    rules: ['T027', 'D-15']
  },
  CustomRecord: { schema: CustomRecord, group: 'state', what: 'The memory of a custom kind.', who: 'Changed by its transactions.', rules: ['T001'] },
  PollMemory: {
    schema: PollMemory,
    group: 'state',
    what: 'The open question of the room, and who has answered what: the memory of the custom kind “poll”.',
    who: 'Changed by asking and answering.',
    rules: ['T001']
  }
} as const satisfies Record<string, RecordMeaning>
export type RecordName = keyof typeof RECORDS_MEAN
