/** Checks proof files for the page. */
import { expose } from 'comlink'
import { createWebCryptoFast } from '../src/platform/crypto/webCryptoFast'
import { ProofService } from './proofService'

expose(new ProofService(createWebCryptoFast(globalThis.crypto.subtle)))
