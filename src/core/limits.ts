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
/** The family's evidence inside a header: a proof of space with a Merkle path of 24 steps needs about 800 bytes. */
export const MAX_CLAIM_BYTES = 1024
/** Validators in one set: a certificate then stays below 13 kB. */
export const MAX_VALIDATORS = 128
/** Agents in the registry: the depth of its Merkle tree is 20. */
export const MAX_AGENTS = 1 << 20
/** Agents written into a genesis. */
export const MAX_GENESIS_AGENTS = 128
/** Block hashes kept in the state, for heartbeats and evidence to refer to. */
export const RECENT_HASHES = 256
/** A body no longer than this rides along with its announcement; a longer one is asked for by hash. */
export const INLINE_BODY_BYTES = 16 * 1024
/** Blocks in one answer to a range request. */
export const MAX_RANGE_BLOCKS = 64
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
