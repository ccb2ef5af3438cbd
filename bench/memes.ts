/**
 * P117: what an agent's memes cost beside its blocks. Four real nodes with memes on their chain; for one moment of it, a look at the room, a draft of each strategy with the chain's own
 * judgement, and the block that would carry it. No block waits for any of the former (F-34): they run between two inputs, so a few milliseconds are all that they may take.
 */
import { DEFAULT_CONFIG } from '../src/agent/config/config'
import { makeMeme, PLAIN_STRATEGIES, preferencesOf } from '../src/agent/social/memeMaker'
import type { Rewards } from '../src/agent/social/memeMaker'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createSyncVerifier } from '../src/core/crypto/verifier'
import { compose, signerAt } from '../src/core/testing/network'
import { buildBlock } from '../src/core/chain/execute'
import { AgentLife, momentOf, qualityOf } from '../src/node/social/agentLife'
import { parseSocialIntent } from '../src/node/social/intents'
import { NodeTable } from '../src/node/testing/table'
import { createNodeFast } from '../src/platform/crypto/nodeFast'
import { takeTurns } from './measure'
import { duration, times } from './report'
import type { Report } from './report'

const NODES = 4
/** Virtual time in which the four fill their chain with memes. */
const LIVED_MS = 120_000
const TRANSACTIONS = 100
const BUDGET_MS = 4_000

export function memes(): Report {
  const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
  const table = new NodeTable({ verify: check => verifier.verify(check), founders: NODES, parameters: { minCommittee: 1, heartbeatTtl: 100_000 } })
  const config = {
    ...DEFAULT_CONFIG,
    meme: { ...DEFAULT_CONFIG.meme, enabled: true, qualityThreshold: 0, creationStrategy: 'adaptive' as const },
    social: { ...DEFAULT_CONFIG.social, influenceThreshold: 0 }
  }
  const lives = table.cores.map((core, node) => {
    table.give(node, { type: 'configure', config })
    return new AgentLife(core)
  })
  for (let left = LIVED_MS; left > 0; left -= 500) {
    for (const [node, life] of lives.entries())
      for (const intent of life.step()) {
        const parsed = intent.kind === 'meme' || intent.kind === 'react' ? parseSocialIntent(intent, table.cores[node]!.publicKey) : null
        if (parsed?.ok === true) table.submit(node, parsed.value)
      }
    table.run(500)
  }
  const core = table.cores[0]!
  const head = core.head()
  const state = head.state!
  const own = state.agent(core.publicKey)!
  const moment = momentOf(core, head, state, own)
  if (moment.memes.length < 8) throw new Error(`only ${moment.memes.length} memes are on the chain`)
  let draw = 0
  const chance = (_label: string, below: number): number => (draw = (draw * 1_103_515_245 + 12_345) % 2_147_483_648) % below
  const view = { moment, preferences: preferencesOf(config, moment), chance }
  const rewards = Object.fromEntries(PLAIN_STRATEGIES.map(name => [name, { points: 0, memes: 1 }])) as Rewards
  const signer = signerAt(0)
  const transfers = Array.from({ length: TRANSACTIONS }, (_, i) => compose.transfer(core.networkId, signer, own.nonce + i, signerAt(1).publicKey, 1n))
  const ways: [what: string, run: () => unknown][] = [
    [
      `build and sign a block of ${TRANSACTIONS} transfers, roots and all`,
      () => buildBlock(core.rules, state, head.hashBytes, signer, { rank: 0, claim: new Uint8Array(0) }, state.timestamp + 2000, transfers)
    ],
    ['look at the room', () => momentOf(core, head, state, own)],
    ...PLAIN_STRATEGIES.map((strategy): [string, () => unknown] => [
      `a meme, ${strategy}: drafts and what the chain says of them`,
      () => makeMeme({ ...config.meme }, strategy, rewards, view, draft => qualityOf(core, draft))
    ])
  ]
  const measured = takeTurns(
    ways.map(([, run]) => run),
    BUDGET_MS
  )
  return {
    title: `Memes: ${moment.memes.length} on the chain, ${NODES} agents`,
    ratioOf: 'of the block',
    rows: ways.map(([what], i) => ({ what, absolute: duration(measured[i]!), ratio: times(measured[i]! / measured[0]!) }))
  }
}
