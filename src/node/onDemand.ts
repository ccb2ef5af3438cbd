/** What a full node is asked for by people and light nodes, and does not need on its way to a peer: loaded at the first such question. */
export { blockAudit } from './auditView'
export { blockCheck, checkOwn, witnessRequest } from './checkView'
export { isSocial, parseIntent } from './intents'
export { apiFailure } from './refusals'
export { sharedCheckpoint } from './light/sharedCheckpoint'
export { proofFileOf } from './light/proofFileOf'
export { ProofDesk } from './light/proofDesk'
export { witnessOf, witnessReply } from './light/witnessService'
