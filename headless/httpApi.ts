/** The HTTP API of the node behind the server: read only, typed errors `{code, message}`, open to every origin under /api. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import type { Registry } from 'prom-client'
import type { BlockCheck } from '../src/bridge/audit'
import type { Candidate, Hex, MiningStatus, ReasonCode } from '../src/bridge/views'
import { relayMultiaddr, requestedAddress } from './address'
import type { Handler } from './frontServer'
import type { HeadlessNode } from './node'
import { send, sendError, sendJson } from './responses'

/** A node ticks several times a second; this long without means that it hangs, not that the machine is busy. */
export const MAX_TICK_AGE_MS = 10_000

/** All of /api may be read by any page: it holds nothing that the network does not tell everybody. */
const OPEN: OutgoingHttpHeaders = { 'access-control-allow-origin': '*' }

/** `GET /api/mining/status`: V073–V087, why this node may or may not make a block, and who else tries. */
export interface MiningAnswer extends MiningStatus {
  reason: string
  reasonCode: ReasonCode
  candidates: Candidate[]
}

/** `GET /api/bootstrap`: what a page needs to join the network of the server that sent it. */
export interface Bootstrap {
  networkId: Hex
  genesis: Hex
  relays: string[]
  version: string
}

/** `GET /api/witness/<height or hash>`. */
export interface WitnessAnswer {
  networkId: Hex
  check: BlockCheck
  /** A `BlockWitness` of src/core/proof/blockWitness.ts. */
  witness: Hex
}

export interface HttpApiInit {
  /** Null until the node is up. */
  node: () => HeadlessNode | null
  metrics: Registry
  /** Milliseconds since 1970. */
  now: () => number
}

type Route = (context: { request: IncomingMessage; response: ServerResponse; node: HeadlessNode; parameter: string }) => void | Promise<void>

/** Handles /api/…, /metrics and /healthz. */
export function createHttpApi(init: HttpApiInit): Handler {
  return async (request, response, path) => {
    if (path === '/healthz') return health(init, request, response)
    if (path === '/metrics') {
      send(request, response, 200, { 'content-type': init.metrics.contentType, 'cache-control': 'no-store' }, await init.metrics.metrics())
      return true
    }
    if (path !== '/api' && !path.startsWith('/api/')) return false
    const route = ROUTES[path]
    const block = /^\/api\/blocks\/([^/]*)$/.exec(path)
    const proof = /^\/api\/proof\/([\w/]+)$/.exec(path)
    const witness = /^\/api\/witness\/([^/]*)$/.exec(path)
    const node = init.node()
    if (!route && !block && !proof && !witness) {
      sendError(
        request,
        response,
        404,
        {
          code: 'no-such-endpoint',
          message:
            'There are /api/status, /api/mining/status, /api/blocks/<height or hash>, /api/proof/<subject>, /api/witness/<height or hash> and /api/bootstrap.'
        },
        OPEN
      )
    } else if (node === null) {
      sendError(request, response, 503, { code: 'starting', message: 'The node is still starting. Ask again in a second.' }, { ...OPEN, 'retry-after': '1' })
    } else {
      await (route ?? (proof ? proofFile : witness ? blockWitness : blockDetail))({
        request,
        response,
        node,
        parameter: (block ?? proof ?? witness)?.[1] ?? ''
      })
    }
    return true
  }
}

const BAD_BLOCK_ID = { ok: false, code: 'bad-block-id', message: 'Give a height in decimal digits, or a hash of 64 hex digits.' } as const

const ROUTES: Readonly<Record<string, Route>> = {
  '/api/status': ({ request, response, node }) => sendJson(request, response, 200, node.status(), OPEN),
  '/api/mining/status': ({ request, response, node }) => sendJson(request, response, 200, miningStatus(node), OPEN),
  '/api/bootstrap': ({ request, response, node }) => bootstrap(request, response, node)
}

function miningStatus(node: HeadlessNode): MiningAnswer {
  const { reason, reasonCode } = node.status()
  return { ...node.mining(), reason, reasonCode, candidates: node.slices().round?.candidates ?? [] }
}

function bootstrap(request: IncomingMessage, response: ServerResponse, node: HeadlessNode): void {
  const address = requestedAddress(request.headers)
  if (address === null) {
    return sendError(
      request,
      response,
      400,
      { code: 'bad-host', message: 'The Host header is not a name or address with a port, so no relay address can be made of it.' },
      OPEN
    )
  }
  const { peerId, version } = node.status()
  const genesis = Buffer.from(node.genesisBytes).toString('hex')
  const answer: Bootstrap = { networkId: node.networkId, genesis, relays: [relayMultiaddr(address, peerId)], version }
  sendJson(request, response, 200, answer, OPEN)
}

const blockDetail: Route = async ({ request, response, node, parameter }) => {
  const id = blockId(parameter)
  if (id === null) {
    return sendError(request, response, 400, BAD_BLOCK_ID, OPEN)
  }
  const found = await node.block(id)
  if (!found.ok) return sendError(request, response, 404, found, OPEN)
  sendJson(request, response, 200, found.value, OPEN)
}

/** `GET /api/proof/<subject>`: a file that proves a value up to signatures (docs/PROTOCOL.md, "Light client"). */
const proofFile: Route = async ({ request, response, node, parameter }) => {
  const found = await node.prove(parameter)
  if (!found.ok) return sendError(request, response, found.code === 'bad-subject' ? 400 : 404, found, OPEN)
  send(request, response, 200, { ...OPEN, 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' }, found.value)
}

/** `GET /api/witness/<height or hash>`: what came of running the block without its state (T041–T044), and the witness to do the same (docs/PROTOCOL.md, "Light client"). */
const blockWitness: Route = async ({ request, response, node, parameter }) => {
  const id = blockId(parameter)
  const found = id === null ? BAD_BLOCK_ID : await node.witness(id)
  if (!found.ok) return sendError(request, response, found.code === 'bad-block-id' ? 400 : 404, found, OPEN)
  const { check, bytes } = found.value
  const answer: WitnessAnswer = { networkId: node.networkId, check, witness: Buffer.from(bytes).toString('hex') }
  sendJson(request, response, 200, answer, OPEN)
}

function blockId(text: string): number | string | null {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  const height = Number(text)
  return /^\d{1,16}$/.test(text) && Number.isSafeInteger(height) ? height : null
}

/** 200 when the node runs and its clock ticks; else 503 with the reason, for people and for whatever restarts servers. */
function health({ node, now }: HttpApiInit, request: IncomingMessage, response: ServerResponse): true {
  const present = node()
  const age = present ? now() - present.lastTickAt : 0
  if (present === null) sendError(request, response, 503, { code: 'starting', message: 'The node is still starting.' })
  else if (age > MAX_TICK_AGE_MS)
    sendError(request, response, 503, { code: 'stalled', message: `The node has not ticked for ${Math.round(age / 1000)} s. Restart the server.` })
  else sendJson(request, response, 200, { ok: true, height: present.status().height, finalHeight: present.status().finalHeight })
  return true
}
