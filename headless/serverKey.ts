/** The passphrase over a server's own key (T085): whoever starts it with one keeps the key under it from then on, and has to give it at each start. */
import { getRandomValues } from 'node:crypto'
import { checkPassphrase, SEAL_RANDOM_BYTES } from '../src/core/crypto/seal'
import { changePassphrase, sealKey, unlockStore } from '../src/node/keyLock'
import type { Identity, NodeStore } from '../src/node/ports'
import { StartError } from './options'
import type { ServerOptions } from './options'

/** The name of the server's own agent. */
const SERVER_NAME = 'Lighthouse'
/** Length of an Ed25519 seed, bytes. */
const SEED_BYTES = 32

/** The agent of a server that starts for the first time. */
export const freshServerIdentity = (): Identity => ({ secretKey: getRandomValues(new Uint8Array(SEED_BYTES)), name: SERVER_NAME })

type KeyOptions = Pick<ServerOptions, 'dataDirectory' | 'passphrase'>

/** For commands that only read: the key stays as it lies. @throws StartError */
export async function unlockServerKey(store: NodeStore, { dataDirectory, passphrase }: KeyOptions): Promise<boolean> {
  const opened = await unlockStore(store, passphrase)
  if (opened.ok) return opened.value !== null
  throw new StartError(
    opened.code === 'needs-passphrase'
      ? `${opened.detail} Give it as QUORUMBLE_PASSPHRASE, or put another folder in place of ${dataDirectory} with --data.`
      : `${opened.detail} It is read from QUORUMBLE_PASSPHRASE or QUORUMBLE_PASSPHRASE_FILE.`
  )
}

/** @throws StartError */
export async function openServerKey(store: NodeStore, options: KeyOptions & Pick<ServerOptions, 'openKey'>): Promise<void> {
  const sealed = await unlockServerKey(store, options)
  const { passphrase, openKey } = options
  if (openKey ? !sealed : sealed || passphrase === null) return
  const weak = openKey ? null : checkPassphrase(passphrase!)
  if (weak !== null) throw new StartError(weak.detail)
  // A key that is made now never lies in the open.
  await store.identity(freshServerIdentity, made => (openKey ? null : sealKey(made, passphrase!, sealRandom())))
  if (!openKey && (await store.sealedKey()) !== null) return
  const changed = openKey ? await changePassphrase(store, passphrase, null, sealRandom()) : await changePassphrase(store, null, passphrase, sealRandom())
  if (!changed.ok) throw new StartError(changed.detail)
  console.log(
    openKey ? 'The key is in the open now: whoever reads the data folder is this agent.' : 'The key is under the passphrase now; each start needs it.'
  )
}

export const sealRandom = (): Uint8Array => getRandomValues(new Uint8Array(SEAL_RANDOM_BYTES))
