/** Results of executed blocks, shared by all nodes of a simulation: the same bytes on the same parent are executed once. The checkers do not use it. */
import { GenerationMap } from '../core/crypto/generationMap'
import type { ExecutionCache } from '../core/chain/execute'
import type { Result } from '../core/result'
import type { WorldState } from '../core/state/worldState'

/** Blocks of some hundred heights with a hundred proposals each. */
const MAX_MEMO_BLOCKS = 16_384

export class ExecutionMemo implements ExecutionCache {
  readonly #results = new GenerationMap<string, Result<WorldState>>(MAX_MEMO_BLOCKS)

  get(hash: string): Result<WorldState> | undefined {
    return this.#results.get(hash)
  }

  set(hash: string, result: Result<WorldState>): void {
    this.#results.set(hash, result)
  }
}
