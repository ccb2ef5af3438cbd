/** Every bound of the libp2p adapter, each with its reason. They hold per tab (or per headless node) unless a name says otherwise. */

/** A block announcement with its certificate stays far below; larger things are bodies, which go by request. */
export const MAX_GOSSIP_BYTES = 256 * 1024
/** One gossip frame may answer an IWANT with several messages: sixteen of the largest. */
export const MAX_GOSSIP_FRAME_BYTES = 16 * MAX_GOSSIP_BYTES
/** A peer that reads slower than this backlog is cut off from gossip and attached anew, instead of filling our memory. */
export const MAX_GOSSIP_BACKLOG_BYTES = 8 * 1024 * 1024

/** A request names what it wants (hashes, heights); it carries no bodies. */
export const MAX_REQUEST_BYTES = 64 * 1024
/** A run of block bodies or a snapshot part; larger answers are split by the asker. */
export const MAX_RESPONSE_BYTES = 4 * 1024 * 1024
/** Requests of one peer that are being answered; the next is told 'busy'. Catching up needs a handful in parallel. */
export const MAX_INBOUND_REQUESTS_PER_PEER = 16
/** All requests that are being answered: 16 answers of 4 MiB are 64 MiB, the memory budget of a tab. */
export const MAX_INBOUND_REQUESTS = 64
/** Requests of ours in flight over one connection; libp2p refuses the next stream. */
export const MAX_OUTBOUND_REQUESTS_PER_CONNECTION = 64
/** An inbound request that is not read, answered and taken within this time is reset: slow readers hold no memory. */
export const INBOUND_REQUEST_TIMEOUT_MS = 20_000
/** Bytes handed to a stream before waiting until it drained: a quarter of a data channel's send buffer. */
export const SEND_CHUNK_BYTES = 64 * 1024

/** Links that a tab opens itself: with nine tabs or fewer every pair is linked; above, gossip needs no more. */
export const TARGET_LINKS = 8
/** Links that a tab holds at most, inbound included: dialled tabs refuse above it. */
export const MAX_LINKS = 12
/** Peers that a relay names to a tab, and that a tab remembers per relay: the reservations of a full classroom server. */
export const MAX_KNOWN_PEERS = 256
/** Relays of one room. */
export const MAX_RELAYS = 4
/** Connections of a tab at all: links, each for a moment twice during an upgrade, and relays. */
export const MAX_TAB_CONNECTIONS = 4 * MAX_LINKS
/** Reservations, and so tabs, of one relay: a lecture hall behind one address. */
export const MAX_RESERVATIONS = 512
/** Connections of a relay: a tab may hold a dying and a new one. */
export const MAX_RELAY_CONNECTIONS = 2 * MAX_RESERVATIONS
/** Relayed streams per relay connection: one tab relayed to every other that it may be linked with, both ways. */
export const MAX_RELAYED_STREAMS = 1024

/** Waits before a dial, drawn at random below this, so that thirty tabs opened together do not dial in one instant. */
export const DIAL_JITTER_MS = 250
/** A WebRTC dial that has not connected by then will not: ICE checks of one local network end earlier. */
export const DIAL_TIMEOUT_MS = 10_000
/** Dials under way at once: each costs a peer connection, and Chrome allows 500 per process. */
export const MAX_CONCURRENT_DIALS = 4
/** First and longest wait between two attempts to reach a peer; doubled each time. */
export const MIN_DIAL_BACKOFF_MS = 1_000
export const MAX_DIAL_BACKOFF_MS = 30_000
/** First and longest wait between two attempts at WebRTC where a relayed link serves; each attempt costs a peer connection. */
export const MIN_UPGRADE_BACKOFF_MS = 10_000
export const MAX_UPGRADE_BACKOFF_MS = 1_800_000
/** The lower peer id dials. If it did not within this time, the other may: the lower one may have its links full or be unable to. */
export const DIAL_TURN_MS = 4_000
/** A relayed link is closed this long after a direct one is up: the other side may still be finishing the handshake over it. */
export const RELAYED_LINGER_MS = 1_500
/** How often links are compared with what should be. Events trigger the same work at once; this is for those that get lost. */
export const UPKEEP_INTERVAL_MS = 1_000
/** First and longest wait between two attempts to reach a relay. */
export const MIN_RELAY_BACKOFF_MS = 500
export const MAX_RELAY_BACKOFF_MS = 3_000
/** A relayed link is likely to be replaced by a direct one within a second: gossip waits for that, and moves only if it must. */
export const GOSSIP_UPGRADE_WAIT_MS = 3_000
/** A peer to which gossip is attached tells its topics at once; without them for this long, its streams are opened anew. */
export const GOSSIP_TOPICS_WAIT_MS = 3_000
/** Wait between two attempts to attach gossip to a peer whose stream broke. */
export const GOSSIP_ATTACH_INTERVAL_MS = 500
/** A link is pinged this often, and closed when it does not answer in time. */
export const PING_INTERVAL_MS = 5_000
/** A phone that naps or a tab on a busy machine is silent for seconds; without a relay a link that was closed too early cannot be made again. */
export const PING_TIMEOUT_MS = 15_000
/** A peer that left the list of a living relay has this long to show that its direct link still answers. */
export const LIVENESS_TIMEOUT_MS = 4_000
/** Penalties kept by peer; the oldest goes first. */
export const MAX_PENALISED_PEERS = 512
/** A penalty counts half after this time: an honest peer with a hiccup recovers, a liar stays out. */
export const PENALTY_HALF_LIFE_MS = 60_000
