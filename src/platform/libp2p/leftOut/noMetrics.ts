/** In the place of gossipsub's metrics in a browser's bundle (vite.config.ts): nobody registers any there. The reasons are labels of metrics and nothing else. */
export const ChurnReason = {}
export const IDontWantSkipPath = {}
export const IHaveIgnoreReason = {}
export const InclusionReason = {}
export const ScorePenalty = {}

export function getMetrics(): never {
  throw new Error('This build has no metrics of gossip')
}
