/** Space (D-32). */
import { equalBytes } from '../../bytes'
import { MAX_PLOTS } from '../../limits'
import { PlotPayload } from '../../schema'
import { refuse } from '../rule'
import type { PayloadOf, Rule } from '../rule'

/** Leaves of one plot: what a tab can hold, 64 MiB (D-32). */
export const MAX_PLOT_LEAVES = 1 << 21

/** F-45: space is bound to its owner and known before it counts. One seed of one owner is one plot: the same leaves must not count twice. */
export const plot: Rule<PayloadOf<typeof PlotPayload>> = {
  payload: PlotPayload,
  shape: ({ leaves }) =>
    leaves < 2 || leaves > MAX_PLOT_LEAVES || (leaves & (leaves - 1)) !== 0
      ? refuse('bad-plot', `leaves must be a power of two up to ${MAX_PLOT_LEAVES}`)
      : null,
  check({ state }, transaction, { seed, leafFunction }) {
    if (leafFunction !== 1) return refuse('bad-plot', 'unknown leaf function')
    if (state.plots().length >= MAX_PLOTS) return refuse('registry-full')
    const twice = state.plots().some(other => equalBytes(other.owner, transaction.sender) && equalBytes(other.seed, seed))
    return twice ? refuse('already-registered', 'this plot is registered') : null
  },
  apply({ state, height }, transaction, payload) {
    state.appendPlot({ ...payload, owner: transaction.sender, registeredAt: height })
  }
}
