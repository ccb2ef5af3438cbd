/** How a store keeps its key: in the open, or under a passphrase that was given once to this handle (T085). What opens it is none of a store's business. */
import { StoreError } from '../node/ports'
import type { Identity, SealedKey } from '../node/ports'
import { sameBytes } from './storeRules'

/** The record on the disk. */
export type KeptKey = Identity | SealedKey

export const isSealed = (kept: KeptKey): kept is SealedKey => 'sealed' in kept

export class KeySafe {
  #opened: { publicKey: string; identity: Identity } | null = null

  unlock({ publicKey }: SealedKey, identity: Identity): void {
    this.#opened = { publicKey, identity }
  }

  /** @throws StoreError 'locked' */
  open(kept: KeptKey): Identity {
    if (!isSealed(kept)) return kept
    if (this.#opened?.publicKey === kept.publicKey) return this.#opened.identity
    throw new StoreError('locked', `The key of ${kept.name} is under a passphrase, and nobody has given it yet.`)
  }

  /**
   * What is written in place of `kept` when its protection changes.
   * @throws StoreError 'locked'; 'closed' when what is kept is another key
   */
  protected(kept: KeptKey | null, identity: Identity, sealed: SealedKey | null): KeptKey {
    if (kept === null || !sameBytes(this.open(kept).secretKey, identity.secretKey))
      throw new StoreError('closed', 'Another key has taken over this database. Reload to go on with it.')
    return this.written(identity, sealed)
  }

  /** The record of a key, which this handle may use from now on. */
  written(identity: Identity, sealed: SealedKey | null): KeptKey {
    if (sealed === null) return { name: identity.name, secretKey: identity.secretKey.slice() }
    this.unlock(sealed, identity)
    return { name: sealed.name, publicKey: sealed.publicKey, sealed: sealed.sealed.slice() }
  }
}
