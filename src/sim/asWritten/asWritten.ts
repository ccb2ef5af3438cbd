/**
 * "As written" (PROTOCOL §3): the rules of the seeds that do not hold, each behind a switch. With the switch on, the real node runs with that one rule; with it off, everything
 * else stays as it was. They live in the simulator and nowhere else: nothing that a live network runs may import them.
 */
import type { SimPlatform } from '../simulation'

/** Where a switch runs: what the host gives, and on which shipped family instead of the lab's plain one. */
export type Stage = SimPlatform & { readonly family?: string }

/** What a run measured. Integers, except for shares. */
export type Figures = Readonly<Record<string, number>>

/** How to read one figure. */
export interface Measure {
  label: string
  unit: '' | '%' | 's'
  /** What theory or the specification says about the rule as written. */
  expected?: string
}

export interface Outcome {
  figures: Figures
  /** The failure that this switch is about was seen. */
  failed: boolean
  /** The first invariant that broke, with its detail (checkers.ts); null: none. */
  violation: string | null
}

/** Which family's seed brings the rule. `all`: it concerns the core. */
export type Origin = 'chaos' | 'midnight' | 'spacetime' | 'vision' | 'all'

export interface AsWritten {
  id: string
  family: Origin
  /** Numbers of the seeds. */
  seeds: readonly string[]
  /** Ids of docs/FLAWS. */
  flaws: readonly string[]
  /** The seed's rule in one sentence. */
  seedRule: string
  /** What stands in its place, in one sentence. */
  soundRule: string
  /** What is seen with the seed's rule. */
  seen: string
  /** The simulator seed that shows it. */
  storedSeed: number
  /**
   * Shipped families on which the failure is seen with all of the family's own rules in force but the one that is switched, and the stored seed of each. Empty where the
   * rule in question is the family's: then the lab has a plain family with nothing but that rule.
   */
  shipped: Readonly<Record<string, number>>
  /** By the names of the figures, in the order in which they are shown. */
  measures: Readonly<Record<string, Measure>>
  run(soundRule: boolean, seed: number, stage: Stage): Outcome
}

/** Lets the compiler hold figures and measures against each other. */
export function asWritten<F extends Figures>(
  entry: Omit<AsWritten, 'measures' | 'run' | 'shipped'> & {
    shipped?: AsWritten['shipped']
    measures: Readonly<Record<keyof F & string, Measure>>
    run: (soundRule: boolean, seed: number, stage: Stage) => { figures: F; violation: string | null }
    failed: (figures: F) => boolean
  }
): AsWritten {
  const { run, failed, shipped = {}, ...rest } = entry
  return {
    ...rest,
    shipped,
    run(soundRule, seed, stage) {
      const { figures, violation } = run(soundRule, seed, stage)
      return { figures, failed: failed(figures), violation }
    }
  }
}
