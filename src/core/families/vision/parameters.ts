/** What a network can set about vision, and the defaults: the constants of the seed (V017–V025). */
import { decode, encode } from '../../codec'
import { MAX_PARAMETER_BYTES } from '../../limits'
import { assert, fail } from '../../result'
import type { Failure } from '../../result'
import type { ChainConfig } from '../../schema'
import { ContainerType, UintNumberType } from '../../ssz'
import type { ValueOf } from '../../ssz'

const U8 = new UintNumberType(1)
const U16 = new UintNumberType(2)

/** "About two seconds" from block to block (V108). */
export const DEFAULT_INTERVAL_MS = 2000
/** CLAIM_TIMEOUT_MS (V018): how long one place in the list waits for the one before it. */
export const DEFAULT_SLOT_MS = 1200
/** D-45: how old the newest heartbeat on the chain may be, blocks. */
const DEFAULT_HEARTBEAT_WITHIN = 8
/** D-44: how old a registration must be before its key is drawn, blocks. */
const DEFAULT_SETTLING_BLOCKS = 16
/** BACKUP_SLOTS (V019). */
export const DEFAULT_BACKUPS = 6
/** WINNER_JITTER_MIN_MS (V021). */
export const DEFAULT_JITTER_MIN_MS = 50
/** WINNER_JITTER_MAX_MS (V020). It is never reached: the longest jitter is one less (F-56). */
export const DEFAULT_JITTER_MAX_MS = 400
/** MIN_READY_PEERS (V023). */
const DEFAULT_MIN_READY_PEERS = 1
/** MAX_DESYNC_BLOCKS (V022). */
const DEFAULT_MAX_DESYNC_BLOCKS = 2
/** ELIGIBLE_STREAK_REQUIRED (V024), snapshots. */
const DEFAULT_ELIGIBLE_STREAK = 3
/** Snapshot interval (V025). */
const DEFAULT_SNAPSHOT_MS = 1000

/** More backups than turns that one block may count as missed would leave some of them uncounted. */
const MAX_BACKUPS = 7
/** A heartbeat is refused when the block it names is older than the room's lifetime, so a longer window would mean nothing. */
const MAX_HEARTBEAT_WITHIN = 128
/** A longer jitter is no jitter but a slot. */
const MAX_JITTER_MS = 10_000

/**
 * `heartbeatWithin` and `settlingBlocks` (blocks), `backups` (places after the winner), `jitterMinMs` … `jitterMaxMs` (the second excluded) decide about blocks. The rest
 * is how a node judges whether it may use its own turn (V095–V098): peers it needs, blocks it may be off, snapshots in a row, ms between two of them.
 */
const Parameters = new ContainerType({
  heartbeatWithin: U8,
  settlingBlocks: U8,
  backups: U8,
  jitterMinMs: U16,
  jitterMaxMs: U16,
  minReadyPeers: U8,
  maxDesyncBlocks: U8,
  eligibleStreak: U8,
  snapshotMs: U16
})
export type VisionParameters = ValueOf<typeof Parameters>

const defaults: VisionParameters = {
  heartbeatWithin: DEFAULT_HEARTBEAT_WITHIN,
  settlingBlocks: DEFAULT_SETTLING_BLOCKS,
  backups: DEFAULT_BACKUPS,
  jitterMinMs: DEFAULT_JITTER_MIN_MS,
  jitterMaxMs: DEFAULT_JITTER_MAX_MS,
  minReadyPeers: DEFAULT_MIN_READY_PEERS,
  maxDesyncBlocks: DEFAULT_MAX_DESYNC_BLOCKS,
  eligibleStreak: DEFAULT_ELIGIBLE_STREAK,
  snapshotMs: DEFAULT_SNAPSHOT_MS
}

/** Defaults with some of them replaced, encoded as a configuration holds them. */
export function encodeParameters(changes: Partial<VisionParameters> = {}): Uint8Array {
  return encode(Parameters, { ...defaults, ...changes })
}

/** @returns `bad-config` with the first reason, or null */
export function checkParameters(config: ChainConfig): Failure | null {
  const decoded = decode(Parameters, config.parameters, MAX_PARAMETER_BYTES)
  if (!decoded.ok) return fail('bad-config', `parameters of vision: ${decoded.code}`)
  const outside = ranges(decoded.value).find(({ value, least, most }) => value < least || value > most)
  return outside === undefined ? null : fail('bad-config', `${outside.name} outside ${outside.least} … ${outside.most}`)
}

function ranges(parameters: VisionParameters): { name: string; value: number; least: number; most: number }[] {
  const { heartbeatWithin, settlingBlocks, backups, jitterMinMs, jitterMaxMs, minReadyPeers, maxDesyncBlocks, eligibleStreak, snapshotMs } = parameters
  return [
    // A heartbeat takes a block to arrive and may miss one.
    { name: 'heartbeatWithin', value: heartbeatWithin, least: 3, most: MAX_HEARTBEAT_WITHIN },
    { name: 'settlingBlocks', value: settlingBlocks, least: 3, most: MAX_HEARTBEAT_WITHIN },
    { name: 'backups', value: backups, least: 0, most: MAX_BACKUPS },
    { name: 'jitterMaxMs', value: jitterMaxMs, least: 1, most: MAX_JITTER_MS },
    { name: 'jitterMinMs', value: jitterMinMs, least: 0, most: jitterMaxMs - 1 },
    { name: 'minReadyPeers', value: minReadyPeers, least: 0, most: 32 },
    { name: 'maxDesyncBlocks', value: maxDesyncBlocks, least: 1, most: 64 },
    { name: 'eligibleStreak', value: eligibleStreak, least: 1, most: 60 },
    { name: 'snapshotMs', value: snapshotMs, least: 100, most: 10_000 }
  ]
}

/** @param config has passed `checkParameters` */
export function parametersOf(config: ChainConfig): VisionParameters {
  const decoded = decode(Parameters, config.parameters, MAX_PARAMETER_BYTES)
  assert(decoded.ok, 'a configuration in force has been checked')
  return decoded.value
}
