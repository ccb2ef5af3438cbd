/** Further nodes in this tab, each in a worker of its own with an identity, a disk and an agent of its own: a testnet under one roof. One that dies leaves the others alone. */
import type { AgentProgram } from '../../agent/config/config'
import type { NodeApi, Result, StartOptions } from '../../bridge/api'
import type { Backend, Connection } from '../../bridge/client'
import { NodeState } from './nodeState.svelte'

/** Further nodes in one tab: each is a worker with some forty megabytes and a signature check of its own. */
export const EXTRA_NODES = 7

export class ExtraNode {
  phase = $state<'starting' | 'live' | 'failed'>('starting')
  failure = $state('')
  /** What it runs, by name; empty: the default. */
  label = $state('')
  readonly view = new NodeState()

  constructor(
    readonly id: number,
    readonly connection: Connection<NodeApi>
  ) {}
}

export class ExtraNodes {
  list = $state.raw<readonly ExtraNode[]>([])
  readonly #backend: Backend
  #lastId = 0

  constructor(backend: Backend) {
    this.#backend = backend
  }

  /** Starts one. Settles when it runs or has failed; it is listed from the beginning. @returns null when there is no room for another */
  async add(options: StartOptions): Promise<ExtraNode | null> {
    if (this.list.length >= EXTRA_NODES) return null
    const node = new ExtraNode(++this.#lastId, this.#backend.openNode(null))
    this.list = [...this.list, node]
    node.connection.onFailure(message => this.#fail(node, message))
    try {
      await node.connection.api.subscribe(update => node.view.apply(update))
      const started = await node.connection.api.start(options)
      if (!started.ok) this.#fail(node, started.message)
      else {
        node.view.status ??= started.value
        node.phase = 'live'
      }
    } catch (error) {
      this.#fail(node, error instanceof Error ? error.message : String(error))
    }
    return node
  }

  /** @param label how the page calls the program */
  async run(node: ExtraNode, program: AgentProgram, label: string): Promise<Result<{ fromHeight: number }>> {
    const result = await node.connection.api.runAgent(program)
    if (result.ok) node.label = label
    return result
  }

  #fail(node: ExtraNode, message: string): void {
    node.phase = 'failed'
    node.failure = message
    node.connection.close()
  }

  /** It leaves the network as a closing tab does, then its worker ends. Key and chain stay on disk for the next one that takes its place. */
  async remove(node: ExtraNode): Promise<void> {
    this.list = this.list.filter(other => other !== node)
    if (node.phase === 'live') {
      await node.connection.api.leave().catch(() => undefined)
      await node.connection.api.stop().catch(() => undefined)
    }
    node.connection.close()
  }

  async removeAll(): Promise<void> {
    await Promise.all(this.list.map(node => this.remove(node)))
  }

  setVisible(visible: boolean): void {
    for (const { phase, connection } of this.list) if (phase === 'live') void connection.api.setVisible(visible)
  }

  farewell(): void {
    for (const { phase, connection } of this.list) if (phase === 'live') void connection.api.leave()
  }
}
