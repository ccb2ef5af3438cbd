/** What a long run of the simulator has to do, cut into slices, and how far it has come. Pure; scripts/longRun.ts does it. */

/** Seeds of one slice: some minutes of one process, so that processes seldom start and no worker waits long for the last one. */
export const SLICE_SEEDS = 50

/** The same network under many seeds. */
export interface Campaign {
  family: string
  /** Null: the family's first mode. */
  mode: string | null
  nodes: number
  byzantine: number
  seeds: number
}

/** How one seed ended; `failed` as the simulator's command line says it. */
export interface SeedResult {
  seed: number
  finalHeight: number
  messages: number
  logHash: string
  failed: { invariant: string; message: string; at: number } | null
}

export interface Progress {
  campaign: Campaign
  firstSeed: number
  /** Seeds that have been run, counted from `first` of each slice. */
  done: number[]
  heights: number
  messages: number
  failures: SeedResult[]
}

export interface Slice {
  /** Place of its campaign in the plan, and its own within the campaign. */
  campaign: number
  slice: number
  firstSeed: number
  seeds: number
}

export function newProgress(campaign: Campaign, firstSeed: number): Progress {
  return { campaign, firstSeed, done: Array.from({ length: Math.ceil(campaign.seeds / SLICE_SEEDS) }, () => 0), heights: 0, messages: 0, failures: [] }
}

/** What is left, slices of all campaigns in turn: whenever the run is stopped, every family has had its share. Begun slices go on where they stopped. */
export function slicesLeft(plan: readonly Progress[]): Slice[] {
  const slices = plan.flatMap(({ campaign, firstSeed, done }, place) =>
    done.map((count, slice): Slice & { turn: number } => {
      const offset = slice * SLICE_SEEDS
      const size = Math.min(SLICE_SEEDS, campaign.seeds - offset)
      // A campaign of few slices has its turns spread over those of one with many.
      return { campaign: place, slice, firstSeed: firstSeed + offset + count, seeds: size - count, turn: (slice + 0.5) / done.length }
    })
  )
  return slices
    .filter(({ seeds }) => seeds > 0)
    .sort((a, b) => a.turn - b.turn || a.campaign - b.campaign)
    .map(({ campaign, slice, firstSeed, seeds }) => ({ campaign, slice, firstSeed, seeds }))
}

export function note(progress: Progress, slice: number, result: SeedResult): void {
  progress.done[slice] = (progress.done[slice] ?? 0) + 1
  progress.heights += result.finalHeight
  progress.messages += result.messages
  if (result.failed !== null) progress.failures.push(result)
}

export function seedsDone({ done }: Progress): number {
  return done.reduce((sum, count) => sum + count, 0)
}

/** Invariants of liveness begin with an L; a failure of one is a stall, every other one a violation. */
export function countFailures({ failures }: Progress): { violations: number; stalls: number } {
  const stalls = failures.filter(({ failed }) => failed?.invariant.startsWith('L') === true).length
  return { violations: failures.length - stalls, stalls }
}

export function nameOf({ family, mode, nodes, byzantine }: Campaign): string {
  return `${family}${mode === null ? '' : `:${mode}`} n=${nodes} f=${byzantine}`
}
