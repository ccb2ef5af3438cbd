/** The network that a scenario simulates. */
import { nameAt } from '../agent/names'
import type { Signer } from '../core/crypto/ed25519'
import { familyModule } from '../core/families/registry'
import { createGenesis } from '../core/genesis'
import { assert } from '../core/result'
import type { ChainConfig, Genesis } from '../core/schema'
import type { Random } from './random'
import type { Scenario } from './scenario'

/** Genesis time: 2026-01-01, so that screens show sane dates. Virtual time starts here, ms since 1970. */
export const SIM_EPOCH_MS = 1_767_225_600_000

/** The family of a scenario with its defaults, at the scenario's pace. */
function configOf({ family, mode, blockIntervalMs, slotMs }: Pick<Scenario, 'family' | 'mode' | 'blockIntervalMs' | 'slotMs'>): ChainConfig {
  const module = familyModule(family)
  assert(module !== null, `there is a family ${family}`)
  return { ...module.defaultConfig(mode), blockIntervalMs, slotMs }
}

/** @param signers of the founders, in the order of the nodes */
export function genesisOf(scenario: Scenario, signers: readonly Signer[], random: Random): Genesis {
  return createGenesis({
    name: 'simulation',
    time: SIM_EPOCH_MS,
    salt: random.bytes(32),
    founders: signers.map((signer, i) => ({ publicKey: signer.publicKey, name: nameAt(i) })),
    config: configOf(scenario),
    epochLength: scenario.epochLength,
    lookahead: scenario.lookahead,
    heartbeatTtl: scenario.heartbeatTtl,
    minCommittee: scenario.minCommittee,
    membership: scenario.membership,
    // The first node may change the family and anchor the network anew.
    authority: signers[0]!.publicKey,
    ...scenario.genesis?.(signers)
  })
}
