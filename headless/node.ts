/** What the server needs of a node. `NodeRuntime` is one; tests stand in their own. */
import type { Result } from '../src/bridge/api'
import type { BlockCheck } from '../src/bridge/audit'
import type { BlockDetail, MiningStatus, NodeSlices, Status } from '../src/bridge/views'

export interface HeadlessNode {
  /** Lower-case hex of the genesis hash. */
  readonly networkId: string
  readonly genesisBytes: Uint8Array
  /** Milliseconds since 1970 of the last tick that ended: a node whose ticks stop is not well, whatever its socket says. */
  readonly lastTickAt: number
  /** Events since the start by name in camelCase (votesCast, blocksProposed, …); /metrics shows each of them. */
  readonly counters: Readonly<Record<string, number>>
  status(): Status
  mining(): MiningStatus
  slices(): NodeSlices
  block(heightOrHash: number | string): Promise<Result<BlockDetail>>
  /** A proof of a value as the text of a file. */
  prove(subject: string): Promise<Result<string>>
  /** A final block for somebody without a state, as the bytes of a `BlockWitness`, and what came of running it on that. */
  witness(heightOrHash: number | string): Promise<Result<{ check: BlockCheck; bytes: Uint8Array }>>
  /** Signs off, closes network and store. */
  stop(): Promise<void>
}
