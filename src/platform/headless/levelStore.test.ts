import { spawn } from 'node:child_process'
import { cp, mkdtemp, rename, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { storeContract } from '../contract/storeContract'
import { openLevelStore } from './levelStore'

let root = ''
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorumble-level-'))
})
afterAll(() => rm(root, { recursive: true, force: true }))

storeContract('LevelDB', {
  open: (name, openMark) => openLevelStore(join(root, name), openMark),
  backup: async name => {
    await cp(join(root, name), join(root, `${name}.copy`), { recursive: true })
    return async () => {
      await rm(join(root, name), { recursive: true })
      await rename(join(root, `${name}.copy`), join(root, name))
    }
  },
  handles: 'exclusive',
  kind: 'disk'
})

/** Commits height after height, and says so only after the promise. */
const WRITER = `
  import { openLevelStore } from '${new URL('levelStore.ts', import.meta.url).href}'
  const store = await openLevelStore(process.argv[1], null)
  await store.init(Uint8Array.of(1))
  for (let height = 1; ; height++) {
    const hash = height.toString(16).padStart(4, '0')
    const vote = { kind: 'finalise', height, hash, parent: '00' }
    if (!(await store.castVote(vote, [{ hash, height, bytes: new Uint8Array(2000).fill(height), subjects: ['aa'] }])).ok) throw new Error('vote refused')
    await store.commit({ blocks: [], certificates: [{ kind: 'finalise', height, hash, bytes: Uint8Array.of(1) }], final: { height, hash }, snapshot: null, stateHeaders: [], pruneBelow: 0, removeBlocks: [] })
    console.log(height)
  }
`

describe('LevelStore', () => {
  it('survives kill -9 in the middle of writing: all that was promised is there, nothing is half there', async () => {
    const directory = join(root, 'killed')
    const writer = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', WRITER, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
    let promised = 0
    for await (const line of createInterface({ input: writer.stdout })) {
      promised = Number(line)
      if (promised === 50) writer.kill('SIGKILL')
    }
    expect(promised).toBeGreaterThanOrEqual(50)
    const store = await openLevelStore(directory, null)
    const stored = await store.load()
    const final = stored?.final.height ?? 0
    expect(final).toBeGreaterThanOrEqual(promised)
    expect(stored?.certificates.map(certificate => certificate.height)).toEqual(Array.from({ length: final }, (_, i) => i + 1))
    // A vote with its block may have been cast for the next height; nothing else may be there.
    const votes = stored?.votes ?? []
    expect(votes.every(vote => vote.height === final + 1)).toBe(true)
    expect(stored?.blocks).toHaveLength(final + votes.length)
    await store.close()
  })

  it('keeps the secret key from other users of the machine', async () => {
    const directory = join(root, 'private')
    const store = await openLevelStore(directory, null)
    await store.close()
    expect((await stat(directory)).mode & 0o077).toBe(0)
  })

  it('says what to do when the directory cannot be used', async () => {
    const file = join(root, 'a-file')
    await writeFile(file, '')
    await expect(openLevelStore(file, null)).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('--data') })
  })

  it("answers 'damaged' when its files are not what LevelDB wrote", async () => {
    const directory = join(root, 'damaged')
    const store = await openLevelStore(directory, null)
    await store.close()
    await writeFile(join(directory, 'CURRENT'), 'rubbish')
    await expect(openLevelStore(directory, null)).rejects.toMatchObject({ code: 'damaged' })
  })
})
