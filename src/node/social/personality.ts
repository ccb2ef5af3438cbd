/** Which personality the chain's record of an agent claims. */
import { PERSONALITIES, defaultPersonality } from '../../core/taste/personalities'
import type { Personality } from '../../core/taste/personalities'
import type { AgentRecord } from '../../core/schema'

/** A custom one names only the hash of its traits; like one that nobody has chosen it is taken for what its key would have got. */
export function personalityOfRecord({ personality, publicKey }: Pick<AgentRecord, 'personality' | 'publicKey'>): Personality {
  return PERSONALITIES[personality - 1] ?? defaultPersonality(publicKey)
}
