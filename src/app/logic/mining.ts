/** What the mining panel counts: whose blocks the chain has taken lately, what they earned, and what a turn is worth waiting for. Plain numbers, for people only. */
import type { AgentView, BlockView, ChainView, Hex, MiningStatus } from '../../bridge/views'

/** One decided height, oldest first. */
export type Win = Pick<BlockView, 'hash' | 'height' | 'proposer' | 'proposerName' | 'rank' | 'status'>

/** V146: the blocks that the chain went on with, as far back as this page knows, final ones and those with a certificate. */
export function winnersOf(chain: Pick<ChainView, 'headHash' | 'blocks'>): Win[] {
  const byHash = new Map(chain.blocks.map(block => [block.hash, block]))
  const wins: Win[] = []
  for (let block = byHash.get(chain.headHash); block !== undefined; block = byHash.get(block.parent)) {
    if (block.height > 0 && (block.status === 'final' || block.status === 'notarised')) wins.unshift(block)
  }
  return wins
}

/** V147: one agent's part of these heights. */
export interface Share {
  publicKey: Hex
  name: string
  mine: boolean
  /** Of the heights in `winnersOf`. */
  blocks: number
  /** Per cent, rounded. */
  percent: number
  /** Final blocks since its registration, and what it owns now, thousandths. */
  blocksFinal: number
  balance: string
}

/** Everybody who has won one of these heights or may win the next, who won most first. */
export function sharesOf(wins: readonly Win[], agents: readonly AgentView[]): Share[] {
  const won = new Map<Hex, number>()
  for (const { proposer } of wins) won.set(proposer, (won.get(proposer) ?? 0) + 1)
  return agents
    .filter(({ publicKey, status }) => won.has(publicKey) || status === 'active')
    .map(({ publicKey, name, mine, blocksFinal, balance }) => {
      const blocks = won.get(publicKey) ?? 0
      return { publicKey, name, mine, blocks, percent: wins.length === 0 ? 0 : Math.round((100 * blocks) / wins.length), blocksFinal, balance }
    })
    .sort((a, b) => b.blocks - a.blocks || (a.name < b.name ? -1 : 1))
}

/** V156: what chance alone would give, where all in the pool are alike. */
export interface Odds {
  pool: number
  /** Heights from one win to the next on average. */
  everyBlocks: number
  everyMs: number
  /** Heights since this agent's last win among those known here, or all of them when it has none. */
  dry: number
  /** Per cent of all agents alike who would have waited at least as long. */
  asUnlucky: number
}

/** @returns null while this node is not in the pool: then it is no matter of luck */
export function oddsOf({ in_pool, eligible_pool_size, my_node_id }: MiningStatus, wins: readonly Win[], blockIntervalMs: number): Odds | null {
  if (!in_pool || eligible_pool_size === 0) return null
  const last = wins.findLastIndex(({ proposer }) => proposer === my_node_id)
  const dry = wins.length - 1 - last
  const miss = 1 - 1 / eligible_pool_size
  return {
    pool: eligible_pool_size,
    everyBlocks: eligible_pool_size,
    everyMs: eligible_pool_size * blockIntervalMs,
    dry,
    asUnlucky: Math.round(100 * miss ** dry)
  }
}

export type CheckName = 'pool' | 'state' | 'lag' | 'peers' | 'streak'

/** V155: one condition for using a turn. */
export interface Check {
  name: CheckName
  met: boolean
}

/** In the order in which they can be met. Where the family asks for nothing, only the pool counts. */
export function checksOf({ in_pool, gate, failing_checks, sync_state }: MiningStatus): Check[] {
  const pool: Check = { name: 'pool', met: in_pool }
  if (gate === null) return [pool]
  const failing = new Set(failing_checks)
  return [
    pool,
    { name: 'peers', met: !failing.has('peers') },
    { name: 'state', met: sync_state === 'AtTip' || (!failing.has('lag') && sync_state !== 'Isolated') },
    { name: 'lag', met: !failing.has('lag') },
    { name: 'streak', met: !failing.has('streak') }
  ]
}

/** V157: why an own block may not have reached anybody, most likely cause first; empty while nothing points to it. */
export type Undelivered = 'no-peers' | 'no-direct-link' | 'no-relay' | 'lost-turns'

export function undeliveredBy(
  { recent_claims, ready_peers }: MiningStatus,
  peers: readonly { transport: string }[],
  relays: readonly { state: string }[]
): Undelivered[] {
  const bad = recent_claims.filter(([, { status }]) => status === 'failed' || status === 'lost').length
  if (recent_claims.length === 0 || bad * 2 < recent_claims.length) return []
  const causes: Undelivered[] = []
  if (ready_peers === 0 || peers.length === 0) causes.push('no-peers')
  else if (peers.every(({ transport }) => transport === 'relay')) causes.push('no-direct-link')
  if (relays.length > 0 && relays.every(({ state }) => state !== 'connected')) causes.push('no-relay')
  return causes.length > 0 ? causes : ['lost-turns']
}
