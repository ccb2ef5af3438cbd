/**
 * The agent that a person runs on this node: its configuration goes to the core at once, its script is asked once per height, and what it decides comes back as an input. The node never
 * waits for a script: without an answer in time the configuration decides alone.
 */
import type { AgentProgram, ProducerConfig } from '../agent/config/config'
import { parseConfig } from '../agent/config/toml'
import type { Problem } from '../agent/config/toml'
import { tasteFor } from '../agent/producer'
import { MEME_PAUSE } from '../agent/social/cycle'
import { admitDecision, MAX_WEIGHT_SHIFT } from '../agent/script/decision'
import type { Decision } from '../agent/script/decision'
import type { ScriptFailure, ScriptRun, ScriptView } from '../agent/script/view'
import type { Failure as ApiFailure, Result as ApiResult, TransactionIntent } from '../bridge/api'
import type { AgentRunView, DryRunRow, ScriptStatus } from '../bridge/views'
import { equalBytes, toHex } from '../core/bytes'
import type { BlockEntry } from '../core/chain/blockTree'
import { PERSONALITIES } from '../core/taste/personalities'
import type { Personality } from '../core/taste/personalities'
import type { Input } from './messages'
import type { NodeCore } from './nodeCore'
import type { ScriptRunner } from './ports'
import { scriptView } from './scriptView'
import { AgentLife } from './social/agentLife'
import { nameOf } from './views'

/** Characters of a script; the examples have about two thousand. */
export const MAX_SCRIPT_LENGTH = 32_768
/** Calls in a row that had to be cut off before a script is stopped: one may be bad luck on a busy machine. */
const MAX_STRIKES = 3
/** Past heights that a dry run looks at, unless told, and at most. */
export const DRY_RUN_HEIGHTS = 20
/** Failures that cost more than a sentence. */
const STRIKES: readonly ScriptFailure[] = ['killed', 'out-of-fuel', 'out-of-memory']

/** What a runner may do to its node. */
export interface AgentHost {
  readonly core: NodeCore
  now(): number
  peers(): number
  input(input: Input): void
  submit(intent: TransactionIntent): Promise<ApiResult<{ id: string }>>
  say(text: string): void
  /** Null where this platform has no sandbox. */
  openScripts: (() => Promise<ScriptRunner>) | null
}

interface Running {
  source: string
  runner: ScriptRunner
  status: ScriptStatus
  memory: unknown
  /** Height that it was asked about last. */
  asked: number
  busy: boolean
  strikes: number
  /** Its last decision was about memes and people, too: then the configuration's own life rests. */
  social: boolean
  /** Height of its last meme. */
  memeAt: number
}

export class AgentRunner {
  #program: AgentRunView['program'] = 'default'
  #fromHeight = 0
  #running: Running | null = null
  /** Null while the default runs: nobody has asked it for memes and allies. */
  #life: AgentLife | null = null
  #living = false

  constructor(readonly host: AgentHost) {}

  /** P034: all of it is checked first; a program that cannot run changes nothing. An empty one is what a node starts with. @returns the first height that it decides about */
  async run({ toml, script }: AgentProgram): Promise<ApiResult<{ fromHeight: number }>> {
    const checked = check(toml, script, this.host.openScripts !== null)
    if (!checked.ok) return checked
    const runner = script === null ? null : await this.host.openScripts!().catch(() => null)
    if (script !== null && runner === null) return NO_SANDBOX
    this.#endScript()
    const { core } = this.host
    this.#program = toml === '' && script === null ? 'default' : 'own'
    this.#fromHeight = core.rounds.round
    this.#life = this.#program === 'default' ? null : (this.#life ?? new AgentLife(core))
    this.host.input({ type: 'configure', config: checked.value })
    if (script !== null && runner !== null)
      this.#running = {
        source: script,
        runner,
        status: freshStatus(checked.value),
        memory: null,
        asked: 0,
        busy: false,
        strikes: 0,
        social: false,
        memeAt: -MEME_PAUSE
      }
    this.host.say(
      `Runs ${this.#program === 'default' ? 'the default' : 'its own configuration'}${script === null ? '' : ' and script'} from #${this.#fromHeight} on.`
    )
    this.follow()
    return { ok: true, value: { fromHeight: this.#fromHeight } }
  }

  stop(): void {
    this.#life = null
    this.#endScript()
  }

  #endScript(): void {
    this.#running?.runner.stop()
    this.#running = null
  }

