/** By what the mark of a key is found again: the network and the agent, never the place of its database. */
import { toHex } from '../core/bytes'
import { publicKeyOf } from '../core/crypto/ed25519'
import { decodeGenesis } from '../core/genesis'
import { agentIdOf, networkIdOf } from '../core/signing'
import { StoreError } from './ports'
import type { Identity } from './ports'

/** Hex digits of the network id: 64 bits tell the networks of one browser or machine apart. */
const NETWORK_ID_DIGITS = 16

/** @throws StoreError 'damaged' when the stored genesis is none */
export function markName(genesis: Uint8Array, identity: Identity): string {
  const decoded = decodeGenesis(genesis)
  if (!decoded.ok) throw new StoreError('damaged', 'The stored genesis cannot be read. Erase this agent’s data and start anew.')
  return `mark-${toHex(networkIdOf(decoded.value)).slice(0, NETWORK_ID_DIGITS)}-${agentIdText(identity)}`
}

export const agentIdText = (identity: Identity): string => toHex(agentIdOf(publicKeyOf(identity.secretKey)))
