/**
 * In the place of @libp2p/crypto's RSA, ECDSA and secp256k1 in a browser's bundle (vite.config.ts): every identity of this network is an Ed25519 key, and three more kinds with their curves are
 * 9 kB of what a visitor downloads. A peer that shows such a key is refused as one with a broken key is: its handshake fails. Names and lengths are the library's.
 */
function refuse(): never {
  throw new Error('Only Ed25519 keys are known here')
}

export const privateKeyLength = 32
export const publicKeyLength = 33
export const RSAES_PKCS1_V1_5_OID = '1.2.840.113549.1.1.1'
export const ECDSA_P_256_OID = '1.2.840.10045.3.1.7'
export const ECDSA_P_384_OID = '1.3.132.0.34'
export const ECDSA_P_521_OID = '1.3.132.0.35'

/** Called with `new`. */
export const ECDSAPrivateKey = function () {
  refuse()
}

export const decodeDer = refuse
export const generateECDSAKeyPair = refuse
export const generateRSAKeyPair = refuse
export const generateSecp256k1KeyPair = refuse
export const jwkToRSAPrivateKey = refuse
export const pkcs1MessageToRSAPrivateKey = refuse
export const pkcs1ToRSAPrivateKey = refuse
export const pkiMessageToECDSAPrivateKey = refuse
export const pkiMessageToECDSAPublicKey = refuse
export const pkixMessageToRSAPublicKey = refuse
export const pkixToRSAPublicKey = refuse
export const unmarshalECDSAPrivateKey = refuse
export const unmarshalECDSAPublicKey = refuse
export const unmarshalSecp256k1PrivateKey = refuse
export const unmarshalSecp256k1PublicKey = refuse
