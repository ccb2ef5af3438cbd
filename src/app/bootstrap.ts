/** What the server that sent this page says about its network. A static host has no such answer, and that is a normal start. */
import type { StartOptions } from '../bridge/api'

export type Bootstrap = Pick<StartOptions, 'networkId' | 'genesis' | 'relays' | 'iceServers'>

export const NO_SERVER: Bootstrap = { networkId: null, genesis: null, relays: [], iceServers: [] }

/** A server on the same host answers in milliseconds; one that is this slow is not going to help anyone to join. */
const BOOTSTRAP_TIMEOUT_MS = 4000
/** A server that is starting says 503; it needs a few seconds to open its store. */
const STARTING_ATTEMPTS = 20
const STARTING_RETRY_MS = 1000
/** Longest answer that is read, characters: the genesis of a network with thousands of members stays below. */
const BOOTSTRAP_LENGTH = 1_000_000
/** Addresses and ICE servers taken from an answer: more is a mistake of the server's. */
const BOOTSTRAP_ENTRIES = 16

/**
 * Asks the server, and waits for one that is still starting: going on without it would open a second network beside its own.
 * @returns the server's answer, or NO_SERVER when there is none, or none that can be read. Never rejects.
 */
export async function fetchBootstrap(base: string): Promise<Bootstrap> {
  try {
    for (let attempt = 1; ; attempt++) {
      const response = await fetch(new URL('api/bootstrap', base), {
        signal: AbortSignal.timeout(BOOTSTRAP_TIMEOUT_MS),
        headers: { accept: 'application/json' }
      })
      if (response.status === 503 && attempt < STARTING_ATTEMPTS) {
        await new Promise(resolve => setTimeout(resolve, STARTING_RETRY_MS))
        continue
      }
      if (!response.ok) return NO_SERVER
      const text = await response.text()
      return text.length > BOOTSTRAP_LENGTH ? NO_SERVER : parseBootstrap(JSON.parse(text))
    }
  } catch {
    return NO_SERVER
  }
}

/** Takes what is well-formed and leaves the rest: the node verifies genesis against the network id itself. */
export function parseBootstrap(raw: unknown): Bootstrap {
  if (typeof raw !== 'object' || raw === null) return NO_SERVER
  const { networkId, genesis, relays, iceServers } = raw as Record<string, unknown>
  return {
    networkId: isHex(networkId, 64) ? networkId : null,
    genesis: isHex(genesis) ? genesis : null,
    relays: list(relays).filter((relay): relay is string => typeof relay === 'string' && relay.startsWith('/')),
    iceServers: list(iceServers).filter(isIceServer)
  }
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value.slice(0, BOOTSTRAP_ENTRIES) : [])

function isHex(value: unknown, length?: number): value is string {
  return typeof value === 'string' && /^([0-9a-f]{2})+$/.test(value) && (length === undefined || value.length === length)
}

function isIceServer(value: unknown): value is { urls: string[] } {
  const urls = (value as { urls?: unknown } | null)?.urls
  return Array.isArray(urls) && urls.every(url => typeof url === 'string')
}
