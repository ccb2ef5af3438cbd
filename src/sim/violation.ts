/**
 * Names of the invariants of docs/PROTOCOL, rules among them that can be judged from outside (R1, R10), and `throw`: a node threw, which none of its inputs may make it
 * do, and no start from what its disk kept.
 */
export type Invariant = 'S1' | 'S2' | 'S3' | 'S4' | 'S5' | 'S6' | 'S7' | 'S8' | 'S9' | 'S10' | 'L1' | 'L2' | 'L3' | 'L4' | 'R1' | 'R10' | 'F1' | 'F2' | 'throw'

/** A broken invariant; it ends the run. */
export class Violation extends Error {
  constructor(
    readonly invariant: Invariant,
    detail: string,
    options?: ErrorOptions
  ) {
    super(`${invariant}: ${detail}`, options)
  }
}