  /** Call after each input: a new round is a new question. */
  follow(): void {
    this.#live()
    this.#followScript()
  }

  /** P109, F-34: one after another, and no block waits for any of it. What the node refuses costs nothing. */
  #live(): void {
    // What it submits comes back here as an input.
    if (this.#living || this.#life === null) return
    this.#living = true
    try {
      for (const intent of this.#life.step(this.#running?.social === true)) void this.host.submit(intent)
    } finally {
      this.#living = false
    }
  }

  #followScript(): void {
    const running = this.#running
    const { round } = this.host.core.rounds
    if (running === null || running.busy || running.status.state === 'stopped' || running.asked === round) return
    const view = this.#viewNow(running)
    if (view === null) return
    running.asked = round
    running.busy = true
    void this.#ask(running, view)
  }

  async #ask(running: Running, view: ScriptView): Promise<void> {
    const run = await running.runner.run(running.source, view)
    running.busy = false
    if (running !== this.#running) return
    const decision = this.#take(running, run, view.height)
    this.host.input({ type: 'decide', height: view.height, decision })
    if (decision !== null) {
      await this.#transfer(running, decision)
      await this.#socialise(running, decision, view.height)
    }
    this.follow()
  }

  #viewNow(running: Running): ScriptView | null {
    const { core } = this.host
    const parent = core.rounds.notarisedAt(core.rounds.round - 1)[0]
    if (parent?.state == null) return null
    return scriptView(core, {
      parent,
      state: parent.state,
      rank: core.rounds.turnOn(parent)?.rank ?? null,
      waiting: core.mempool.ordered(),
      now: this.host.now(),
      finalHeight: core.tree.final.height,
      peers: this.host.peers(),
      limits: limitsOf(core, core.production.config, running.status.spent),
      memory: running.memory
    })
  }

  #take(running: Running, run: ScriptRun, height: number): Decision | null {
    const { status } = running
    const { fuelMilli, memoryBytes, wallMs } = run
    const { core } = this.host
    const judged = judge(run, core, status.spendLimit - status.spent, core.production.config)
    running.status = { ...status, fuelMilli, memoryBytes, wallMs, lastHeight: height, problem: judged.problem }
    running.social = judged.decision !== null && judged.decision.social !== null
    if (judged.decision !== null) {
      running.strikes = 0
      running.memory = judged.decision.memory === null ? null : JSON.parse(judged.decision.memory)
      running.status.decisions++
      running.status.note = judged.decision.note
      return judged.decision
    }
    running.status.failures++
    running.strikes = judged.code !== null && STRIKES.includes(judged.code) ? running.strikes + 1 : 0
    if (running.strikes >= MAX_STRIKES) this.#end(running)
    return null
  }

  #end(running: Running): void {
    running.status.state = 'stopped'
    running.runner.stop()
    this.host.say(`Its script was stopped after ${MAX_STRIKES} calls that had to be cut off. The configuration decides alone.`)
  }

  /** Intents like any other: the node checks them, and what it refuses costs nothing. */
  async #transfer(running: Running, { transfers }: Decision): Promise<void> {
    for (const { to, amount } of transfers) {
      if (running.status.spent + amount > running.status.spendLimit) return
      running.status.spent += amount
      const sent = await this.host.submit({ kind: 'transfer', to, amount: String(amount) })
      if (sent.ok) continue
      running.status.spent -= amount
      running.status.problem = `A transfer was refused: ${sent.message}`
    }
  }

  /** P119, P120: what it makes of memes and people. No more memes than an agent without a script would make; the chain has its own limits besides. */
  async #socialise(running: Running, { social }: Decision, height: number): Promise<void> {
    if (social === null) return
    const { meme, words, answers } = social
    const intents: TransactionIntent[] = [
      ...answers.map(({ alliance, accept }): TransactionIntent => ({ kind: accept ? 'accept-alliance' : 'decline-alliance', alliance })),
      ...words.map((word): TransactionIntent => ({ kind: 'interact', ...word }))
    ]
    if (meme !== null && height - running.memeAt >= MEME_PAUSE) {
      running.memeAt = height
      const { text, tags, references, targets } = meme
      const draft = { content: { format: 'text' as const, text }, caption: '', tags: [...tags], references: [...references], targets: [...targets] }
      intents.push({ kind: 'meme', draft, attach: this.host.core.hasTurn() })
    }
    for (const intent of intents) {
      const sent = await this.host.submit(intent)
      if (!sent.ok) running.status.problem = `${SOCIAL_REFUSED[intent.kind] ?? 'A wish'} was refused: ${sent.message}`
    }
  }

  /**
   * What a script would have decided about the newest heights. What waited then is not known any more: the block's own transactions stand for it.
   * @returns newest first
   */
  async dryRun({ toml, script }: AgentProgram, heights = DRY_RUN_HEIGHTS): Promise<ApiResult<DryRunRow[]>> {
    const checked = check(toml, script, this.host.openScripts !== null)
    if (!checked.ok) return checked
    if (script === null) return refuse('no-script', 'There is no script to try.')
    const runner = await this.host.openScripts!().catch(() => null)
    if (runner === null) return NO_SANDBOX
    const rows: DryRunRow[] = []
    let memory: unknown = null
    try {
      for (const entry of lastBlocks(this.host.core, Math.min(heights, DRY_RUN_HEIGHTS))) {
        const parent = this.host.core.tree.get(entry.parent)
        if (parent?.state == null) continue
        const view = this.#viewThen(entry, parent, checked.value, memory)
        const run = await runner.run(script, view)
        const judged = judge(run, this.host.core, checked.value.script.spendLimit, checked.value)
        if (judged.decision !== null) memory = judged.decision.memory === null ? null : JSON.parse(judged.decision.memory)
        rows.unshift(rowOf(this.host.core, entry, view, run, judged))
      }
    } finally {
      runner.stop()
    }
    return rows.length === 0 ? refuse('no-blocks', 'There is no block to try it on yet. Wait for the first one.') : { ok: true, value: rows }
  }

  #viewThen(entry: BlockEntry, parent: BlockEntry, config: ProducerConfig, memory: unknown): ScriptView {
    const { core } = this.host
    const state = parent.state!
    const mine = equalBytes(entry.header.proposer, core.publicKey)
    const listed = core.rules
      .familyOf(state)
      .ranking(state)
      .findIndex(({ publicKey }) => equalBytes(publicKey, core.publicKey))
    return scriptView(core, {
      parent,
      state,
      rank: mine ? entry.header.rank : listed < 0 ? null : listed,
      waiting: entry.transactions ?? [],
      now: entry.header.timestamp,
      finalHeight: Math.max(0, parent.height - 1),
      peers: this.host.peers(),
      limits: limitsOf(core, config, 0),
      memory
    })
  }

  view(): Pick<AgentRunView, 'program' | 'fromHeight' | 'script' | 'social'> {
    return {
      social: this.#life?.life() ?? null,
      program: this.#program,
      fromHeight: this.#fromHeight,
      script: this.#running === null ? null : { ...this.#running.status }
    }
  }
}

