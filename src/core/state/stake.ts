/** Tiers of deposits (D-22). Amounts in milli-units: a gold deposit is what a newcomer is given. */
export interface Tier {
  readonly name: 'free' | 'bronze' | 'silver' | 'gold'
  /** Smallest deposit, milli-units. */
  readonly deposit: bigint
  /** Weight of a vote where deposits decide. */
  readonly votingPower: number
  /** Share in rewards that are paid by weight. */
  readonly rewardWeight: number
}

/** From the lowest up. */
export const TIERS: readonly Tier[] = [
  { name: 'free', deposit: 0n, votingPower: 0, rewardWeight: 1 },
  { name: 'bronze', deposit: 1_000n, votingPower: 1, rewardWeight: 10 },
  { name: 'silver', deposit: 10_000n, votingPower: 10, rewardWeight: 100 },
  { name: 'gold', deposit: 100_000n, votingPower: 100, rewardWeight: 1000 }
]

/** The highest tier that the deposit reaches. */
export function tierOf(deposit: bigint): Tier {
  return TIERS.findLast(tier => deposit >= tier.deposit) ?? TIERS[0]!
}

export function votingPower(deposit: bigint): number {
  return tierOf(deposit).votingPower
}
