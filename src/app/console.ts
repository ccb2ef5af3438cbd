/**
 * `window.quorumble`: the same commands as the screens', for the browser's console, scripts and end-to-end tests. Documented in the README;
 * `quorumble.help()` prints the same.
 */
import type { AsWrittenReport, AsWrittenRun, ImportedNode, KeyProtection, NodeApi, Result, SimRun, SimRunReport, TransactionIntent } from '../bridge/api'
import type { ProofReport } from '../core/proof/check'
import type { BlockAudit, BlockCheck } from '../bridge/audit'
import type { MemePage, MemeView } from '../bridge/memes'
import type { BlockDetail, Hex, MiningStatus, Status, Update } from '../bridge/views'
import { NOT_A_NODE } from './state/session.svelte'
import type { Session } from './state/session.svelte'

export interface QuorumbleConsole {
  /** The node's status, the same JSON as `GET /api/status`; null while this tab is not a node. */
  status(): Promise<Status | null>
  /** Turns, claims and proof of sync, as in `GET /api/mining/status`; null while this tab is not a node. */
  mining(): Promise<MiningStatus | null>
  /** Everything about a block, by height, hash or the start of a hash. */
  block(heightOrHash: number | string): Promise<Result<BlockDetail>>
  /** What a block changed, step by step, worked out anew from the states before and after it. */
  audit(heightOrHash: number | string): Promise<Result<BlockAudit>>
  /** Runs a final block again without its state, on a witness that a peer gives: from the old root to the new one by the rules. */
  checkBlock(heightOrHash: number | string): Promise<Result<BlockCheck>>
  /** Signs and sends a transaction; the id tells that it was taken into the mempool, not that it is final. */
  submit(intent: TransactionIntent): Promise<Result<{ id: Hex }>>
  /** A proof of a value as the text of a file: `head`, `agent/<public key>`, `transaction/<block hash>/<place>`, `block/<height>`, `state/<path>` … */
  prove(subject: string): Promise<Result<string>>
  /** Checks a proof file, without node or network. */
  checkProof(text: string): Promise<Result<ProofReport>>
  /** Light or full, from now on; a live node starts anew with the same identity. */
  setRole(role: 'light' | 'full'): Promise<Status | null>
  /** Memes of the chain, newest first; the next page begins below `next` of the last. */
  memes(before?: number): Promise<Result<MemePage>>
  meme(id: Hex): Promise<Result<MemeView>>
  /** Calls `listener` with every update of the node. Returns the function that ends it. */
  subscribe(listener: (update: Update) => void): () => void
  /** Newest lines of the node's log, oldest first. */
  log(): ReturnType<NodeApi['log']>
  /** Drops all traffic with these peers, both ways; an empty list heals. */
  cut(peerIds: string[]): Promise<void>
  /** Runs a simulation in a worker of its own, as fast as it goes, and reports; or a rule of the seeds as written beside the sound one. */
  simulate(options: SimRun): Promise<Result<SimRunReport>>
  simulate(options: AsWrittenRun): Promise<Result<AsWrittenReport>>
  /** This whole node as bytes, to be saved as a file. Without a passphrase a key is in the open. */
  exportNode(options?: { withKey?: boolean; passphrase?: string }): Promise<Result<Uint8Array>>
  /** Takes a node in from such bytes; `restart()` goes on as it. */
  importNode(file: Uint8Array, passphrase?: string): Promise<Result<ImportedNode>>
  /** The agent's key as text, and back; takes effect with `restart()`. */
  exportKey(): Promise<Result<string>>
  importKey(text: string): Promise<Result<{ agentId: Hex; replaced: string | null }>>
  /** Puts the key on this device under a passphrase, another one, or (`next: null`) in the open. `current`: the present one, or null. */
  changePassphrase(current: string | null, next: string | null): Promise<Result<KeyProtection>>
  /** Starts with a key that is under a passphrase. */
  unlock(passphrase: string): Promise<Status | null>
  /** Lets go of every block below the newest snapshot. */
  prune(): Promise<Result<number>>
  /** Ends the node and starts it anew, with the key and chain of now. */
  restart(): Promise<Status | null>
  /** Makes this tab a node, as the button does. Settles when it runs or has failed. */
  join(): Promise<Status | null>
  /** A page of text about all of this. */
  help(): string
}

