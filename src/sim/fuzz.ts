/**
 * `npm run fuzz -- --inputs 100000 --seed 1`: hands random and damaged bytes to every decoder that reads what others wrote. Each must answer with a value or with a
 * typed failure, never throw, accept one spelling only, and be quick. A finding prints the command that repeats it.
 */
import { parseArgs } from 'node:util'
import { equalBytes, toHex } from '../core/bytes'
import { decode, encode } from '../core/codec'
import type { Schema } from '../core/codec'
import { decodeGenesis } from '../core/genesis'
import { nameFromBytes } from '../core/names'
import { Block, Certificate, EvidencePayload, Genesis, State, Transaction } from '../core/schema'
import { fail } from '../core/result'
import { chunkOf, manifestOf, readChunk, readManifest } from '../core/state/chunks'
import { inspectTransaction } from '../core/state/transactions'
import { StateIndex, WorldState } from '../core/state/worldState'
import { certificateFor, compose, createNetwork, makeBlock } from '../core/testing/network'
import { sampleOf } from '../core/testing/sample'
import { decodeMessage, encodeMessage, MESSAGES } from '../core/wire'
import type { MessageName } from '../core/wire'
import { Random } from './random'

/** No input may take longer: a peer could hold up the page with it. */
const SLOW_MS = 10
/** A pause of the garbage collector is not the input's fault: only an input that is slow this often in a row counts. */
const SLOW_REPEATS = 3
/** Findings printed in full; more of them say nothing new. */
const MAX_PRINTED = 10
/** Valid samples kept for each decoder, to damage. */
const SAMPLES = 64

const NAMES = Object.keys(MESSAGES) as MessageName[]
/** The three doors of ingress, and the kinds that each lets in. */
const DOORS = [
  NAMES.filter(name => MESSAGES[name].id < 32),
  NAMES.filter(name => MESSAGES[name].id >= 32 && MESSAGES[name].id < 64),
  NAMES.filter(name => MESSAGES[name].id >= 64)
]
/** Values of the fuzzer's network: real signatures, real states. */
const network = createNetwork(4)

interface Target {
  name: string
  /** Valid bytes to start from. */
  sample(random: Random): Uint8Array
  /** Reads `bytes`, as the product does; this is timed. @returns the judge, who is not: null when all is well, else what is wrong. A throw is a finding, too */
  read(bytes: Uint8Array): () => string | null
}

/** A value must encode to the very bytes it came from; a failure must have a code. */
function judged(bytes: Uint8Array, result: { ok: true; again: Uint8Array } | { ok: false; code: string }): string | null {
  if (!result.ok) return result.code === '' ? 'a failure without a code' : null
  return equalBytes(result.again, bytes) ? null : 'two spellings of one value'
}

function ofSchema<T>(name: string, schema: Schema<T>, valid: () => Uint8Array): Target {
  return {
    name,
    sample: random => (random.chance(300) ? valid() : encode(schema, sampleOf(schema, below => random.below(below)) as T)),
    read(bytes) {
      const decoded = decode(schema, bytes)
      return () => judged(bytes, decoded.ok ? { ok: true, again: encode(schema, decoded.value) } : decoded)
    }
  }
}

function messageTarget(name: MessageName): Target {
  const schema = MESSAGES[name].schema as unknown as Schema<unknown>
  return {
    name: `message ${name}`,
    sample: random => encodeMessage(name, sampleOf(schema, below => random.below(below)) as never),
    read(bytes) {
      const answers = DOORS.map(door => decodeMessage(bytes, door))
      return () => {
        const wrong = answers.map(decoded => judged(bytes, decoded.ok ? { ok: true, again: encodeMessage(decoded.value.kind, decoded.value.value) } : decoded))
        return wrong.find(each => each !== null) ?? null
      }
    }
  }
}

const [alice, bob] = network.signers
const transfer = compose.transfer(network.networkId, alice!, 0, bob!.publicKey, 5n, 1n)
const block = makeBlock(network, network.tree.final, { transactions: [transfer] })
const signedBlock = { header: block.header, signature: block.signature, transactions: block.transactions ?? [] }
const second = makeBlock(network, network.tree.final, { timestamp: block.header.timestamp + network.genesis.config.blockIntervalMs })

