/**
 * An agent's key at rest under a passphrase (T085): sealed as the key in a node file is (core/crypto/seal). The name and the public key stay readable. What is asked of a
 * passphrase, what a wrong one is called, and when the key lies which way is said here once, for tab and server.
 */
import { equalBytes, fromHex, toHex } from '../core/bytes'
import { publicKeyOf } from '../core/crypto/ed25519'
import { checkPassphrase, seal, unseal } from '../core/crypto/seal'
import { fail, ok } from '../core/result'
import type { Result } from '../core/result'
import type { Identity, NodeStore, SealedKey } from './ports'

/** @param random SEAL_RANDOM_BYTES fresh random bytes */
export function sealKey({ secretKey, name }: Identity, passphrase: string, random: Uint8Array): SealedKey {
  return { name, publicKey: toHex(publicKeyOf(secretKey)), sealed: seal(secretKey, passphrase, random) }
}

/** @returns `wrong-passphrase`; `damaged` when it opens to something that is not this agent's key */
export function openSealedKey({ name, publicKey, sealed }: SealedKey, passphrase: string): Result<Identity> {
  const secretKey = unseal(sealed, passphrase)
  if (!secretKey.ok)
    return fail('wrong-passphrase', `This is not the passphrase of ${name}’s key. Look at capital letters and the keyboard’s language, and try again.`)
  const fits = secretKey.value.length === 32 && equalBytes(publicKeyOf(secretKey.value), fromHex(publicKey)!)
  return fits ? ok({ secretKey: secretKey.value, name }) : fail('damaged', `What the passphrase opens is not the key of ${name}. Import its key file instead.`)
}

/**
 * Makes a store usable whose key is under a passphrase. @param passphrase null: none was given
 * @returns `needs-passphrase`, `wrong-passphrase`, `damaged`; the key where one was sealed, null where it is in the open; rejects with StoreError
 */
export async function unlockStore(store: NodeStore, passphrase: string | null): Promise<Result<Identity | null>> {
  const sealed = await store.sealedKey()
  if (sealed === null) return ok(null)
  if (passphrase === null) return fail('needs-passphrase', `The key of ${sealed.name} is under a passphrase.`)
  const identity = openSealedKey(sealed, passphrase)
  if (identity.ok) store.unlock(sealed, identity.value)
  return identity
}

/**
 * Puts the key of a store under a passphrase, another one, or in the open (null). Before anything is written, what will be written has been opened once; the write is one
 * step of the store. So at no moment is there less than one readable key.
 * @param current the present passphrase; null where the key is in the open
 * @returns `wrong-passphrase`, `needs-passphrase`, `weak-passphrase`, `damaged`; rejects with StoreError, 'locked' when another handle has been faster
 */
export async function changePassphrase(store: NodeStore, current: string | null, next: string | null, random: Uint8Array): Promise<Result<SealedKey | null>> {
  const before = await unlockStore(store, current)
  if (!before.ok) return before
  const identity = before.value ?? (await store.identity(noKey))
  if (next === null) {
    await store.protectKey(identity, null)
    return ok(null)
  }
  const weak = checkPassphrase(next)
  if (weak !== null) return weak
  const sealed = sealKey(identity, next, random)
  const again = openSealedKey(sealed, next)
  if (!again.ok) return again
  await store.protectKey(identity, sealed)
  return ok(sealed)
}

function noKey(): never {
  throw new Error('a store that a node runs on has a key')
}
