/** What a script sees of a node, now or at a past height. Plain data, made anew each time. */
import { VIEW_AGENTS, VIEW_MEMES, VIEW_OPINIONS, VIEW_PEOPLE, VIEW_TRANSACTIONS } from '../agent/script/view'
import type { ScriptAgent, ScriptOpinion, ScriptSocial, ScriptTransaction, ScriptView } from '../agent/script/view'
import { equalBytes, toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { nameFromBytes } from '../core/names'
import { AGENT_ACTIVE, Transaction } from '../core/schema'
import type { AgentRecord } from '../core/schema'
import { transactionId } from '../core/signing'
import type { WorldState } from '../core/state/worldState'
import { statedIn } from '../core/taste/opinion'
import type { NodeCore } from './nodeCore'
import { momentOf } from './social/agentLife'
import { modeName } from './views'

/** A moment of a node. */
export interface ScriptMoment {
  /** The block to build on; its state must be here. */
  readonly parent: BlockEntry
  readonly state: WorldState
  /** Place in line; null: no turn. */
  readonly rank: number | null
  /** Best fee first. */
  readonly waiting: readonly Transaction[]
  readonly now: number
  readonly finalHeight: number
  readonly peers: number
  readonly limits: ScriptView['limits']
  readonly memory: unknown
}

/** A script counts in numbers; sums beyond what they hold exactly are shown as the largest that is. */
function numberOf(amount: bigint): number {
  return amount > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(amount)
}

export function scriptView(core: NodeCore, { parent, state, rank, waiting, now, finalHeight, peers, limits, memory }: ScriptMoment): ScriptView {
  const { blockIntervalMs, slotMs } = state.config
  const own = state.agent(core.publicKey)
  const others = state.agents().filter(({ publicKey }) => !equalBytes(publicKey, core.publicKey))
  return {
    height: parent.height + 1,
    now,
    head: { height: parent.height, hash: parent.hash, finalHeight, maker: toHex(parent.header.proposer) },
    rules: { family: core.rules.familyOf(state).name, mode: modeName(state.config), blockIntervalMs, slotMs },
    turn: rank === null ? null : { rank },
    mempool: {
      count: waiting.length,
      bytes: waiting.reduce((sum, transaction) => sum + Transaction.value_serializedSize(transaction), 0),
      fees: numberOf(waiting.reduce((sum, { fee }) => sum + fee, 0n)),
      best: waiting.slice(0, VIEW_TRANSACTIONS).map(transaction => listed(core, transaction))
    },
    me: own === null ? stranger(core) : agentOf(own),
    agents: [...(own === null ? [] : [own]), ...others].slice(0, VIEW_AGENTS).map(agentOf),
    peers,
    opinions: opinionsBelow(core, parent),
    social: own?.status === AGENT_ACTIVE ? socialOf(core, parent, state, own) : null,
    limits,
    memory
  }
}

function socialOf(core: NodeCore, parent: BlockEntry, state: WorldState, own: AgentRecord): ScriptSocial {
  const { influence, people, memes, alliances } = momentOf(core, parent, state, own)
  return {
    influence,
    people: people.slice(0, VIEW_PEOPLE).map(({ publicKey, name, personality, influence: theirs, trustsMe, trusted, validator }) => ({
      key: publicKey,
      name,
      personality: personality.type,
      influence: theirs,
      trustsMe,
      trusted,
      validator
    })),
    memes: memes.slice(0, VIEW_MEMES).map(({ id, creator, mine, height, quality, tags, reactions: { love, like, dislike }, answered }) => ({
      id,
      by: creator,
      mine,
      height,
      quality,
      tags,
      love,
      like,
      dislike,
      answered
    })),
    alliances: alliances.map(({ id, others, state: standing }) => ({ id, with: others, state: standing }))
  }
}

function listed(core: NodeCore, transaction: Transaction): ScriptTransaction {
  return {
    id: toHex(transactionId(transaction)),
    from: toHex(transaction.sender),
    fee: numberOf(transaction.fee),
    bytes: Transaction.value_serializedSize(transaction),
    own: equalBytes(transaction.sender, core.publicKey)
  }
}

function agentOf({ publicKey, name, balance, status, blocksMade, missed }: AgentRecord): ScriptAgent {
  return { key: toHex(publicKey), name: nameFromBytes(name) ?? '', balance: numberOf(balance), active: status === AGENT_ACTIVE, blocksMade, missed }
}

function stranger(core: NodeCore): ScriptAgent {
  return { key: toHex(core.publicKey), name: '', balance: 0, active: false, blocksMade: 0, missed: 0 }
}

/** What was said about the blocks on this branch, newest height first. */
function opinionsBelow(core: NodeCore, parent: BlockEntry): ScriptOpinion[] {
  const found: ScriptOpinion[] = []
  for (let entry: BlockEntry | undefined = parent; entry !== undefined && found.length < VIEW_OPINIONS; entry = core.tree.get(entry.parent)) {
    const maker = toHex(entry.header.proposer)
    for (const opinion of core.opinions.of(entry.height, entry.hash)) {
      const { verdict, score } = statedIn(opinion)
      found.push({ height: entry.height, maker, judge: toHex(opinion.agent), approves: verdict === 'approve', score })
    }
  }
  return found.slice(0, VIEW_OPINIONS)
}
