/**
 * Signatures on a thread of their own: a worker in a tab, a worker thread on the server. Begun when there is work for it for the first time. A thread that fails is not used
 * again; whoever waits for it is told and judges for itself.
 */
import { packChecks, unpackVerdicts } from './checkBatch'
import type { BatchJudge } from './verifier'

/** Batches under way at once; more wait nowhere but are judged by the one who asks. A block is one batch. */
const MAX_BATCHES = 64

/** The same on both platforms: packed checks one way, a byte for each verdict the other way, in the order of the questions. */
export interface Thread {
  post(bytes: Uint8Array<ArrayBuffer>): void
  end(): void
}

/** What a thread has to say. `failed`: it has ended, or has sent what is no answer. */
export interface ThreadEvents {
  answered(verdicts: Uint8Array): void
  failed(): void
}

interface Waiting {
  count: number
  resolve: (verdicts: boolean[]) => void
  reject: (error: Error) => void
}

export interface ComputeThread extends BatchJudge {
  /** Verdicts that it has given since the start. */
  readonly judged: number
  end(): void
}

/** @param start begins the thread */
export function createComputeThread(start: (events: ThreadEvents) => Thread): ComputeThread {
  let thread: Thread | null = null
  let dead = false
  let waiting: Waiting[] = []
  let judged = 0

  const fail = (): void => {
    dead = true
    thread?.end()
    thread = null
    const left = waiting
    waiting = []
    for (const { reject } of left) reject(new Error('the thread has ended'))
  }

  const answered = (verdicts: Uint8Array): void => {
    const first = waiting.shift()
    if (first?.count === verdicts.length) {
      judged += first.count
      return first.resolve(unpackVerdicts(verdicts))
    }
    if (first !== undefined) waiting.unshift(first)
    fail()
  }

  return {
    get judged() {
      return judged
    },
    judge(checks) {
      if (dead || waiting.length >= MAX_BATCHES) return Promise.reject(new Error('no thread to ask'))
      return new Promise((resolve, reject) => {
        waiting.push({ count: checks.length, resolve, reject })
        try {
          thread ??= start({ answered, failed: fail })
          thread.post(packChecks(checks))
        } catch {
          fail()
        }
      })
    },
    end: fail
  }
}
