/** The passphrase over a tab's key, with this browser's random numbers. Loaded when somebody wants one. */
import type { KeyProtection, Result } from '../src/bridge/api'
import { SEAL_RANDOM_BYTES } from '../src/core/crypto/seal'
import { changePassphrase, sealKey } from '../src/node/keyLock'
import type { Identity, NodeStore, SealedKey } from '../src/node/ports'

const random = (): Uint8Array => crypto.getRandomValues(new Uint8Array(SEAL_RANDOM_BYTES))

export const sealed = (identity: Identity, passphrase: string): SealedKey => sealKey(identity, passphrase, random())

export async function changed(store: NodeStore, current: string | null, next: string | null): Promise<Result<KeyProtection>> {
  const result = await changePassphrase(store, current, next, random())
  if (!result.ok) return { ok: false, code: result.code, message: result.detail }
  return { ok: true, value: result.value === null ? 'open' : 'passphrase' }
}
