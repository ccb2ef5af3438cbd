/** Two certificates that contradict each other, as a file: what somebody shows who has to be believed. Everything in it can be checked without its maker. */
import { toHex } from '../../core/bytes'
import { encode } from '../../core/codec'
import { StateHeader } from '../../core/light/schema'
import { Genesis } from '../../core/schema'
import type { Genesis as GenesisValue } from '../../core/schema'
import { blockHash, networkIdOf } from '../../core/signing'

const FORK_FORMAT = 'quorumble-fork-1'

/**
 * JSON. `known` and `other`: hash of the block and its state header, hex. `liars`: public keys under both certificates; where the two rest on different sets it may be short or empty.
 * @param evidence of a `LightCore`
 */
export function forkFile(genesis: GenesisValue, { known, other }: { known: StateHeader; other: StateHeader }): string {
  const networkId = networkIdOf(genesis)
  const side = (header: StateHeader) => ({ hash: toHex(blockHash(networkId, header.header)), header: toHex(encode(StateHeader, header)) })
  const signers = (header: StateHeader): string[] => header.certificate.signatures.map(({ voter }) => toHex(voter))
  const both = new Set(signers(other))
  const liars = signers(known).filter(voter => both.has(voter))
  const file = {
    format: FORK_FORMAT,
    network: toHex(networkId),
    genesis: toHex(encode(Genesis, genesis)),
    height: known.header.height,
    known: side(known),
    other: side(other),
    liars
  }
  return `${JSON.stringify(file, null, 1)}\n`
}
