import { SEAL_RANDOM_BYTES } from '../core/crypto/seal'
import { beforeAll, describe, expect, it } from 'vitest'
import { encode } from '../core/codec'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createAsyncVerifier, createSyncVerifier } from '../core/crypto/verifier'
import { decodeGenesis } from '../core/genesis'
import { Genesis } from '../core/schema'
import { signerAt, TEST_TIME } from '../core/testing/network'
import { createNodeFast } from '../platform/crypto/nodeFast'
import { MemoryMedium, MemoryStore } from '../platform/memoryStore'
import { exportNode, keepNode, readNodeFile } from './nodeFile'
import type { KeyChoice, NodeContents } from './nodeFile'
import { NodeCore } from './nodeCore'
import { EMPTY_BATCH } from './ports'
import type { NodeStore } from './ports'
import { SNAPSHOT_EVERY } from './snapshots'
import { NodeTable } from './testing/table'

const fast = createNodeFast()
const verifier = createAsyncVerifier({ cache: new VerificationCache(), fast: { verify: async check => fast.verify(check) } })
const identity = { secretKey: new Uint8Array(32).fill(9), name: 'Fern' }
const newcomer = { secretKey: new Uint8Array(32).fill(3), name: 'Newcomer' }
const random = new Uint8Array(SEAL_RANDOM_BYTES).fill(5)
const read = (bytes: Uint8Array, passphrase: string | null = null) => readNodeFile(bytes, passphrase, verifier, TEST_TIME)

/** A store as a node leaves it: a snapshot, some final blocks above it, and promises. */
async function grown(heights: number): Promise<NodeStore> {
  const verify = createSyncVerifier({ cache: new VerificationCache(), fast })
  const table = new NodeTable({ verify: check => verify.verify(check), founders: 3, parameters: { minCommittee: 1, heartbeatTtl: 100_000 } })
  table.run(2000 * heights + 1500)
  const disk = table.disks[0]!
  const store = new MemoryStore()
  await store.identity(() => identity)
  await store.init(encode(Genesis, table.network.genesis))
  const { snapshot } = disk
  await store.commit({
    ...EMPTY_BATCH,
    blocks: [...disk.blocks.values()],
    certificates: disk.certificates,
    final: disk.final,
    snapshot: snapshot && { snapshot: { ...snapshot }, chunks: [...snapshot.chunks].map(([root, bytes]) => ({ root, bytes })) }
  })
  await store.castVote({ kind: 'notarise', height: disk.final.height + 3, hash: 'aa', parent: 'bb' }, [])
  return store
}

let store: NodeStore
beforeAll(async () => {
  store = await grown(SNAPSHOT_EVERY + 4)
})

async function exported(choice: KeyChoice = { kind: 'none' }): Promise<Uint8Array> {
  const file = await exportNode(store, choice)
  if (!file.ok) throw new Error(file.detail)
  return file.value
}

async function contents(bytes: Uint8Array, passphrase: string | null = null): Promise<NodeContents> {
  const file = await read(bytes, passphrase)
  if (!file.ok) throw new Error(`${file.code}: ${file.detail}`)
  return file.value
}

