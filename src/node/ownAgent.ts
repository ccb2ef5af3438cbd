/** The agent of a live node, as its page sees it. What runs one is loaded when somebody runs one: a node comes to its peers without. */
import type { AgentProgram } from '../agent/config/config'
import type { Failure, Result } from '../bridge/api'
import type { AgentRunView, DryRunRow } from '../bridge/views'
import type { AgentHost, AgentRunner } from './agentRunner'

const NO_RUNNER: Failure = { ok: false, code: 'unavailable', message: 'The code for agents did not arrive. Try again.' }

export class OwnAgent {
  /** Null until somebody runs an agent of their own. */
  #runner: AgentRunner | null = null
  #stopped = false

  constructor(readonly host: AgentHost) {}

  /** Hot: from the next block on, without a restart. */
  async run(program: AgentProgram): Promise<Result<{ fromHeight: number }>> {
    return (await this.#loaded())?.run(program) ?? NO_RUNNER
  }

  async dryRun(program: AgentProgram): Promise<Result<DryRunRow[]>> {
    return (await this.#loaded())?.dryRun(program) ?? NO_RUNNER
  }

  /** @returns null when its code does not arrive, or the node has ended meanwhile */
  async #loaded(): Promise<AgentRunner | null> {
    const loaded = await import('./agentRunner').catch(() => null)
    if (loaded === null || this.#stopped) return null
    return (this.#runner ??= new loaded.AgentRunner(this.host))
  }

  /** Call after each input: a new round is a new question to the script. */
  follow(): void {
    this.#runner?.follow()
  }

  view(): AgentRunView {
    const { production, mempool, publicKey } = this.host.core
    return {
      ...(this.#runner?.view() ?? { program: 'default', fromHeight: 0, script: null, social: null }),
      metrics: production.metrics(this.host.core.agent(publicKey)?.missed ?? 0),
      attempts: production.attempts(),
      mempool: { waiting: mempool.size, capacity: mempool.capacity }
    }
  }

  stop(): void {
    this.#stopped = true
    this.#runner?.stop()
  }
}
