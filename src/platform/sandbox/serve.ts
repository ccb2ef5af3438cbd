/** The worker's side: opens the interpreter, says that it is ready, and answers one job after another. */
import type { ScriptView } from '../../agent/script/view'
import { openSandbox } from './quickjs'
import type { Sandbox, SandboxRun } from './quickjs'

export interface SandboxJob {
  id: number
  source: string
  view: ScriptView
}

/** `ready` comes first, and once. */
export type SandboxNote = { type: 'ready' } | { type: 'done'; id: number; run: SandboxRun }

/** @returns what to do with a job */
export async function serveSandbox(post: (note: SandboxNote) => void): Promise<(job: SandboxJob) => Promise<void>> {
  let sandbox: Sandbox | null = await openSandbox()
  post({ type: 'ready' })
  return async ({ id, source, view }) => {
    sandbox ??= await openSandbox()
    try {
      post({ type: 'done', id, run: sandbox.run(source, view) })
    } catch (error) {
      // The interpreter's own host code gave up, as it does when there is no memory left to say so: its heap cannot be trusted any more.
      sandbox = null
      const message = `The sandbox broke down: ${error instanceof Error ? error.message : String(error)}`
      post({ type: 'done', id, run: { result: { ok: false, code: 'out-of-memory', message, line: null }, fuelMilli: 1000, memoryBytes: 0 } })
    }
  }
}
