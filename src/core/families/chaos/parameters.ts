/** What a network can set about chaos, and the defaults. */
import { decode, encode } from '../../codec'
import { MAX_PARAMETER_BYTES } from '../../limits'
import { assert, fail } from '../../result'
import type { Failure } from '../../result'
import type { ChainConfig } from '../../schema'
import { ContainerType, UintNumberType } from '../../ssz'
import type { ValueOf } from '../../ssz'
import { MAX_TASTE_SLOTS } from '../../taste/judge'

const U8 = new UintNumberType(1)
const U32 = new UintNumberType(4)

/** Ten seconds from block to block (P014, D-11). */
export const DEFAULT_INTERVAL_MS = 10_000
/** 2Δ for Δ = 600 ms (PROTOCOL §1): how long the next producer waits for the one before it. */
export const DEFAULT_SLOT_MS = 1200
/** After half a minute without a decision a proposal is shown as timed out (P091). */
const DEFAULT_DEADLINE_MS = 30_000
/** Shorter than a second nobody could see it; after an hour nobody would still be looking. */
const MIN_DEADLINE_MS = 1000
const MAX_DEADLINE_MS = 3_600_000

/**
 * `deadlineMs`: after this a proposal without a decision is shown as timed out; it decides nothing. `tasteSlots`: the most slots by which a personality may
 * delay its own vote, 0 … 7 (R8); 0 silences all personalities.
 */
const Parameters = new ContainerType({ deadlineMs: U32, tasteSlots: U8 })
export type ChaosParameters = ValueOf<typeof Parameters>

/** Defaults with some of them replaced, encoded as a configuration holds them. */
export function encodeParameters(changes: Partial<ChaosParameters> = {}): Uint8Array {
  return encode(Parameters, { deadlineMs: DEFAULT_DEADLINE_MS, tasteSlots: MAX_TASTE_SLOTS, ...changes })
}

/** @returns `bad-config` with the first reason, or null */
export function checkParameters(config: ChainConfig): Failure | null {
  const decoded = decode(Parameters, config.parameters, MAX_PARAMETER_BYTES)
  if (!decoded.ok) return fail('bad-config', `parameters of chaos: ${decoded.code}`)
  const { deadlineMs, tasteSlots } = decoded.value
  if (deadlineMs < MIN_DEADLINE_MS || deadlineMs > MAX_DEADLINE_MS) return fail('bad-config', 'deadline outside one second … one hour')
  return tasteSlots > MAX_TASTE_SLOTS ? fail('bad-config', `taste may delay a vote by ${MAX_TASTE_SLOTS} slots at most`) : null
}

/** @param config has passed `checkParameters` */
export function parametersOf(config: ChainConfig): ChaosParameters {
  const decoded = decode(Parameters, config.parameters, MAX_PARAMETER_BYTES)
  assert(decoded.ok, 'a configuration in force has been checked')
  return decoded.value
}
