/** Made-up moments for the tests of an agent's social life. */
import { personalityOf } from '../../../core/taste/personalities'
import type { PersonalityType } from '../../../core/taste/personalities'
import type { Chance, Person, SeenAlliance, SeenMeme, SocialMoment } from '../view'

const hex = (digit: string): string => digit.repeat(64)

export function person(digit: string, type: PersonalityType, change: Partial<Person> = {}): Person {
  const neutral = { influence: 400, trustsMe: 0, trusted: 0, validator: true, approvals: 0, rejections: 0 }
  return { publicKey: hex(digit), name: digit, personality: personalityOf(type), ...neutral, ...change }
}

export function seenMeme(digit: string, creator: string, change: Partial<SeenMeme> = {}): SeenMeme {
  const plain = {
    mine: false,
    height: 1,
    quality: 500,
    relevance: 500,
    tags: ['fork'],
    reactions: { love: 0, like: 0, dislike: 0, neutral: 0 },
    answered: false
  }
  return { id: hex(digit), creator: hex(creator), ...plain, ...change }
}

export function alliance(digit: string, other: string, state: SeenAlliance['state'], proposer = other): SeenAlliance {
  return { id: hex(digit), others: [hex(other)], proposer: hex(proposer), state }
}

/** An agent of the strategic kind with key 0…, with one of each kind around it unless told. */
export function moment(height: number, change: Partial<SocialMoment> = {}): SocialMoment {
  return {
    height,
    blockIntervalMs: 2000,
    self: hex('0'),
    personality: personalityOf('strategic'),
    influence: 500,
    meanTrust: 0,
    hasTurn: true,
    memeWaits: false,
    people: [person('1', 'emotional'), person('2', 'lawful'), person('3', 'memetic')],
    alliances: [],
    memes: [],
    air: [],
    ...change
  }
}

/** A hash of the label, good enough for a test. */
export const chance: Chance = (label, below) => {
  let hash = 7
  for (let at = 0; at < label.length; at++) hash = (hash * 33 + label.charCodeAt(at)) % 1_000_003
  return hash % below
}
