/**
 * @chainsafe/ssz writes list lengths through a global `Buffer`. Browsers have none: give them the one of the `buffer` package, and leave
 * Node's own alone. Imported first by ssz.ts and by nothing else, so that the global stays this module's business.
 */
import { Buffer } from 'buffer'

const scope = globalThis as { Buffer?: unknown }
scope.Buffer ??= Buffer
