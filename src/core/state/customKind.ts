/** What a custom kind of transition is (T001; custom.ts). */
import type { Schema } from '../codec'

/** What a step may know besides memory and action. `sender` is a place in the registry. */
export interface CustomContext {
  readonly sender: number
  readonly height: number
}

export interface CustomKind<M = unknown, A = unknown> {
  readonly number: number
  readonly name: string
  readonly memory: Schema<M>
  readonly action: Schema<A>
  /** What the memory is before the first action. */
  readonly initial: M
  /** @returns why not, for people; null: the step may be made */
  check(memory: M, action: A, context: CustomContext): string | null
  /** What the memory is afterwards; it must encode to at most MAX_CUSTOM_BYTES. */
  step(memory: M, action: A, context: CustomContext): M
}
