/** Expected failures are values: a stable code, and the data that a sentence for people is made of. Exceptions are for bugs only. */
export interface Failure {
  readonly ok: false
  readonly code: string
  readonly detail: string
}

export type Result<T> = { readonly ok: true; readonly value: T } | Failure

export function ok<T>(value: T): Result<T> {
  return { ok: true, value }
}

export function fail(code: string, detail = ''): Failure {
  return { ok: false, code, detail }
}

/** For what can only be false through a bug. Stays on in production. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`assertion failed: ${message}`)
}