const HELP = `quorumble.status()            the node's status, as GET /api/status; null while this tab is only watching
quorumble.mining()            whose turn it is, and what became of this node's own turns, as GET /api/mining/status
quorumble.block(128)          a block by height, hash, or the start of a hash
quorumble.audit(128)          what that block changed, step by step
quorumble.checkBlock(128)     runs that block again without its state, on a witness; also as a light node
quorumble.submit({ kind: 'transfer', to: '<public key>', amount: '5000' })
                              thousandths: this sends 5;
                              also { kind: 'register', name, personality }, { kind: 'leave' }, { kind: 'heartbeat' }, { kind: 'produce', on },
                              { kind: 'deposit', amount }, { kind: 'withdraw', amount }, { kind: 'profile', status, personality },
                              { kind: 'interact', to, what: 'support' | 'oppose' | 'offer', amount }, { kind: 'poll', question, options },
                              { kind: 'answer', option }, { kind: 'dispute', member, first, second }, { kind: 'dispute-divergent', first, second },
                              { kind: 'dispute-claim', claim },
                              { kind: 'judge', conflict, choice: 'keepFirst' | 'keepSecond' | 'void' }; and by the room's authority
                              { kind: 'configure', family, mode }, { kind: 'invite', publicKey, name }, { kind: 'reanchor' };
                              memes and allies: { kind: 'react', meme, reaction }, { kind: 'accept-alliance', alliance }, …
quorumble.prove('agent/<public key>')
                              a proof of a value as a file; also 'head', 'block/<height>', 'transaction/<block hash>/<place>', 'state/agents/treasury'
quorumble.checkProof(text)    checks such a file, without node or network
quorumble.setRole('light')    keep no blocks and check by signatures; setRole('full') takes part again
quorumble.memes()             memes of the chain, newest first; memes(next) goes on
quorumble.meme(id)            one of them
quorumble.subscribe(fn)       fn gets every update; returns the function that ends it
quorumble.log()               newest lines of the node's log
quorumble.cut(['12D3Koo…'])   drop all traffic with these peers; cut([]) heals
quorumble.simulate({ family: 'vision', seed: 1, nodes: 50, virtualSeconds: 60 })
                              a run of the simulator as fast as it goes; also mode, byzantine, faults, blockIntervalMs
quorumble.simulate({ asWritten: 'revote-without-lock' })
                              a rule of the seeds that does not hold, beside the sound one; also family, seed
quorumble.exportNode({ withKey: true, passphrase: '…' })
                              this whole node as bytes; quorumble.importNode(bytes, '…') takes it in, here or elsewhere
quorumble.exportKey()         the key alone, as text; quorumble.importKey(text) takes it in
quorumble.changePassphrase(null, '…')
                              puts the key on this device under a passphrase; ('…', null) back in the open
quorumble.unlock('…')         starts with a key that is under a passphrase
quorumble.prune()             let go of blocks below the newest snapshot
quorumble.restart()           end the node and start it anew
quorumble.join()              be a node, as the button does`

export function quorumbleConsole(session: Session): QuorumbleConsole {
  const status = async () => (session.api ? Promise.race([session.api.status(), session.nodeEnded]) : null)
  return Object.freeze({
    status,
    mining: async () => (session.api ? Promise.race([session.api.mining(), session.nodeEnded]) : null),
    block: heightOrHash => session.block(heightOrHash),
    audit: heightOrHash => session.audit(heightOrHash),
    checkBlock: heightOrHash => session.checkBlock(heightOrHash),
    submit: intent => session.submit(intent),
    prove: subject => session.prove(subject),
    checkProof: text => session.checkProof(text),
    setRole: async role => {
      await session.changeRole(role)
      return status()
    },
    memes: before => session.memes(before ?? null),
    meme: id => session.meme(id),
    subscribe: listener => session.onUpdate(listener),
    log: async () => (session.api ? session.api.log() : []),
    cut: peerIds => session.cut(peerIds),
    simulate: (options: SimRun & AsWrittenRun) => session.simulateApart(options) as never,
    exportNode: async ({ withKey = false, passphrase } = {}) => session.exportNode(withKey, passphrase ?? null),
    importNode: async (file, passphrase) => session.importNode(file, passphrase ?? null),
    exportKey: async () => (session.api ? session.api.exportKey() : NOT_A_NODE),
    importKey: async text => (session.api ? session.api.importKey(text) : NOT_A_NODE),
    changePassphrase: (current, next) => session.changePassphrase(current, next),
    unlock: async passphrase => {
      await session.unlock(passphrase)
      return status()
    },
    prune: async () => (session.api ? session.api.prune() : NOT_A_NODE),
    restart: async () => {
      await session.restart()
      return status()
    },
    join: async () => {
      await session.join()
      return status()
    },
    help: () => HELP
  } satisfies QuorumbleConsole)
}
