/** What an agent does to have space where space decides: it registers a small plot by itself. Pure; the node computes the root and submits. */
import { AGENT_ACTIVE } from '../core/schema'
import type { AgentRecord, Plot } from '../core/schema'

/** Leaves of the plot that comes by itself: made in milliseconds, and worth four units of weight where plots vote. */
export const AUTO_PLOT_LEAVES = 256

export interface PlottingView {
  /** Name of the family in force. */
  family: string
  /** The agent's own record on the chain, null before registration. */
  record: AgentRecord | null
  /** Its registered plots. */
  own: readonly Plot[]
  /** Is an own registration of a plot waiting already? */
  pending: boolean
  /** The person has asked to leave: do nothing until they return. */
  leaving: boolean
}

/** Seeds need no randomness: the owner's key is in every leaf. Numbered ones can be computed anew after a lost disk. */
export function plotSeedAt(number: number): Uint8Array {
  const seed = new Uint8Array(32)
  new DataView(seed.buffer).setUint32(0, number, true)
  return seed
}

/** @returns the plot to register, or null while there is one, or one on its way, or space decides nothing */
export function plotIntent({ family, record, own, pending, leaving }: PlottingView): { seed: Uint8Array; leaves: number } | null {
  if (family !== 'spacetime' || leaving || pending || record?.status !== AGENT_ACTIVE || own.length > 0) return null
  return { seed: plotSeedAt(own.length), leaves: AUTO_PLOT_LEAVES }
}