describe('a whole node as a file', () => {
  it('comes back in an empty store: same chain and state, the snapshot included, without the key when none was wished', async () => {
    const target = new MemoryStore()
    expect(await keepNode(target, await contents(await exported()), () => newcomer)).toEqual(newcomer)
    const [before, after] = [await store.load(), await target.load()]
    expect(after?.snapshot).toEqual(before?.snapshot)
    expect(after?.snapshot?.height).toBeGreaterThanOrEqual(SNAPSHOT_EVERY)
    expect(after?.final).toEqual(before?.final)
    expect(after?.certificates.at(-1)).toEqual(before?.certificates.at(-1))
  })

  it('with the key, a node goes on as that agent and keeps silent up to its highest promise (R6)', async () => {
    const medium = new MemoryMedium()
    const target = new MemoryStore(medium)
    expect(await keepNode(target, await contents(await exported({ kind: 'plain' })), () => newcomer)).toEqual(identity)
    const promised = await store.promised()
    expect(await target.promised()).toEqual(promised)
    expect((await store.load())!.final.height).toBeLessThan(promised.height)
    const again = new MemoryStore(medium)
    expect(await again.castVote({ kind: 'notarise', height: promised.height, hash: 'cc', parent: 'bb' }, [])).toMatchObject({ code: 'below-watermark' })
    expect(await again.castVote({ kind: 'notarise', height: promised.height + 1, hash: 'cc', parent: 'bb' }, [])).toEqual({ ok: true })
  })

  it('under a passphrase the key is not in the file in the open, and comes back with the passphrase alone (T085)', async () => {
    const file = await exported({ kind: 'sealed', passphrase: 'correct horse', random })
    expect(Buffer.from(file).includes('secretKey')).toBe(false)
    expect(Buffer.from(await exported({ kind: 'plain' })).includes('secretKey')).toBe(true)
    expect(await read(file)).toMatchObject({ ok: false, code: 'needs-passphrase' })
    expect(await read(file, 'correct mule')).toMatchObject({ ok: false, code: 'wrong-passphrase' })
    expect((await contents(file, 'correct horse')).key?.identity).toEqual(identity)
  })

  it('changed anywhere it is refused with a code, and nothing is taken from it', async () => {
    const file = await exported()
    expect(await read(new Uint8Array(0))).toMatchObject({ code: 'not-a-node-file' })
    expect(await read(file.slice(0, -10))).toMatchObject({ ok: false })
    const codes = new Set<string>()
    // Every record is met several times: the file is some hundred kilobytes.
    const steps = 300
    for (let i = 0; i < steps; i++) {
      const at = Math.floor(((i + 0.5) * file.length) / steps)
      const changed = file.slice()
      changed[at]! ^= 0x10
      const result = await read(changed)
      if (result.ok) {
        // Only what is taken nowhere may pass: the time of the snapshot, and certificates that nothing here can check.
        expect(result.value.final).toEqual((await store.load())!.final)
        expect(result.value.networkId).toBe((await contents(file)).networkId)
      } else codes.add(result.code)
    }
    expect([...codes]).toEqual(expect.arrayContaining(['bad-chain', 'bad-certificate']))
  })

  it('a chain without its last certificate, or with a forged one, is refused', async () => {
    const { batch } = await contents(await exported())
    const forge = async (change: (certificates: typeof batch.certificates) => typeof batch.certificates) => {
      const forged = new MemoryStore()
      await forged.init((await store.load())!.genesis)
      await forged.commit({ ...batch, certificates: change(batch.certificates) })
      const file = await exportNode(forged, { kind: 'none' })
      return file.ok ? read(file.value) : file
    }
    expect(await forge(all => all)).toMatchObject({ ok: true })
    expect(await forge(all => all.filter(({ kind, height }) => kind !== 'finalise' || height !== batch.final!.height))).toMatchObject({
      code: 'bad-certificate'
    })
    const broken = (all: typeof batch.certificates) =>
      all.map(each => ({ ...each, bytes: each.bytes.map((byte, i) => (i === each.bytes.length - 1 ? byte ^ 1 : byte)) }))
    expect(await forge(broken)).toMatchObject({ code: 'bad-certificate' })
  })

  it('never moves a store back, and takes nothing of another network', async () => {
    const file = await contents(await exported())
    const target = new MemoryStore()
    await target.init(file.genesis)
    await target.commit({ ...EMPTY_BATCH, final: { height: 500, hash: 'ffff' } })
    await keepNode(target, file, () => newcomer)
    expect((await target.load())?.final).toEqual({ height: 500, hash: 'ffff' })
    const other = new MemoryStore()
    await other.init(Uint8Array.of(1))
    await expect(keepNode(other, file, () => newcomer)).rejects.toMatchObject({ code: 'damaged' })
    expect(await other.load()).toMatchObject({ blocks: [], final: { height: 0 } })
  })

  it('of a store that knows no network there is none', async () => {
    expect(await exportNode(new MemoryStore(), { kind: 'none' })).toMatchObject({ code: 'empty' })
  })
})

describe('the imported node', () => {
  it('opens, and stands where the exported one stood (S8)', async () => {
    const target = new MemoryStore()
    await keepNode(target, await contents(await exported()), () => newcomer)
    const genesis = decodeGenesis((await store.load())!.genesis)
    if (!genesis.ok) throw new Error(genesis.detail)
    const open = async (from: NodeStore) => {
      const opened = NodeCore.open({ genesis: genesis.value, signer: signerAt(7), name: null }, await from.load(), TEST_TIME)
      if (!opened.ok) throw new Error(opened.detail)
      return opened.value.tree.final
    }
    const [before, after] = [await open(store), await open(target)]
    expect(after.hash).toBe(before.hash)
    expect(after.state!.root).toEqual(before.state!.root)
  })
})
