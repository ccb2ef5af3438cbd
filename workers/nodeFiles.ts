/** Whole nodes out of and into this browser's databases. A file is checked as a whole before anything is touched. */
import type { ImportedNode, Result } from '../src/bridge/api'
import { checkPassphrase, SEAL_RANDOM_BYTES } from '../src/core/crypto/seal'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createAsyncVerifier } from '../src/core/crypto/verifier'
import { readKeyFile, silenceOf, writeKeyFile } from '../src/node/keyFile'
import { agentIdText } from '../src/node/markName'
import { exportNode, keepNode, readNodeFile } from '../src/node/nodeFile'
import type { NodeContents } from '../src/node/nodeFile'
import { storedIdentity } from '../src/node/storedIdentity'
import type { Identity, NodeStore } from '../src/node/ports'
import { rememberNetwork } from '../src/platform/browser/originDb'
import { createWebCryptoFast } from '../src/platform/crypto/webCryptoFast'
import { sealed } from './keyProtection'
import { freshIdentity, openStore } from './openBrowserNode'

/** The key alone, as text. */
export async function keyFileOf(store: NodeStore, networkId: string): Promise<string> {
  return writeKeyFile(await storedIdentity(store), networkId, await store.promised())
}

/** @param passphrase over the key that is there, and so over the one that comes; null: in the open @returns `bad-key`; else who the agent is from the next start on */
export async function replaceKey(
  store: NodeStore,
  text: string,
  networkId: string,
  headHeight: number,
  passphrase: string | null
): Promise<Result<{ agentId: string; replaced: string }>> {
  const file = readKeyFile(text)
  if (!file.ok) return { ok: false, code: file.code, message: file.detail }
  const { identity } = file.value
  const replaced = await keyFileOf(store, networkId)
  await store.replaceIdentity(identity, silenceOf(file.value, networkId, headHeight), passphrase === null ? null : sealed(identity, passphrase))
  return { ok: true, value: { agentId: agentIdText(identity), replaced } }
}

export async function exportFrom(store: NodeStore, withKey: boolean, passphrase: string | null): Promise<Result<Uint8Array>> {
  const weak = withKey && passphrase !== null ? checkPassphrase(passphrase) : null
  if (weak !== null) return { ok: false, code: weak.code, message: weak.detail }
  const random = crypto.getRandomValues(new Uint8Array(SEAL_RANDOM_BYTES))
  const choice = !withKey ? ({ kind: 'none' } as const) : passphrase === null ? ({ kind: 'plain' } as const) : ({ kind: 'sealed', passphrase, random } as const)
  const file = await exportNode(store, choice)
  return file.ok ? file : { ok: false, code: file.code, message: file.detail }
}

export async function readFile(bytes: Uint8Array, passphrase: string | null): Promise<Result<NodeContents>> {
  const verifier = createAsyncVerifier({ cache: new VerificationCache(), fast: await createWebCryptoFast(globalThis.crypto.subtle) })
  const file = await readNodeFile(bytes, passphrase, verifier, Date.now())
  return file.ok ? file : { ok: false, code: file.code, message: file.detail }
}

/** Into a store that no node runs on. @param passphrase over the key that is there, and so over the one that comes; null: in the open */
export async function keepIn(store: NodeStore, contents: NodeContents, passphrase: string | null): Promise<ImportedNode> {
  const protect = (key: Identity) => (passphrase === null ? null : sealed(key, passphrase))
  const identity = await keepNode(store, contents, () => freshIdentity(null), protect)
  await rememberNetwork(contents.networkId, contents.genesis, Date.now()).catch(() => undefined)
  return { networkId: contents.networkId, finalHeight: contents.final.height, agentId: agentIdText(identity), replaced: null }
}

/** Into a free slot of the file's network: the agent that is kept there already, if any, stays unless the file brings a key. */
export async function keepInFreeSlot(contents: NodeContents): Promise<Result<ImportedNode>> {
  const { store, slot } = await openStore(contents.networkId, [], () => undefined)
  try {
    if (slot === null) return { ok: false, code: 'denied', message: 'This browser keeps nothing for this site. Allow site data, then import again.' }
    const locked = await store.sealedKey()
    if (locked !== null)
      return { ok: false, code: 'locked', message: `${locked.name} is here already, with its key under a passphrase. Start that node, then import.` }
    return { ok: true, value: await keepIn(store, contents, null) }
  } finally {
    await store.close()
    await slot?.release()
  }
}