const genesisTarget: Target = {
  name: 'genesis',
  sample: () => encode(Genesis, network.genesis),
  read(bytes) {
    const decoded = decodeGenesis(bytes)
    return () => judged(bytes, decoded.ok ? { ok: true, again: encode(Genesis, decoded.value) } : decoded)
  }
}

/** Payloads are decoded by the rules of their kind. */
const transactionTarget: Target = {
  name: 'transaction payload',
  sample(random) {
    const kind = random.below(7)
    const payload = kind === 5 ? encode(EvidencePayload, { first: block, second }) : random.chance(500) ? transfer.payload : random.bytes(random.below(64))
    return encode(Transaction, { ...transfer, kind, payload })
  },
  read(bytes) {
    const decoded = decode(Transaction, bytes)
    if (!decoded.ok) return () => judged(bytes, decoded)
    const inspected = inspectTransaction(network.networkId, decoded.value)
    return () => {
      if (!inspected.ok) return inspected.code === '' ? 'a failure without a code' : null
      return inspected.value.length === 0 ? 'a transaction that needs no signature' : null
    }
  }
}

const [finalState, manifest] = [network.tree.final.state!, manifestOf(network.tree.final.state!)]

/** What names the parts of a state: whatever opens is the manifest of that very state. */
const manifestTarget: Target = {
  name: 'manifest of a state',
  sample: () => manifest.bytes,
  read(bytes) {
    const read = readManifest(bytes, finalState.root)
    return () => judged(bytes, read.ok ? { ok: true, again: manifest.bytes } : read)
  }
}

const chunkTarget: Target = {
  name: 'chunk of a state',
  sample: random => chunkOf(finalState, random.pick(manifest.places)),
  read(bytes) {
    const read = manifest.places.map(place => readChunk(place, bytes))
    return () =>
      judged(bytes, read.some(({ ok }) => ok) ? { ok: true, again: chunkOf(finalState, manifest.places[read.findIndex(({ ok }) => ok)]!) } : fail('refused'))
  }
}

/** A snapshot of a store, opened as a tree. What opens must have a root, its agents and its sets. */
const snapshotTarget: Target = {
  name: 'state snapshot',
  sample: random => (random.chance(500) ? network.tree.final.state!.encode() : block.state!.encode()),
  read(bytes) {
    const plain = decode(State, bytes)
    if (!plain.ok) return () => judged(bytes, plain)
    const state = WorldState.decode(bytes, new StateIndex())
    return () => {
      if (!equalBytes(state.root, State.hashTreeRoot(plain.value))) return 'tree and value have different roots'
      return state.agents().length === plain.value.agents.records.length && state.sets.length > 0 ? null : 'tree and value hold different agents'
    }
  }
}

const nameTarget: Target = {
  name: 'name',
  sample: () => network.genesis.agents[0]!.name,
  read(bytes) {
    const name = nameFromBytes(bytes)
    return () => (name === '' ? 'an empty name' : null)
  }
}

const TARGETS: Target[] = [
  ...NAMES.map(messageTarget),
  genesisTarget,
  manifestTarget,
  chunkTarget,
  ofSchema('stored block', Block as unknown as Schema<Block>, () => encode(Block, signedBlock)),
  ofSchema('stored certificate', Certificate as unknown as Schema<Certificate>, () => encode(Certificate, certificateFor(network, network.signers, block))),
  transactionTarget,
  snapshotTarget,
  nameTarget
]

/** Flips, cuts, doubles and overwrites; lengths and offsets of SSZ get extreme values now and then. */
function damaged(bytes: Uint8Array, random: Random): Uint8Array {
  let copy: Uint8Array = bytes.slice()
  for (let times = random.between(1, 4); times > 0 && copy.length > 0; times--) {
    const at = random.below(copy.length)
    const way = random.below(6)
    if (way === 0) copy[at] = copy[at]! ^ (1 << random.below(8))
    else if (way === 1) copy[at] = random.pick([0, 1, 4, 127, 128, 255])
    else if (way === 2) copy = copy.slice(0, at)
    else if (way === 3) copy = Uint8Array.of(...copy, ...random.bytes(random.below(40)))
    else if (way === 4) copy.copyWithin(at, random.below(copy.length), random.below(copy.length))
    else if (at + 4 <= copy.length) new DataView(copy.buffer).setUint32(at, random.pick([0, 1, 0xffff_ffff, 0x8000_0000, copy.length, at]), true)
  }
  return copy
}

