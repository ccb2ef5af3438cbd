/** The hash function of every Merkle tree: SHA-256 in WebAssembly, four times as fast as the library's default. Must run before ssz is loaded. */
import { hasher } from '@chainsafe/persistent-merkle-tree/hasher/as-sha256'
import { setHasher } from '@chainsafe/persistent-merkle-tree'

setHasher(hasher)