interface Judged {
  decision: Decision | null
  problem: string | null
  code: ScriptFailure | null
}

function judge({ result }: ScriptRun, core: NodeCore, spendLeft: number, config: ProducerConfig): Judged {
  if (!result.ok) return { decision: null, problem: result.message, code: result.code }
  const admitted = admitDecision(result.json, { personality: tasteIn(core, config), spendLeft })
  return admitted.ok ? { decision: admitted.value, problem: null, code: null } : { decision: null, problem: `${admitted.detail}.`, code: null }
}

const SOCIAL_REFUSED: Partial<Record<TransactionIntent['kind'], string>> = {
  meme: 'A meme',
  interact: 'A word',
  'accept-alliance': 'An answer to an alliance',
  'decline-alliance': 'An answer to an alliance'
}

const NO_SANDBOX = refuse('no-sandbox', 'The sandbox for scripts could not be loaded. The connection may be gone; try again once it is back.')

function check(toml: string, script: string | null, sandbox: boolean): ApiResult<ProducerConfig> {
  const { config, problems } = parseConfig(toml)
  if (config === null) return refuse('bad-config', sentenceOf(problems.find(({ severity }) => severity === 'error')!))
  if (script === null) return { ok: true, value: config }
  if (!sandbox) return refuse('no-sandbox', 'Scripts run in a browser’s tab only.')
  if (script.length > MAX_SCRIPT_LENGTH) return refuse('script-too-long', `The script has ${script.length} characters; at most ${MAX_SCRIPT_LENGTH} are run.`)
  return { ok: true, value: config }
}

