/**
 * Records what a live node takes in, so that its history can be lived again: a node is a pure function of its inputs, so the same inputs give the same effects,
 * byte for byte. A recording holds no key; whoever plays it back needs the node's.
 *
 * One line of JSON per step. The first is the opening, the others are `{n, t, input, effects}`: number of the node, its clock (ms since 1970), the input (messages
 * as their canonical bytes in hex), and one hash per effect.
 */
import { fromHex, toHex, utf8 } from '../core/bytes'
import { sha256 } from '../core/crypto/hash'
import type { Signer } from '../core/crypto/ed25519'
import type { SyncVerifier } from '../core/crypto/verifier'
import { decodeGenesis } from '../core/genesis'
import { networkIdOf } from '../core/signing'
import { encodeMessage, MESSAGES } from '../core/wire'
import type { Message, MessageName } from '../core/wire'
import { Ingress, isRefusal, Reading } from '../node/ingress'
import type { Effect, Input } from '../node/messages'
import { NodeCore } from '../node/nodeCore'
import type { NodeOptions } from '../node/nodeCore'
import type { Stored } from '../node/ports'
import type { Opening } from '../node/runtime'

const VERSION = 1
/** Of an effect's SHA-256, bytes: a recording is no proof, only a comparison. */
const EFFECT_HASH_BYTES = 8

// -------------------------------------------------------------------------------------------------------------- recording

/**
 * @param write takes one line, without its end
 * @param node number of the node, where several write to one file
 * @returns what `RuntimeOptions.onInput` wants
 */
export function createRecorder(write: (line: string) => void, node = 0): (input: Input | Opening, now: number, effects: readonly Effect[]) => void {
  return (input, now, effects) => {
    if (input.type === 'open')
      write(
        JSON.stringify({
          quorumble: 'recording',
          version: VERSION,
          n: node,
          t: now,
          name: input.name,
          genesis: toHex(input.genesis),
          stored: toPlain(input.stored)
        })
      )
    else write(JSON.stringify({ n: node, t: now, input: toPlain(withBytes(input)), effects: effects.map(hashOf) }))
  }
}

/** Messages by their bytes: the codec is the one spelling of a message. */
function withBytes(input: Input): unknown {
  if (input.type === 'gossip' || input.type === 'request') return { ...input, message: { kind: input.message.kind, bytes: bytesOf(input.message) } }
  if (input.type === 'reply' && input.result.ok)
    return { ...input, result: { ok: true, value: { kind: input.result.value.kind, bytes: bytesOf(input.result.value) } } }
  return input
}

function bytesOf(message: Message): Uint8Array {
  return encodeMessage(message.kind, message.value as never)
}

function hashOf(effect: Effect): string {
  return toHex(sha256(utf8(JSON.stringify(toPlain(effect)))).subarray(0, EFFECT_HASH_BYTES))
}

/** What JSON cannot say is said by an object with one key that no message has. */
function toPlain(value: unknown): unknown {
  if (value instanceof Uint8Array) return { $bytes: toHex(value) }
  if (typeof value === 'bigint') return { $integer: value.toString() }
  if (value === Infinity) return { $infinity: 1 }
  if (Array.isArray(value)) return value.map(toPlain)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, toPlain(field)]))
}

function fromPlain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromPlain)
  if (typeof value !== 'object' || value === null) return value
  const fields = value as Record<string, unknown>
  if (typeof fields.$bytes === 'string') return fromHex(fields.$bytes)
  if (typeof fields.$integer === 'string') return BigInt(fields.$integer)
  if (fields.$infinity === 1) return Infinity
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, fromPlain(field)]))
}

// ---------------------------------------------------------------------------------------------------------------- playing

export interface PlaybackOptions extends Omit<NodeOptions, 'genesis' | 'name'> {
  /** Of the recorded node. */
  signer: Signer
  /** Messages in a file pass through ingress's last door like any other. */
  verifier: SyncVerifier
  /** Which node of the file; 0 unless told. */
  node?: number
}

export interface Playback {
  /** The node as it stands at the end. */
  core: NodeCore
  steps: number
  /** The first step that came out otherwise, counted from 1, with the number of the effect from 0; null: all came out the same. */
  difference: { step: number; effect: number } | null
}

/** Feeds a fresh node what a recording holds, and compares every effect. @throws Error with a sentence for people when the lines are no recording of this node */
export function playBack(lines: Iterable<string>, { node = 0, verifier, ...options }: PlaybackOptions): Playback {
  let playback: Playback | null = null
  for (const line of lines) {
    if (line === '') continue
    const step = JSON.parse(line) as Record<string, unknown>
    if ((step.n ?? 0) !== node) continue
    if (step.quorumble !== undefined) playback = { core: open(step, options), steps: 0, difference: null }
    else if (playback === null) throw new Error('The recording does not begin with an opening.')
    else play(playback, step, verifier)
  }
  if (playback === null) throw new Error(`The recording holds nothing of node ${node}.`)
  return playback
}

function open(step: Record<string, unknown>, options: Omit<NodeOptions, 'genesis' | 'name'>): NodeCore {
  if (step.quorumble !== 'recording' || step.version !== VERSION) throw new Error(`This is no recording of version ${VERSION}.`)
  const genesis = decodeGenesis(fromHex(String(step.genesis)) ?? new Uint8Array(0))
  if (!genesis.ok) throw new Error(`The recording's genesis cannot be used: ${genesis.detail}`)
  const opened = NodeCore.open({ ...options, genesis: genesis.value, name: String(step.name) }, fromPlain(step.stored) as Stored | null, Number(step.t))
  if (!opened.ok) throw new Error(`The recording's store cannot be opened: ${opened.detail}`)
  return opened.value
}

function play(playback: Playback, step: Record<string, unknown>, verifier: SyncVerifier): void {
  const { core } = playback
  playback.steps++
  const effects = core.handle(inputOf(core, fromPlain(step.input) as Input, verifier), Number(step.t)).map(hashOf)
  const expected = step.effects as string[]
  if (playback.difference !== null) return
  for (let i = 0; i < Math.max(effects.length, expected.length); i++) {
    if (effects[i] === expected[i]) continue
    playback.difference = { step: playback.steps, effect: i }
    return
  }
}

function inputOf(core: NodeCore, input: Input, verifier: SyncVerifier): Input {
  if (input.type === 'gossip' || input.type === 'request') return { ...input, message: admit(core, input.message, verifier) } as Input
  if (input.type === 'reply' && input.result.ok) return { ...input, result: { ok: true, value: admit(core, input.result.value, verifier) } } as Input
  return input
}

/** @param recorded `{kind, bytes}` in the place of a message */
function admit(core: NodeCore, recorded: unknown, verifier: SyncVerifier): Message {
  const { kind, bytes } = recorded as { kind: MessageName; bytes: Uint8Array }
  if (!(kind in MESSAGES)) throw new Error(`The recording holds a message of an unknown kind "${kind}".`)
  const door = new Ingress({ networkId: networkIdOf(core.genesis), finalHeight: () => 0, isMember: () => true, isAgent: () => true })
  const { opened } = new Reading(core.networkId, bytes, [kind])
  const admitted = isRefusal(opened)
    ? opened
    : door.admit(
        opened,
        opened.checks.map(check => verifier.verify(check))
      )
  if (isRefusal(admitted)) throw new Error(`The recording holds a message that ingress refuses: ${admitted.code}`)
  return admitted
}
