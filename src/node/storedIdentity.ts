import { StoreError } from './ports'
import type { Identity, NodeStore } from './ports'

/** The key that a store holds. @throws StoreError when it holds none */
export function storedIdentity(store: NodeStore): Promise<Identity> {
  return store.identity(() => {
    throw new StoreError('damaged', 'The key of this agent is gone from the disk.')
  })
}
