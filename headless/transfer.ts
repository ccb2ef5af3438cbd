/** `--export` and `--import`: the whole node of the data folder out to a file, or in from one, without being a server meanwhile. */
import { open, readFile, rename, rm } from 'node:fs/promises'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createAsyncVerifier } from '../src/core/crypto/verifier'
import { sealKey } from '../src/node/keyLock'
import { agentIdText } from '../src/node/markName'
import { exportNode, keepNode, readNodeFile } from '../src/node/nodeFile'
import type { KeyChoice } from '../src/node/nodeFile'
import { StoreError } from '../src/node/ports'
import type { NodeStore } from '../src/node/ports'
import { createNodeFast } from '../src/platform/crypto/nodeFast'
import { StartError } from './options'
import type { ServerOptions } from './options'
import { openStore } from './server'
import { freshServerIdentity, sealRandom, unlockServerKey } from './serverKey'

/** @returns what was done, in a sentence @throws StartError */
export async function transfer(options: ServerOptions): Promise<string> {
  const store = await openStore(options)
  try {
    const sealed = await unlockServerKey(store, options)
    return options.transfer?.kind === 'export'
      ? await exportTo(store, options.transfer.file, options.transfer.withKey, options.passphrase)
      : await importFrom(store, options.transfer!.file, options.passphrase, sealed)
  } catch (error) {
    if (error instanceof StoreError) throw new StartError(error.message)
    if (typeof (error as NodeJS.ErrnoException).code === 'string')
      throw new StartError(`${options.transfer!.file} cannot be used (${(error as NodeJS.ErrnoException).code}). Give another file.`)
    throw error
  } finally {
    await store.close()
  }
}

async function exportTo(store: NodeStore, file: string, withKey: boolean, passphrase: string | null): Promise<string> {
  const bytes = await exportNode(store, keyChoice(withKey, passphrase))
  if (!bytes.ok) throw new StartError(bytes.detail)
  // Whole or not at all, and safe on the disk before it is told.
  const part = `${file}.part`
  const handle = await open(part, 'w', 0o600)
  try {
    await handle.writeFile(bytes.value)
    await handle.sync()
  } catch (error) {
    await rm(part, { force: true })
    throw error
  } finally {
    await handle.close()
  }
  await rename(part, file)
  const key = !withKey
    ? 'without its key'
    : passphrase === null
      ? 'with its key in the open: whoever holds the file is this agent'
      : 'with its key under the passphrase'
  return `The node is in ${file} (${bytes.value.length} bytes), ${key}.`
}

function keyChoice(withKey: boolean, passphrase: string | null): KeyChoice {
  if (!withKey) return { kind: 'none' }
  return passphrase === null ? { kind: 'plain' } : { kind: 'sealed', passphrase, random: sealRandom() }
}

/** @param sealed the key of the data folder is under the passphrase, and so will be the one that takes its place */
async function importFrom(store: NodeStore, file: string, passphrase: string | null, sealed: boolean): Promise<string> {
  const fast = createNodeFast()
  const verifier = createAsyncVerifier({ cache: new VerificationCache(), fast: { verify: async check => fast.verify(check) } })
  const contents = await readNodeFile(new Uint8Array(await readFile(file)), passphrase, verifier, Date.now())
  if (!contents.ok)
    throw new StartError(contents.code === 'needs-passphrase' ? `The key in ${file} is under a passphrase. Give it as QUORUMBLE_PASSPHRASE.` : contents.detail)
  const identity = await keepNode(store, contents.value, freshServerIdentity, key => (sealed ? sealKey(key, passphrase!, sealRandom()) : null))
  return `The node is here, up to final block ${contents.value.final.height}, as agent ${agentIdText(identity)}. Start the server to go on.`
}
