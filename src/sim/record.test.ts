import { describe, expect, it } from 'vitest'
import { toHex } from '../core/bytes'
import { encode } from '../core/codec'
import { createSigner } from '../core/crypto/ed25519'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createAsyncVerifier, createSyncVerifier } from '../core/crypto/verifier'
import { createGenesis } from '../core/genesis'
import { Genesis } from '../core/schema'
import { defaultPersonality } from '../core/taste/personalities'
import type { Clock } from '../node/clock'
import { NodeRuntime } from '../node/runtime'
import { Hub, TestClock } from '../node/testing/live'
import { createNodeFast, nodeFastSign } from '../platform/crypto/nodeFast'
import { MemoryMedium, MemoryStore } from '../platform/memoryStore'
import { createRecorder, playBack } from './record'
import { SIM_EPOCH_MS } from './simGenesis'

const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve))
const fast = createNodeFast()
const cache = new VerificationCache()
const verifier = createAsyncVerifier({ cache, fast: { verify: async check => fast.verify(check) } })
const syncVerifier = createSyncVerifier({ cache, fast })

interface Live {
  secret: Uint8Array
  lines: string[]
  medium: MemoryMedium
  runtime: NodeRuntime
}

async function openLive(clock: Clock, hub: Hub, genesis: Uint8Array, index: number, medium = new MemoryMedium()): Promise<Live> {
  const secret = new Uint8Array(32).fill(index + 1)
  const lines: string[] = []
  const runtime = await NodeRuntime.open({
    store: new MemoryStore(medium),
    network: hub.member(`peer ${index}`),
    identity: { secretKey: secret, name: `Agent ${index}` },
    genesis,
    role: 'full',
    clock,
    verifier,
    fastSign: nodeFastSign,
    version: 'test',
    onInput: createRecorder(line => lines.push(line), index)
  })
  return { secret, lines, medium, runtime }
}

function played(secret: Uint8Array, lines: readonly string[], node: number) {
  const signer = createSigner(secret, nodeFastSign)
  return playBack(lines, { signer, personality: defaultPersonality(signer.publicKey), verifier: syncVerifier, node })
}

describe('recording a live node', () => {
  it('four live nodes, recorded into one file, live the same life again: each effect, and the final block', async () => {
    const clock = new TestClock(settle, SIM_EPOCH_MS)
    const hub = new Hub(clock)
    const founders = [0, 1, 2, 3].map(i => ({ publicKey: createSigner(new Uint8Array(32).fill(i + 1)).publicKey, name: `Agent ${i}` }))
    const genesis = encode(Genesis, createGenesis({ name: 'recorded', time: SIM_EPOCH_MS, salt: new Uint8Array(32), founders }))
    const lives: Live[] = []
    for (let i = 0; i < 4; i++) lives.push(await openLive(clock, hub, genesis, i))
    await clock.runFor(8_000)
    // Somebody looks at a node meanwhile, which must not change it.
    lives[0]!.runtime.slices()
    void lives[1]!.runtime.submit({ kind: 'transfer', to: toHex(founders[2]!.publicKey), amount: '5' })
    await clock.runFor(5_000)
    // One closes, and comes back with what its store holds: a second opening in the same file.
    await lives[3]!.runtime.stop()
    await clock.runFor(3_000)
    const again = await openLive(clock, hub, genesis, 3, lives[3]!.medium)
    await clock.runFor(6_000)

    const file = lives.flatMap(live => live.lines)
    for (const [i, { secret, runtime, lines }] of lives.entries()) {
      const playback = played(secret, file, i)
      expect(playback.difference).toBeNull()
      expect(playback.steps).toBe(lines.length - 1)
      const { chain } = runtime.slices()
      expect(playback.core.tree.final.height).toBeGreaterThanOrEqual(i === 3 ? 4 : 8)
      expect(chain.blocks.some(block => block.hash === playback.core.tree.final.hash)).toBe(true)
    }
    const returned = played(again.secret, again.lines, 3)
    expect(JSON.parse(again.lines[0]!).stored).not.toBeNull()
    expect(returned.difference).toBeNull()
    expect(returned.core.tree.final.height).toBeGreaterThanOrEqual(8)
    for (const { runtime } of [...lives.slice(0, 3), again]) await runtime.stop()

    // A changed input comes out otherwise, and where it did is told.
    const lines = [...lives[0]!.lines]
    const at = lines.findIndex(line => line.includes('"kind":"vote"'))
    lines.splice(at, 1)
    expect(played(lives[0]!.secret, lines, 0).difference?.step).toBeGreaterThanOrEqual(at)
    // Another key is another node.
    expect(played(lives[1]!.secret, lives[0]!.lines, 0).difference).not.toBeNull()
  })

  it('refuses what is no recording', () => {
    const options = { signer: createSigner(new Uint8Array(32).fill(1)), verifier: syncVerifier }
    expect(() => playBack([], options)).toThrow('nothing of node 0')
    expect(() => playBack(['{"n":0,"t":1,"input":{"type":"tick"},"effects":[]}'], options)).toThrow('does not begin with an opening')
    expect(() => playBack(['{"quorumble":"recording","version":9}'], options)).toThrow('version 1')
  })
})
