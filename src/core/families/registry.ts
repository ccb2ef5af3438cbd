/** From the number in the genesis to the family's rules. The only place that knows all families. */
import { FAMILY_MIDNIGHT } from '../genesis'
import type { Genesis } from '../schema'
import { assert } from '../result'
import type { Family } from './family'
import { midnight } from './midnight/rules'

/** @param genesis has passed `checkGenesis`, so its family is known */
export function familyOf(genesis: Genesis): Family {
  assert(genesis.family === FAMILY_MIDNIGHT, `unknown family ${genesis.family}`)
  return midnight(genesis)
}
