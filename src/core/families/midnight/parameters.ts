/** What a network can set about midnight, and the defaults. */
import { decode, encode } from '../../codec'
import { MAX_PARAMETER_BYTES } from '../../limits'
import { fail } from '../../result'
import type { Failure, Result } from '../../result'
import type { ChainConfig } from '../../schema'
import { ContainerType, UintNumberType } from '../../ssz'
import type { ValueOf } from '../../ssz'

const U8 = new UintNumberType(1)
const U16 = new UintNumberType(2)
const U32 = new UintNumberType(4)

/** Block reward to the proposer alone: one payout a block, for rooms in which a list of recipients would cost too much. */
export const REWARDS_TO_PROPOSER = 0
/** The pool of D-22, shared by tier. */
export const REWARDS_BY_TIER = 1

/** Milliseconds of one UTC day; POSIX time has no leap seconds, so midnight is every multiple of it. */
export const DAY_MS = 86_400_000

/** D-20: ten seconds from midnight to midnight unless told. */
export const DEFAULT_PERIOD_MS = 10_000
/** 2Δ for Δ = 600 ms (PROTOCOL §1). */
export const DEFAULT_SLOT_MS = 1200
/** One tenth of the reward pool stays in the treasury (D-22). */
const DEFAULT_TREASURY_PERMILLE = 100
/** Half of the fees; the other half goes to the treasury (D-22). */
const DEFAULT_FEE_PERMILLE = 500
/** The factor before ln(1 + n/50), milli-units: the seed's 2,000 whole units. */
export const DEFAULT_REWARD_SCALE = 2_000_000
/** After a minute without a decision a proposal is shown as timed out (M044). */
const DEFAULT_VOTE_LIMIT_MS = 60_000
/** Nobody could see a shorter limit. */
const MIN_VOTE_LIMIT_MS = 1000
/** Even a daily round has failed for people after an hour. */
const MAX_VOTE_LIMIT_MS = 3_600_000

/**
 * `rewards`: REWARDS_TO_PROPOSER or REWARDS_BY_TIER; the next three belong to the latter. `treasuryPermille`: thousandths of the pool that stay in the treasury.
 * `feeToProposerPermille`: thousandths of the fees that the proposer gets. `rewardScale`: milli-units before the logarithm. `daily`: 1 for blocks at
 * 00:00 UTC, with an interval of one day. `voteLimitMs`: after this a round without a decision is shown as failed; it decides nothing.
 */
export const MidnightParameters = new ContainerType({
  rewards: U8,
  treasuryPermille: U16,
  feeToProposerPermille: U16,
  rewardScale: U32,
  daily: U8,
  voteLimitMs: U32
})
export type MidnightParameters = ValueOf<typeof MidnightParameters>

/** What the seed and D-22 say. */
export const defaultParameters: MidnightParameters = {
  rewards: REWARDS_BY_TIER,
  treasuryPermille: DEFAULT_TREASURY_PERMILLE,
  feeToProposerPermille: DEFAULT_FEE_PERMILLE,
  rewardScale: DEFAULT_REWARD_SCALE,
  daily: 0,
  voteLimitMs: DEFAULT_VOTE_LIMIT_MS
}

/** Defaults with some of them replaced, encoded as a configuration holds them. */
export function encodeParameters(changes: Partial<MidnightParameters> = {}): Uint8Array {
  return encode(MidnightParameters, { ...defaultParameters, ...changes })
}

/** @returns `too-large`, `malformed` or `not-canonical` for bytes that are no parameters; ranges are `checkParameters`' business */
export function decodeParameters(bytes: Uint8Array): Result<MidnightParameters> {
  return decode(MidnightParameters, bytes, MAX_PARAMETER_BYTES)
}

/** @returns `bad-config` with the first reason, or null */
export function checkParameters(config: ChainConfig): Failure | null {
  const decoded = decodeParameters(config.parameters)
  if (!decoded.ok) return fail('bad-config', `parameters of midnight: ${decoded.code}`)
  const { rewards, treasuryPermille, feeToProposerPermille, daily, voteLimitMs } = decoded.value
  if (rewards > REWARDS_BY_TIER) return fail('bad-config', 'rewards are 0 (to the proposer) or 1 (by tier)')
  if (treasuryPermille > 1000 || feeToProposerPermille > 1000) return fail('bad-config', 'a share above 1000 permille')
  if (daily > 1) return fail('bad-config', 'daily is 0 or 1')
  if (daily === 1 && config.blockIntervalMs !== DAY_MS) return fail('bad-config', 'daily blocks have an interval of one day')
  if (voteLimitMs < MIN_VOTE_LIMIT_MS || voteLimitMs > MAX_VOTE_LIMIT_MS) return fail('bad-config', 'vote limit outside one second … one hour')
  return null
}
