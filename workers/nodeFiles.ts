/** Whole nodes out of and into this browser's databases. A file is checked as a whole before anything is touched. */
import type { ImportedNode, Result } from '../src/bridge/api'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createAsyncVerifier } from '../src/core/crypto/verifier'
import { agentIdText } from '../src/node/markName'
import { exportNode, keepNode, readNodeFile, SEAL_RANDOM_BYTES } from '../src/node/nodeFile'
import type { NodeContents } from '../src/node/nodeFile'
import type { NodeStore } from '../src/node/ports'
import { rememberNetwork } from '../src/platform/browser/originDb'
import { createWebCryptoFast } from '../src/platform/crypto/webCryptoFast'
import { freshIdentity, openStore } from './openBrowserNode'

/** Shorter ones are guessed. */
const MIN_PASSPHRASE = 8

export async function exportFrom(store: NodeStore, withKey: boolean, passphrase: string | null): Promise<Result<Uint8Array>> {
  if (withKey && passphrase !== null && passphrase.length < MIN_PASSPHRASE)
    return { ok: false, code: 'weak-passphrase', message: `A passphrase has at least ${MIN_PASSPHRASE} characters; several words are better.` }
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

/** Into a store that no node runs on. */
export async function keepIn(store: NodeStore, contents: NodeContents): Promise<ImportedNode> {
  const identity = await keepNode(store, contents, () => freshIdentity(null))
  await rememberNetwork(contents.networkId, contents.genesis, Date.now()).catch(() => undefined)
  return { networkId: contents.networkId, finalHeight: contents.final.height, agentId: agentIdText(identity), replaced: null }
}

/** Into a free slot of the file's network: the agent that is kept there already, if any, stays unless the file brings a key. */
export async function keepInFreeSlot(contents: NodeContents): Promise<Result<ImportedNode>> {
  const { store, slot } = await openStore(contents.networkId, [], () => undefined)
  try {
    if (slot === null) return { ok: false, code: 'denied', message: 'This browser keeps nothing for this site. Allow site data, then import again.' }
    return { ok: true, value: await keepIn(store, contents) }
  } finally {
    await store.close()
    await slot?.release()
  }
}