function sentenceOf({ key, line, message }: Problem): string {
  const place = [line === null ? '' : `line ${line}`, key].filter(part => part !== '').join(', ')
  return place === '' ? message : `${place}: ${message}`
}

function refuse(code: string, message: string): ApiFailure {
  return { ok: false, code, message }
}

function limitsOf(core: NodeCore, config: ProducerConfig, spent: number): ScriptView['limits'] {
  const { maxTransactions, script } = config
  return { maxTransactions, spendLeft: Math.max(0, script.spendLimit - spent), weights: tasteIn(core, config).weights, weightShift: MAX_WEIGHT_SHIFT }
}

/** What a script moves the weights of; a node without a personality (in the simulator) has those of the first type. */
function tasteIn(core: NodeCore, config: ProducerConfig): Personality {
  return tasteFor(config, core.production.own, null) ?? PERSONALITIES[0]!
}

function freshStatus({ script }: ProducerConfig): ScriptStatus {
  return {
    state: 'running',
    problem: null,
    decisions: 0,
    failures: 0,
    fuelMilli: 0,
    memoryBytes: 0,
    wallMs: 0,
    spent: 0,
    spendLimit: script.spendLimit,
    lastHeight: null,
    note: ''
  }
}

/** The newest blocks of the head's branch, oldest first; genesis was made by nobody. */
function lastBlocks(core: NodeCore, count: number): BlockEntry[] {
  const found: BlockEntry[] = []
  for (let entry: BlockEntry | undefined = core.head(); entry !== undefined && entry.height > 0 && found.length < count; entry = core.tree.get(entry.parent))
    found.unshift(entry)
  return found
}

function rowOf(
  core: NodeCore,
  entry: BlockEntry,
  view: ScriptView,
  { result, fuelMilli, memoryBytes, wallMs }: ScriptRun,
  { decision, problem }: Judged
): DryRunRow {
  return {
    height: entry.height,
    hash: entry.hash,
    maker: nameOf(core, entry.header.proposer),
    mine: toHex(entry.header.proposer) === toHex(core.publicKey),
    waiting: view.mempool.count,
    fees: String(view.mempool.fees),
    decision:
      decision === null
        ? null
        : {
            produce: decision.produce,
            maxTransactions: decision.maxTransactions,
            order: decision.ordering,
            transfers: decision.transfers.length,
            weights: decision.weights !== null,
            social:
              decision.social === null
                ? null
                : { meme: decision.social.meme !== null, words: decision.social.words.length, answers: decision.social.answers.length },
            note: decision.note
          },
    problem,
    line: result.ok ? null : result.line,
    fuelMilli,
    memoryBytes,
    wallMs
  }
}
