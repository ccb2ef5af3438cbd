/** All switches, in the order of the protocol's table. */
import type { AsWritten } from './asWritten'
import { approvesInvalid, vetoForEver } from './chaos'
import { leaderOnly, lowestBlockHash, ownBlockOnly, receivedVotesOnly, revoteWithoutLock, tallyAllHashes } from './midnight'
import { votesNotPersisted } from './shared'
import { challengeIsBlockHash, challengeOnlyFromBlocks, plotNotBound } from './spacetime'
import { heightTriedOnce, localPool, rerollsWithReplacement, slotFromNotice } from './vision'

export const AS_WRITTEN: readonly AsWritten[] = [
  ownBlockOnly,
  lowestBlockHash,
  leaderOnly,
  revoteWithoutLock,
  tallyAllHashes,
  receivedVotesOnly,
  localPool,
  rerollsWithReplacement,
  heightTriedOnce,
  slotFromNotice,
  challengeIsBlockHash,
  challengeOnlyFromBlocks,
  plotNotBound,
  votesNotPersisted,
  approvesInvalid,
  vetoForEver
]