function inputOf(samples: readonly Uint8Array[], random: Random): Uint8Array {
  const way = random.below(10)
  if (way === 0) return random.bytes(random.below(300))
  const sample = random.pick(samples)
  // The kind byte stays, so that noise gets past the first door.
  if (way === 1) return Uint8Array.of(sample[0] ?? 0, ...random.bytes(random.below(300)))
  return way === 2 ? sample : damaged(sample, random)
}

/** Wall time or processor time, whichever is less: on a busy machine a process waits, and the collector works on other threads. */
function timed(target: Target, bytes: Uint8Array): { wrong: string | null; ms: number } {
  const before = process.cpuUsage()
  const begun = performance.now()
  let ms = 0
  try {
    const judgeIt = target.read(bytes)
    const { user, system } = process.cpuUsage(before)
    ms = Math.min(performance.now() - begun, (user + system) / 1000)
    return { wrong: judgeIt(), ms }
  } catch (error) {
    return { wrong: `threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`, ms }
  }
}

/** @returns the fastest of up to SLOW_REPEATS readings, so that only the input itself is blamed */
function judge(target: Target, bytes: Uint8Array): { wrong: string | null; ms: number } {
  let best = timed(target, bytes)
  for (let i = 1; i < SLOW_REPEATS && best.wrong === null && best.ms > SLOW_MS; i++) {
    const again = timed(target, bytes)
    if (again.wrong !== null || again.ms < best.ms) best = again
  }
  return best.wrong === null && best.ms > SLOW_MS ? { ...best, wrong: `took ${best.ms.toFixed(1)} ms, ${SLOW_REPEATS} times` } : best
}

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false }
  }
})

function stop(sentence: string): never {
  console.error(sentence)
  process.exit(2)
}

function integer(name: 'inputs' | 'seed', least: number): number {
  const value = Number(values[name])
  return Number.isSafeInteger(value) && value >= least ? value : stop(`--${name} must be a whole number of at least ${least}, got "${values[name]}".`)
}

if (values.help) {
  console.log(`npm run fuzz -- [--inputs 100000] [--seed 1] [--only NAME]\ndecoders: ${TARGETS.map(({ name }) => name).join(', ')}`)
  process.exit(0)
}
const inputs = integer('inputs', 1)
const seed = integer('seed', 0)
const targets = TARGETS.filter(({ name }) => values.only === undefined || name === values.only)
if (targets.length === 0) stop(`There is no decoder "${values.only ?? ''}"; --help lists them.`)

let findings = 0
let worst = { ms: 0, target: '', bytes: 0 }
const started = performance.now()
const share = Math.ceil(inputs / targets.length)
let ran = 0
for (const target of targets) {
  // Each decoder has a history of its own, so that --only repeats it.
  const random = new Random(seed * 1000 + TARGETS.indexOf(target))
  const samples = Array.from({ length: SAMPLES }, () => target.sample(random))
  for (let i = 0; i < share; i++) {
    const bytes = inputOf(samples, random)
    const { wrong, ms } = judge(target, bytes)
    ran++
    if (ms > worst.ms) worst = { ms, target: target.name, bytes: bytes.length }
    if (wrong === null) continue
    findings++
    if (findings > MAX_PRINTED) continue
    console.log(
      `${target.name}, input ${i}: ${wrong}\n  bytes: ${toHex(bytes.subarray(0, 400))}\n  replay: npm run fuzz -- --inputs ${share} --seed ${seed} --only '${target.name}'`
    )
  }
}
const seconds = (performance.now() - started) / 1000
console.log(
  `${ran} inputs, ${targets.length} decoders, seed ${seed}: ${findings} findings, ${Math.round(ran / seconds)} inputs/s, slowest ${worst.ms.toFixed(2)} ms (${worst.target}, ${worst.bytes} bytes)`
)
process.exitCode = findings > 0 ? 1 : 0
