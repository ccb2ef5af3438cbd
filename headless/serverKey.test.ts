import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openLevelStore } from '../src/platform/headless/levelStore'
import { readOptions, StartError } from './options'
import { freshServerIdentity, openServerKey } from './serverKey'

let root = ''
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'quorumble-key-'))
  vi.spyOn(console, 'log').mockImplementation(() => undefined)
})
afterEach(async () => {
  vi.restoreAllMocks()
  await rm(root, { recursive: true, force: true })
})

/** A start of the server as far as its key: the key that it would run with. */
async function start(passphrase: string | null, openKey = false): Promise<string> {
  const store = await openLevelStore(join(root, 'node'), null)
  try {
    await openServerKey(store, { dataDirectory: root, passphrase, openKey })
    return Buffer.from((await store.identity(freshServerIdentity)).secretKey).toString('hex')
  } finally {
    await store.close()
  }
}

describe('T085: the key of a server', () => {
  it('goes under the passphrase at the first start that has one, stays the same key, and is in the open again when asked for', async () => {
    const key = await start(null)
    expect(await start('correct horse')).toBe(key)
    await expect(start(null)).rejects.toThrow(/Lighthouse is under a passphrase.*QUORUMBLE_PASSPHRASE/)
    await expect(start('wrong horse')).rejects.toBeInstanceOf(StartError)
    expect(await start('correct horse')).toBe(key)
    expect(await start('correct horse', true)).toBe(key)
    expect(await start(null)).toBe(key)
  })

  it('of a server that begins with a passphrase is in no file of its folder', async () => {
    const key = await start('correct horse')
    for (const name of await readdir(join(root, 'node'))) {
      const bytes = await readFile(join(root, 'node', name))
      expect(bytes.includes(key) || bytes.includes(Buffer.from(key, 'hex')), name).toBe(false)
    }
  })

  it('has its passphrase from the environment or a file, never both, and a bad one is said at once', async () => {
    const file = join(root, 'secret')
    await writeFile(file, 'correct horse\nnot this\n')
    expect(readOptions([], { QUORUMBLE_PASSPHRASE_FILE: file })).toMatchObject({ passphrase: 'correct horse', openKey: false })
    expect(readOptions(['--open-key'], { QUORUMBLE_PASSPHRASE: 'correct horse' })).toMatchObject({ passphrase: 'correct horse', openKey: true })
    expect(() => readOptions([], { QUORUMBLE_PASSPHRASE_FILE: file, QUORUMBLE_PASSPHRASE: 'x' })).toThrow(/both set/)
    expect(() => readOptions([], { QUORUMBLE_PASSPHRASE_FILE: join(root, 'nowhere') })).toThrow(/ENOENT.*QUORUMBLE_PASSPHRASE_FILE/)
    await writeFile(file, '\n')
    expect(() => readOptions([], { QUORUMBLE_PASSPHRASE_FILE: file })).toThrow(/empty/)
    await expect(start('short')).rejects.toThrow(/at least 8/)
  })
})
