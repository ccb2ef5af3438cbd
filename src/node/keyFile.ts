/**
 * An agent's key as text: whoever holds it is the agent. It carries what the key is known to have promised in its network (R6), so that whoever imports it
 * elsewhere does not vote there again.
 */
import { fromHex, toHex } from '../core/bytes'
import { checkName } from '../core/names'
import { fail, ok } from '../core/result'
import type { Result } from '../core/result'
import { agentIdText } from './markName'
import type { Identity, PromiseMark } from './ports'

/** What a key file says about itself. The first format did not tell what was promised. */
const FORMATS = ['quorumble-key-1', 'quorumble-key-2'] as const
/** Longest key file that is read, characters. */
const MAX_KEY_TEXT = 2000
/**
 * Heights above this node's head that a key of unknown past keeps silent at. Rounds do not run ahead of finality by more than this while there is a quorum, and where
 * there is none nothing can become final twice.
 */
const UNKNOWN_PAST_HEIGHTS = 16

export interface KeyFile {
  identity: Identity
  /** Null: a file of the first format. */
  promised: (PromiseMark & { networkId: string }) | null
}

export function writeKeyFile(identity: Identity, networkId: string, { height, promises }: PromiseMark): string {
  const { secretKey, name } = identity
  const promised = { networkId, height, promises }
  return JSON.stringify({ format: FORMATS[1], name, agentId: agentIdText(identity), secretKey: toHex(secretKey), promised }, null, 2)
}

/** @returns `bad-key` with cause and action */
export function readKeyFile(text: string): Result<KeyFile> {
  const refuse = (message: string) => fail('bad-key', message)
  if (text.length > MAX_KEY_TEXT) return refuse('This is too long to be a key file. Choose the file that was exported here.')
  let raw: Record<string, unknown> | null
  try {
    raw = JSON.parse(text) as typeof raw
  } catch {
    return refuse('This is no key file: it is not JSON. Paste the whole text, braces included.')
  }
  if (typeof raw !== 'object' || raw === null || !FORMATS.some(format => format === raw.format))
    return refuse(`This is no key file: its format should be “${FORMATS[1]}”.`)
  const secretKey = typeof raw.secretKey === 'string' ? fromHex(raw.secretKey) : null
  if (secretKey?.length !== 32) return refuse('The secret key in this file should be 64 hex digits.')
  const name = typeof raw.name === 'string' ? checkName(raw.name) : null
  if (!name?.ok) return refuse('The name in this file cannot be used: 1 to 32 visible bytes.')
  const identity = { secretKey, name: name.value }
  if (raw.agentId !== agentIdText(identity)) return refuse('The agent id in this file does not belong to its key; the file was changed.')
  if (raw.format === FORMATS[0]) return ok({ identity, promised: null })
  const promised = readPromised(raw.promised)
  return promised === null ? refuse('What this key has promised cannot be read; the file was changed. Export the key once more.') : ok({ identity, promised })
}

function readPromised(value: unknown): KeyFile['promised'] {
  const { networkId, height, promises } = Object(value) as Record<string, unknown>
  const isCount = (count: unknown): count is number => Number.isSafeInteger(count) && (count as number) >= 0
  if (typeof networkId !== 'string' || fromHex(networkId)?.length !== 32 || !isCount(height) || !isCount(promises)) return null
  return { networkId, height, promises }
}

/**
 * Up to where an imported key keeps silent here. At least up to this node's head: the key may have gone on elsewhere after the file was written.
 * @param headHeight of this node
 */
export function silenceOf({ promised }: KeyFile, networkId: string, headHeight: number): PromiseMark {
  if (promised === null) return { height: headHeight + UNKNOWN_PAST_HEIGHTS, promises: 0 }
  return promised.networkId === networkId
    ? { height: Math.max(promised.height, headHeight), promises: promised.promises }
    : { height: headHeight + UNKNOWN_PAST_HEIGHTS, promises: 0 }
}
