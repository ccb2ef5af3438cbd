/** Registers the agent, tells the chain now and then that it is alive, and where space decides gives it a plot: each wish of src/agent becomes a transaction. */
import { membershipIntent } from '../agent/membership'
import { plotIntent } from '../agent/plotting'
import { equalBytes } from '../core/bytes'
import { plotRoot } from '../core/families/spacetime/plot'
import type { Transaction } from '../core/schema'
import { TX_HEARTBEAT, TX_PLOT, TX_PRODUCER, TX_REGISTER } from '../core/state/transactions'
import type { Desk } from './desk'
import type { OwnTransactions } from './ownTransactions'

/** The transaction behind each step of membership. */
const MEMBERSHIP_KINDS = { register: TX_REGISTER, heartbeat: TX_HEARTBEAT, produce: TX_PRODUCER }

/** @param name to register under */
export function keepMembership(desk: Desk, own: OwnTransactions, name: string, now: number): void {
  const record = desk.agent(desk.publicKey)
  // What a tentative block holds stays in the mempool until something is final, but it is not pending.
  const waiting = desk.mempool.of(desk.publicKey).filter(({ nonce }) => nonce >= (record?.nonce ?? 0))
  const { family } = desk.rounds
  const intent = membershipIntent({
    record,
    height: desk.head.height + 1,
    heartbeatTtl: Math.min(desk.genesis.heartbeatTtl, family.heartbeatTtl),
    producersAsk: family.producersAsk && !own.resting,
    pending: kind => waiting.some(other => other.kind === MEMBERSHIP_KINDS[kind]),
    leaving: own.leaving
  })
  if (desk.peers.behind(desk.tree.final.height) > 1) return
  if (intent === null) return keepPlot(desk, own, waiting, now)
  own.submit(intent === 'register' ? { kind: 'register', name } : intent === 'produce' ? { kind: 'produce', on: true } : { kind: intent }, now)
}

/** Where space decides, an agent without any registers a small plot. */
function keepPlot(desk: Desk, own: OwnTransactions, waiting: readonly Transaction[], now: number): void {
  const plot = plotIntent({
    family: desk.rounds.family.name,
    record: desk.agent(desk.publicKey),
    own: (desk.head.state?.plots() ?? []).filter(({ owner }) => equalBytes(owner, desk.publicKey)),
    pending: waiting.some(({ kind }) => kind === TX_PLOT),
    leaving: own.leaving
  })
  if (plot !== null) own.submit({ kind: 'plot', ...plot, root: plotRoot(desk.publicKey, plot.seed, plot.leaves) }, now)
}
