/** Follows the head that the fork choice names, and tells of what people notice about it: a reorganisation, a stall, its end. */
import type { BlockEntry } from '../core/chain/blockTree'
import { nextContext, transactionRules } from '../core/chain/execute'
import { TX_HEARTBEAT } from '../core/state/transactions'
import type { Contact } from './contact'
import type { Desk } from './desk'
import { heartbeatLag } from './ownTransactions'

export class HeadWatch {
  #stalled = false

  constructor(
    readonly desk: Desk,
    readonly contact: Contact
  ) {}

  get stalled(): boolean {
    return this.#stalled
  }

  follow(now: number): void {
    const { desk } = this
    const head = desk.rounds.head(now)
    const before = desk.head
    desk.head = head
    if (head !== before && !desk.tree.isAncestor(before, head) && before.height > 0) this.#tellOfReorg(before, head)
    if (head !== before && head.height > desk.tree.final.height + heartbeatLag(desk.genesis)) this.#dropVoidHeartbeats(head)
    const stalled = desk.rounds.stalledSince(now) !== null
    if (stalled === this.#stalled) return
    this.#stalled = stalled
    const { present, weight } = this.contact.present(now)
    const height = desk.rounds.round
    desk.event(stalled ? { kind: 'stalled', height, present, total: weight } : { kind: 'resumed', height })
  }

  /**
   * On a long tentative chain a heartbeat names a tentative block. When that one has lost its place, the heartbeat is void, and waiting in the mempool it would keep its
   * sender from sending a better one: all who are here would fall silent on the chain.
   */
  #dropVoidHeartbeats(head: BlockEntry): void {
    const { mempool, rules } = this.desk
    const { check } = transactionRules(rules)
    const context = nextContext(rules, head.state!, head.hashBytes)
    mempool.prune(transaction => {
      const failure = transaction.kind === TX_HEARTBEAT ? check(context, transaction) : null
      return failure?.code === 'foreign-heartbeat' || failure?.code === 'stale-heartbeat'
    })
  }

  #tellOfReorg(before: BlockEntry, head: BlockEntry): void {
    const { tree } = this.desk
    let ancestor: BlockEntry | undefined = before
    while (ancestor !== undefined && !tree.isAncestor(ancestor, head)) ancestor = tree.get(ancestor.parent)
    const ancestorHeight = ancestor?.height ?? tree.final.height
    // A shorter head on the same branch is a stalled round that has ended, not a reorganisation.
    if (ancestor === head) return
    this.desk.event({ kind: 'reorg', height: head.height, hash: head.hash, depth: before.height - ancestorHeight, ancestorHeight })
  }
}
