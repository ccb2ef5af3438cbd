/** Which relays an invitation names: those that work, those that the server told, those that we came by. */
import type { NodeInfoView } from '../../bridge/views'
import { ROOM_RELAYS } from '../routes'

/** @returns distinct multiaddrs, working ones first, at most ROOM_RELAYS; failed ones are left out */
export function roomRelays(fromLink: readonly string[], fromServer: readonly string[], info: NodeInfoView | null): string[] {
  const failed = new Set(info?.relays.filter(r => r.state === 'failed').map(r => r.address))
  const connected = info?.relays.filter(r => r.state === 'connected').map(r => r.address) ?? []
  return [...new Set([...connected, ...fromServer, ...fromLink])].filter(address => !failed.has(address)).slice(0, ROOM_RELAYS)
}
