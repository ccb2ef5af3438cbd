/** A line about each screen behind "More"; loaded with that. One in the bar needs none. */
import type { Route } from '../routes'

export const moreHints: Partial<Record<Route['screen'] | 'help', string>> = {
  agent: 'what your node does with its turns, and why',
  miner: 'who is next, and when it may be you',
  node: 'your key, peers, storage, this room',
  learn: 'how it works, in this room’s numbers; all messages',
  proof: 'check a value against a final block, without trust',
  help: 'keys, borders, the console'
}
