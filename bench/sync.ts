/**
 * A cold full sync (T057–T065): from genesis to a certified state 10,000 blocks later, past ten changes of a set of thirty, with real signatures. Four peers, of whom one lies and one never answers. Everything goes
 * through the bytes of the wire and the door for bytes from peers; only the sockets are missing.
 */
import { toHex, u32le } from '../src/core/bytes'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createSyncVerifier } from '../src/core/crypto/verifier'
import { taggedHash } from '../src/core/crypto/hash'
import { genesisState } from '../src/core/genesis'
import { genesisTrust, makeStateHeader } from '../src/core/light/stateHeader'
import { nameToBytes } from '../src/core/names'
import { blockHash, proposalBytes, transactionRoot } from '../src/core/signing'
import { newAgent } from '../src/core/state/agents'
import { chunkOf, manifestOf } from '../src/core/state/chunks'
import type { ChunkPlace } from '../src/core/state/chunks'
import { StateIndex } from '../src/core/state/worldState'
import type { WorldState } from '../src/core/state/worldState'
import { rootBytes, SnapshotSync } from '../src/core/sync/snapshotSync'
import type { Ask } from '../src/core/sync/snapshotSync'
import { createLightChain, finalisedBy, headerOver } from '../src/core/testing/lightChain'
import type { LightChain } from '../src/core/testing/lightChain'
import { encodeMessage } from '../src/core/wire'
import type { MessageOf } from '../src/core/wire'
import { Ingress, isRefusal } from '../src/node/ingress'
import type { ReplyName, RequestName } from '../src/node/messages'
import { createNodeFast } from '../src/platform/crypto/nodeFast'
import { duration } from './report'
import type { Report, Row } from './report'

const BLOCKS = 10_000
const VALIDATORS = 30
const SET_CHANGES = 10
const REPLACED_PER_CHANGE = 3
const AGENTS = [1_000, 20_000]
const HONEST = ['one', 'two']
const LIAR = 'liar'
const STALLED = 'stalled'

type Answer = { [N in ReplyName]: { name: N; value: MessageOf<N>['value'] } }[ReplyName]

/** The state at the end of the chain with so many agents, as a server holds it. */
class Server {
  readonly state: WorldState
  readonly #manifest
  readonly #places: ReadonlyMap<string, ChunkPlace>
  readonly #snapshot

  constructor(
    readonly chain: LightChain,
    agents: number
  ) {
    const edit = chain.state.edit()
    for (let i = 0; i < agents; i++) edit.append(newAgent(taggedHash('bench-agent', u32le(i)), nameToBytes(`Agent ${i}`), 100_000n, 1))
    this.state = edit.finish()
    this.#manifest = manifestOf(this.state)
    this.#places = new Map(this.#manifest.places.map(place => [place.root, place]))
    const header = { ...headerOver(this.state, this.state.height), txRoot: transactionRoot([]) }
    const proposer = chain.signers.get(toHex(header.proposer))!
    const members = this.state.currentSet.weights
    const entries = [...members].map(([key, weight]) => ({ publicKey: chain.signers.get(key)!.publicKey, weight }))
    this.#snapshot = {
      headers: [makeStateHeader(header, this.state, finalisedBy(chain.network.networkId, header, entries, chain.signers))],
      blocks: [{ header, signature: proposer.sign(proposalBytes(chain.network.networkId, blockHash(chain.network.networkId, header))), transactions: [] }],
      manifest: this.#manifest.bytes
    }
  }

  answer(ask: Ask, lies: boolean): Answer {
    if (ask.kind === 'manifest') return { name: 'manifestReply', value: this.#snapshot }
    if (ask.kind === 'chunks') {
      const chunks = ask.roots.map(root => chunkOf(this.state, this.#places.get(root)!))
      return { name: 'chunksReply', value: { chunks: lies ? chunks.map(bytes => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte))) : chunks } }
    }
    const { above, height } = ask.query
    const later = this.chain.headers.filter(({ header }) => header.height > above)
    const found = later.filter(({ header }) => header.height <= height).at(-1) ?? later[0]
    return { name: 'stateHeaderReply', value: { headers: found === undefined ? [] : [found] } }
  }
}

const REQUESTS = { manifest: 'manifestRequest', stateHeader: 'stateHeaderRequest', chunks: 'chunksRequest' } as const satisfies Record<Ask['kind'], RequestName>

function measure(chain: LightChain, agents: number): Row {
  const server = new Server(chain, agents)
  const { networkId } = chain.network
  const door = new Ingress({ networkId, finalHeight: () => 0, isMember: () => null, isAgent: () => true })
  const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
  const sync = new SnapshotSync(chain.network, genesisTrust(chain.genesis), genesisState(chain.genesis, new StateIndex()), 0)
  sync.setPeers([LIAR, STALLED, ...HONEST])
  let [bytes, headers, next] = [0, 0, 0]
  const started = performance.now()
  const waiting: { id: number; ask: Ask }[] = []
  while (sync.phase !== 'complete') {
    for (const ask of sync.wants(next, 8)) {
      sync.sent(++next, ask)
      if (ask.kind === 'chunks') bytes += encodeMessage('chunksRequest', { roots: rootBytes(ask.roots) }).length
      waiting.push({ id: next, ask })
    }
    const turn = waiting.findIndex(({ ask }) => ask.peer !== STALLED)
    if (turn === -1) {
      // Nobody but the stalled peer owes anything: its time is up.
      const late = waiting.shift()
      if (late === undefined) throw new Error(`the sync has ended as ${sync.phase}`)
      sync.failed(late.id, next)
      next += 60_000
      continue
    }
    const { id, ask } = waiting.splice(turn, 1)[0]!
    const answer = server.answer(ask, ask.peer === LIAR)
    const wire = encodeMessage(answer.name, answer.value as never)
    bytes += wire.length
    const opened = door.openReply(REQUESTS[ask.kind], wire)
    const message = isRefusal(opened)
      ? opened
      : door.admit(
          opened,
          opened.checks.map(check => verifier.verify(check))
        )
    if (isRefusal(message)) throw new Error(`the door refuses: ${message.code}`)
    if (message.kind === 'manifestReply') sync.takeManifest(id, message.value)
    if (message.kind === 'stateHeaderReply') headers++
    if (message.kind === 'stateHeaderReply') sync.takeStateHeader(id, message.value.headers[0] ?? null)
    if (message.kind === 'chunksReply') sync.takeChunks(id, message.value.chunks)
    if (sync.phase === 'stored') sync.takeStored([], true)
  }
  const { total } = sync.progress
  const { state } = sync.outcome(new StateIndex())
  const ms = performance.now() - started
  if (state.root.some((byte, i) => byte !== server.state.root[i])) throw new Error('another state has come out')
  return { what: `${agents} agents: ${total} chunks, ${headers} state headers on the way`, absolute: duration(ms), ratio: `${(bytes / 1024).toFixed(0)} KiB` }
}

export function sync(): Report {
  const chain = createLightChain({ founders: VALIDATORS, blocks: BLOCKS, changes: SET_CHANGES, replaced: REPLACED_PER_CHANGE })
  return {
    title: `Fetching a state ${BLOCKS} blocks on, ${SET_CHANGES} changes of a set of ${VALIDATORS}; of four peers one lies and one never answers`,
    ratioOf: 'from peers',
    rows: AGENTS.map(agents => measure(chain, agents))
  }
}
