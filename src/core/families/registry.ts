/** From the numbers in a configuration to a family's rules. The only place that knows all families. */
import { toHex } from '../bytes'
import { encode } from '../codec'
import { assert, fail } from '../result'
import type { Failure } from '../result'
import { ChainConfig } from '../schema'
import type { Genesis } from '../schema'
import type { WorldState } from '../state/worldState'
import type { Family, FamilyModule } from './family'
import { chaos } from './chaos/rules'
import { midnight } from './midnight/rules'
import { spacetime } from './spacetime/rules'
import { vision } from './vision/rules'

/** In the order in which screens show them. */
export const FAMILIES: readonly FamilyModule[] = [chaos, midnight, spacetime, vision]

export function familyModule(name: string): FamilyModule | null {
  return FAMILIES.find(module => module.name === name) ?? null
}

/** @param config from a genesis or a transaction. @returns `bad-config` with the reason, or null */
export function checkConfig(config: ChainConfig): Failure | null {
  if (config.blockIntervalMs < 100 || config.blockIntervalMs > 86_400_000) return fail('bad-config', 'block interval outside 100 ms … one day')
  if (config.slotMs < 20 || config.slotMs > 600_000) return fail('bad-config', 'slot outside 20 ms … ten minutes')
  const module = FAMILIES.find(({ id }) => id === config.family)
  if (module === undefined) return fail('bad-config', `family ${config.family} is not known here`)
  if (module.modes[config.mode] === undefined) return fail('bad-config', `${module.name} has no mode ${config.mode}`)
  return module.check(config)
}

/** Which family rules the block after a state. One instance per configuration, so that what it has computed about a state is computed once. */
export type FamilyOf = (parent: WorldState) => Family

/**
 * @param genesis has passed `checkGenesis`; every configuration in a state has passed `checkConfig`
 * @param modules others in the place of some: a family whose proofs come from elsewhere
 */
export function familiesOf(genesis: Genesis, modules: readonly FamilyModule[] = FAMILIES): FamilyOf {
  const byState = new WeakMap<WorldState, Family>()
  const byConfig = new Map<string, Family>()
  return parent => {
    const known = byState.get(parent)
    if (known !== undefined) return known
    const { config } = parent
    const key = toHex(encode(ChainConfig, config))
    let family = byConfig.get(key)
    if (family === undefined) {
      const module = modules.find(({ id }) => id === config.family)
      assert(module !== undefined, `unknown family ${config.family}`)
      byConfig.set(key, (family = module.create(config, genesis)))
    }
    byState.set(parent, family)
    return family
  }
}
