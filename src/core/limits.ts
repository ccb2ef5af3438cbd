/** Every bound of the core, each with its reason. docs/LIMITS.md lists them; a test checks that the list is complete. */

/** Longest name of an agent, bytes of UTF-8: fits one SSZ leaf and one line on a phone. */
export const MAX_NAME_BYTES = 32
/** Longest payload of a transaction: a change of configuration with the signatures of a hundred validators needs about 10 kB. */
export const MAX_PAYLOAD_BYTES = 16 * 1024
/** Signatures under a change of configuration. */
export const MAX_APPROVALS = 128
/** A family's own parameters, encoded. */
export const MAX_PARAMETER_BYTES = 256
/** What a family remembers from block to block, encoded. */
export const MAX_MEMORY_BYTES = 256
/** Epochs of validator sets decided in advance (R9). */
export const MAX_LOOKAHEAD_EPOCHS = 8
/** Plots registered on the chain. */
export const MAX_PLOTS = 1 << 16
/** Transactions in a block: 512 transfers are about 100 kB and some 50 ms to check cold. */
export const MAX_BLOCK_TRANSACTIONS = 512
/** Encoded block: one data-channel message after chunking, and room for 512 transfers. */
export const MAX_BLOCK_BYTES = 256 * 1024
/** What a block needs beside its transactions: header, claim, random number, signature. */
export const BLOCK_HEADROOM_BYTES = 4096
/** The family's evidence inside a header: a proof of space with a Merkle path of 24 steps needs about 800 bytes. */
export const MAX_CLAIM_BYTES = 1024
/** Validators in one set: a certificate then stays below 13 kB. */
export const MAX_VALIDATORS = 128
/** Agents in the registry: the depth of its Merkle tree is 20. */
export const MAX_AGENTS = 1 << 20
/** Agents written into a genesis. */
export const MAX_GENESIS_AGENTS = 128
/** Block records kept in the state, for heartbeats and evidence to refer to; so many blocks are an era. */
export const RECENT_HASHES = 256
/** Eras whose roots the state keeps: all heights that fit into 32 bits. */
export const MAX_ERAS = 1 << 24
/** Offers and alliances whose records are kept: a new one takes the place of the oldest once that has ended. A class that forms one a minute fills it in three days. */
export const MAX_ALLIANCES = 4096
/** Alliances that one agent may be in, and members of one (D-07): the record of an agent stays below 600 bytes. */
export const MAX_ALLIANCES_PER_AGENT = 8
export const MAX_ALLIANCE_MEMBERS = 8
/** Agents whose trust in one agent is remembered: strangers of a large network crowd out the faintest first. */
export const MAX_RELATIONS_PER_AGENT = 64
/** Memes whose records are kept: about 2 MB; older ones have no influence left and give way. */
export const MAX_MEMES = 8192
/** Reactions to one meme that count: two classes. */
export const MAX_REACTIONS = 64
/** Recent memes that a new one is compared with (D-03). */
export const MAX_SKETCHES = 64
/** Sketch of a meme's content: the 64 smallest of its 32-bit shingle hashes. */
export const SKETCH_BYTES = 64 * 4
/** Content of a meme (D-04): drawings and texts, no photographs. */
export const MAX_RECIPE_BYTES = 4096
/** 280 characters of at most four bytes. */
export const MAX_CAPTION_BYTES = 4 * 280
/** Tags of a meme, 24 characters each of at most four bytes. */
export const MAX_MEME_TAGS = 4
export const MAX_TAG_BYTES = 4 * 24
/** Memes that one meme refers to, and agents that it is meant for: each costs a write. */
export const MAX_MEME_REFERENCES = 8
export const MAX_MEME_TARGETS = 8
/** Drama events that the state keeps (D-13); older ones are folded into one hash. */
export const MAX_DRAMA_EVENTS = 256
/** Agents that one drama event names, and ids that it refers to. */
export const MAX_DRAMA_PARTICIPANTS = 8
export const MAX_DRAMA_REFS = 4
/** Conflicts that the state keeps; a new one waits until the oldest is decided. */
export const MAX_CONFLICTS = 64
/** Opinions on one conflict that are counted. */
export const MAX_BALLOTS = 128
/** Evidence of a conflict: two transactions of the largest kind that divergence is about. */
export const MAX_CONFLICT_EVIDENCE_BYTES = 12 * 1024
/** Siblings between an agent's record and a state root: 25 today. */
export const MAX_RECORD_BRANCH = 32
/** Entries of the agenda: one per alliance and conflict that the state can hold. */
export const MAX_AGENDA = MAX_ALLIANCES + MAX_CONFLICTS
/** Custom kinds of transitions with a memory, its bytes, and the bytes of one action: they share the room of one meme. */
export const MAX_CUSTOM_KINDS = 16
export const MAX_CUSTOM_BYTES = 4096
export const MAX_CUSTOM_ACTION_BYTES = 2048
/** A body no longer than this rides along with its announcement; a longer one is asked for by hash. */
export const INLINE_BODY_BYTES = 16 * 1024
/** Blocks in one answer to a range request. */
export const MAX_RANGE_BLOCKS = 64
/** R12: the longest leak, heights. Who comes back gets the stretch without certificates and the certificate behind it in one answer. */
export const LONGEST_LEAK = 56
/** Bodies asked for in one request. */
export const MAX_BODY_REQUEST = 16
/** Announcements, votes and certificates in one answer about the unfinalised heights. */
export const MAX_ROUND_ANNOUNCES = 64
export const MAX_ROUND_VOTES = 512
export const MAX_ROUND_CERTIFICATES = 64
/** How far above the final block anything from a peer is looked at, heights. Also how long a tentative chain may grow. */
export const HEIGHT_WINDOW = 256
/** Proposals kept for one height: one per validator in the largest set, and as many again for forks of the parent. */
export const MAX_PROPOSALS_PER_HEIGHT = 256
/** Blocks of one proposer on one parent: the honest one, or the two that convict. */
export const MAX_TWINS = 2
/** Announcements that wait for a parent nobody has sent yet. */
export const MAX_ORPHANS = 256
/** Parents that are asked for because blocks of one proposer wait for them: a liar can make as many as it likes. What is above is let go, and comes again with the rounds. */
export const MAX_PARENTS_PER_PROPOSER = 16
/** Transactions waiting in the mempool, and those of one sender. */
export const MAX_MEMPOOL_TRANSACTIONS = 5000
export const MAX_MEMPOOL_PER_SENDER = 64
/** Final blocks whose state and header stay in memory, for the block tree on the screen and for peers a little behind. */
export const KEPT_FINAL_BLOCKS = 64
/** Evidence older than this many heights is refused, as far back as the state's own hashes reach: older headers can no longer be placed. */
export const EVIDENCE_WINDOW = 256
/** Reasons that go with an opinion. */
export const MAX_OPINION_REASONS = 4
/** Opinions on heights that are final count for so many blocks more: a block may be final before everybody has said what they think of it. */
export const LATE_OPINION_HEIGHTS = 8
/** Epochs of validator sets that are remembered, to check certificates of recent heights. */
export const KEPT_EPOCHS = 16
/** Own transactions handed to one peer in one request. */
export const MAX_SUBMIT_TRANSACTIONS = 16
/** Peers whose heights are remembered: twice the largest class. */
export const MAX_KNOWN_PEERS = 256
/** Requests under way at once, all kinds together: enough to fill a round trip, few enough to forget. */
export const MAX_REQUESTS = 16
/** Chunks of a state asked for in one request: a quarter of a megabyte of agents, which a slow link carries in a second. */
export const MAX_CHUNK_REQUEST = 32
/** A poll (state/poll.ts): its question and answers, in bytes of 140 and 40 characters, how many there are to choose from, and how many agents are heard. Together below MAX_CUSTOM_BYTES. */
export const MAX_POLL_QUESTION_BYTES = 4 * 140
export const MAX_POLL_OPTION_BYTES = 4 * 40
export const MAX_POLL_OPTIONS = 6
export const MAX_POLL_ANSWERS = 480
/** Nodes in a witness of one block (state/witness.ts): 4 MB, a block of 500 transfers in a room of a thousand. */
export const MAX_WITNESS_LEAVES = 1 << 17
/** A block with its witness in one message, bytes: what a slow link carries in some seconds. A block whose witness is longer is proved in no message. */
export const MAX_WITNESS_REPLY = 2 * 1024 * 1024
/** Places that a witness names: every agent that 512 transactions can touch. */
export const MAX_WITNESS_PLACES = 1 << 14
/** Layers of a meme: more than a phone's list can be read. */
export const MAX_LAYERS = 24
/** One layer: a stroke of 512 points is a minute of scribbling, and leaves room for others. */
export const MAX_LAYER_BYTES = 1024
