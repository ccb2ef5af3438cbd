/**
 * What a block pays (D-22). A pool that grows with the logarithm of the number of masternodes: one tenth stays in the treasury, the rest is shared by the weight of
 * each one's tier. Who proposed matters for half of the fees and for nothing else (M015).
 *
 * All amounts are integers of milli-units and every division rounds down; what rounding leaves stays in the treasury, so nothing is made or lost (S6).
 */
import { compareBytes } from '../../bytes'
import type { AgentRecord } from '../../schema'
import { tierOf } from '../../state/stake'
import type { Payout } from '../family'
import type { MidnightParameters } from './parameters'

/** Recipients in one block, the longest registered first: the size of a validator set. Each costs one write into the state. */
export const MAX_REWARD_RECIPIENTS = 128

/** n at which the pool reaches rewardScale · ln 2. */
const POOL_DOUBLING = 50n

/** Fixed point: this many binary digits behind the point. */
const FRACTION_BITS = 64n

/** 2 · artanh(z) for z = numerator/denominator ≤ 1/3, by its series z + z³/3 + z⁵/5 + … until a term is below the last digit. */
function doubleArtanh(numerator: bigint, denominator: bigint): bigint {
  const z = (numerator << FRACTION_BITS) / denominator
  const square = (z * z) >> FRACTION_BITS
  let sum = 0n
  for (let power = z, odd = 1n; power > 0n; odd += 2n) {
    sum += power / odd
    power = (power * square) >> FRACTION_BITS
  }
  return 2n * sum
}

const LN_2 = doubleArtanh(1n, 3n)

/**
 * The natural logarithm of numerator/denominator ≥ 1, times 2⁶⁴, rounded down with an error below 2⁻⁵⁵: halve until the number lies in [1, 2), then ln x = 2 · artanh((x − 1)
 * / (x + 1)). Integers only: engines may disagree about the last digit of Math.log.
 */
function ln(numerator: bigint, denominator: bigint): bigint {
  let halves = 0n
  let divisor = denominator
  while (numerator >= 2n * divisor) {
    divisor *= 2n
    halves++
  }
  return halves * LN_2 + doubleArtanh(numerator - divisor, numerator + divisor)
}

/**
 * scale · ln(1 + n/50), rounded down.
 * @param masternodes n
 * @param scale milli-units
 * @returns milli-units
 */
export function rewardPool(masternodes: number, scale: number): bigint {
  return (BigInt(scale) * ln(POOL_DOUBLING + BigInt(masternodes), POOL_DOUBLING)) >> FRACTION_BITS
}

/** Who shares in the pool, by ascending public key. */
export interface RewardList {
  /** All masternodes, also those beyond the list. */
  masternodes: number
  recipients: readonly { publicKey: Uint8Array; weight: bigint }[]
}

/** @param masternodes in any order */
export function rewardList(masternodes: readonly AgentRecord[]): RewardList {
  const seniors =
    masternodes.length <= MAX_REWARD_RECIPIENTS
      ? masternodes
      : [...masternodes].sort((a, b) => a.registeredAt - b.registeredAt || compareBytes(a.publicKey, b.publicKey)).slice(0, MAX_REWARD_RECIPIENTS)
  const recipients = seniors.map(({ publicKey, deposit }) => ({ publicKey, weight: BigInt(tierOf(deposit).rewardWeight) }))
  return { masternodes: masternodes.length, recipients: recipients.sort((a, b) => compareBytes(a.publicKey, b.publicKey)) }
}

/** A pool cut up: `treasury` + all shares = `pool`. */
export interface RewardSplit {
  pool: bigint
  treasury: bigint
  shares: readonly Payout[]
}

/** @param available what the treasury holds: no pool is larger */
export function splitPool(list: RewardList, parameters: MidnightParameters, available: bigint): RewardSplit {
  const full = rewardPool(list.masternodes, parameters.rewardScale)
  const pool = full < available ? full : available
  const shared = pool - (pool * BigInt(parameters.treasuryPermille)) / 1000n
  const total = list.recipients.reduce((sum, { weight }) => sum + weight, 0n)
  const shares = list.recipients.map(({ publicKey, weight }) => ({ to: publicKey, amount: (shared * weight) / total }))
  return { pool, treasury: shares.reduce((left, { amount }) => left - amount, pool), shares }
}

/** The shares, then the proposer's part of the fees. Nothing is paid out that is zero. */
export function payByTier(list: RewardList, parameters: MidnightParameters, proposer: Uint8Array, fees: bigint, treasury: bigint): readonly Payout[] {
  const { shares } = splitPool(list, parameters, treasury)
  const fee = { to: proposer, amount: (fees * BigInt(parameters.feeToProposerPermille)) / 1000n }
  return [...shares, fee].filter(({ amount }) => amount > 0n)
}
