/**
 * `ScriptRunner` over a worker that holds the interpreter. The worker is ended when it does not answer in time: that needs nothing from the script, so it is the last word on it. The next
 * call starts a new one. Nothing of the node waits for any of this.
 */
import type { ScriptFailure, ScriptRun, ScriptView } from '../../agent/script/view'
import type { Clock } from '../../node/clock'
import type { ScriptRunner } from '../../node/ports'
import type { SandboxRun } from './quickjs'
import type { SandboxJob, SandboxNote } from './serve'

/** One decision, from the question to the answer, ms: six times what the fuel lasts for on the machine it was measured on, and still no pause that a person notices. */
const WALL_MS = 350
/** Loading the interpreter, ms: half a megabyte on a slow line. */
const LOAD_MS = 20_000

/** A worker, as far as a host needs one. */
export interface SandboxWorker {
  post(job: SandboxJob): void
  /** Called once, before the first job. */
  onNote(handler: (note: SandboxNote) => void): void
  onError(handler: (message: string) => void): void
  terminate(): void
}

interface Open {
  worker: SandboxWorker
  /** Resolves to null when it is ready, else to why it will never be. */
  ready: Promise<string | null>
}

export class ScriptHost implements ScriptRunner {
  #open: Open | null = null
  #nextId = 1
  /** The call under way: settles it, and forgets it. */
  #settle: ((run: ScriptRun) => void) | null = null
  /** What to do with the answer to the job that is posted. */
  #answer: ((id: number, run: SandboxRun) => void) | null = null

  /** @param wallMs WALL_MS unless a test has a reason */
  constructor(
    readonly spawn: () => SandboxWorker,
    readonly clock: Clock,
    readonly wallMs = WALL_MS
  ) {}

  /** One call at a time: a second one while the first is under way is refused. */
  async run(source: string, view: ScriptView): Promise<ScriptRun> {
    if (this.#settle !== null) return failed('unavailable', 'The sandbox is busy with another call.', 0)
    return new Promise(resolve => {
      this.#settle = run => {
        this.#settle = null
        resolve(run)
      }
      void this.#begin({ id: this.#nextId++, source, view })
    })
  }

  async #begin(job: SandboxJob): Promise<void> {
    const open = (this.#open ??= this.#start())
    const problem = await open.ready
    // Stopped while it was loading: the call has been settled.
    if (this.#settle === null || open !== this.#open) return
    if (problem !== null) return this.#end('unavailable', problem, 0)
    const startedAt = this.clock.now()
    const cancel = this.clock.after(this.wallMs, () => this.#end('killed', `It was ended: no decision within ${this.wallMs} ms.`, this.clock.now() - startedAt))
    const settle = this.#settle
    this.#settle = run => {
      cancel()
      settle(run)
    }
    this.#answer = (id, run) => {
      if (id === job.id) this.#settle?.({ ...run, wallMs: this.clock.now() - startedAt })
    }
    open.worker.post(job)
  }

  #start(): Open {
    const worker = this.spawn()
    const ready = new Promise<string | null>(resolve => {
      const cancel = this.clock.after(LOAD_MS, () => resolve('The sandbox could not be loaded in time.'))
      worker.onNote(note => {
        if (note.type === 'done') return this.#answer?.(note.id, note.run)
        cancel()
        resolve(null)
      })
      worker.onError(message => {
        cancel()
        resolve(`The sandbox could not be loaded: ${message}`)
        this.#end('unavailable', `The sandbox broke down: ${message}`, 0)
      })
    })
    return { worker, ready }
  }

  #end(code: ScriptFailure, message: string, wallMs: number): void {
    this.#open?.worker.terminate()
    this.#open = null
    this.#settle?.(failed(code, message, wallMs))
  }

  stop(): void {
    this.#end('unavailable', 'The sandbox was stopped.', 0)
  }
}

function failed(code: ScriptFailure, message: string, wallMs: number): ScriptRun {
  return { result: { ok: false, code, message, line: null }, fuelMilli: code === 'killed' ? 1000 : 0, memoryBytes: 0, wallMs }
}
