/** From a page's wish to a running node: which network, which identity, which disk. Each step is told while it runs. */
import type { StartOptions } from '../src/bridge/api'
import type { Checkpoint as NamedCheckpoint, Missing } from '../src/bridge/views'
import { defaultName } from '../src/agent/names'
import { fromHex, toHex } from '../src/core/bytes'
import { encode } from '../src/core/codec'
import { publicKeyOf } from '../src/core/crypto/ed25519'
import { VerificationCache } from '../src/core/crypto/verificationCache'
import { createAsyncVerifier, createOffloadingVerifier } from '../src/core/crypto/verifier'
import { createGenesis, decodeGenesis } from '../src/core/genesis'
import { checkName } from '../src/core/names'
import type { Checkpoint } from '../src/core/light/stateHeader'
import { Genesis } from '../src/core/schema'
import { networkIdOf } from '../src/core/signing'
import { agentIdText, markName } from '../src/node/markName'
import { StoreError } from '../src/node/ports'
import type { Identity, NodeStore } from '../src/node/ports'
import type { LightRuntime } from '../src/node/light/lightRuntime'
import { NodeRuntime } from '../src/node/runtime'
import { signatureCounts } from '../src/node/signatures'
import { createBrowserNetwork, preloadLibp2p } from '../src/platform/browser/createBrowserNetwork'
import { takeSlot } from '../src/platform/browser/identitySlots'
import type { HeldSlot } from '../src/platform/browser/identitySlots'
import { databaseName, openIdbStore } from '../src/platform/browser/idbStore'
import { forgetOriginGenesis, knownNetworks, originGenesis, rememberNetwork } from '../src/platform/browser/originDb'
import { marksInPrivateFiles, noteInPrivateFile } from '../src/platform/browser/privateFiles'
import { createWebCryptoFast } from '../src/platform/crypto/webCryptoFast'
import { systemClock } from '../src/platform/systemClock'
import { tabComputeThread } from './computeWorker'
import { LateNetwork } from './lateNetwork'

declare const __APP_VERSION__: string

/** After this long without the genesis of a room, the page is told that nobody is there; the search goes on. */
const GENESIS_PATIENCE_MS = 20_000

export interface OpenedNode {
  runtime: NodeRuntime | LightRuntime
  store: NodeStore
  release(): Promise<void>
}

/** A start that cannot go on, with cause and action. */
export class StartFailure extends Error {
  constructor(
    readonly code: string,
    message: string
  ) {
    super(message)
  }
}

/** A start that met a key under a passphrase and could not open it. */
export class LockedKey extends StartFailure {
  constructor(
    code: string,
    message: string,
    readonly agent: { publicKey: string; name: string }
  ) {
    super(code, message)
  }
}

/** Makes a store usable whose key is under a passphrase. @throws LockedKey */
async function openKey(store: NodeStore, { passphrase, forget }: StartOptions): Promise<void> {
  const sealed = await store.sealedKey()
  if (sealed === null) return
  if (forget === sealed.publicKey) return store.erase()
  // Ciphers are loaded when somebody has a sealed key.
  const { unlockStore } = await import('../src/node/keyLock')
  const opened = await unlockStore(store, passphrase)
  if (!opened.ok) throw new LockedKey(opened.code, opened.detail, { publicKey: sealed.publicKey, name: sealed.name })
}

export function freshIdentity(name: string | null): Identity {
  const secretKey = crypto.getRandomValues(new Uint8Array(32))
  const checked = name === null ? null : checkName(name)
  return { secretKey, name: checked?.ok ? checked.value : defaultName(publicKeyOf(secretKey)) }
}

/** The network to join, its genesis where it is known already, and, when this tab founds it, the founder's identity. */
async function chooseNetwork(options: StartOptions, missing: Missing[]): Promise<{ networkId: string; genesis: Uint8Array | null; founder: Identity | null }> {
  const given = options.genesis === null ? null : fromHex(options.genesis)
  const decoded = given === null ? null : decodeGenesis(given)
  if (given !== null && decoded?.ok) {
    const networkId = toHex(networkIdOf(decoded.value))
    if (options.networkId === null || options.networkId === networkId) return { networkId, genesis: given, founder: null }
  }
  if (options.networkId !== null) {
    const known = (await knownNetworks().catch(() => [])).find(network => network.networkId === options.networkId)
    return { networkId: options.networkId, genesis: known?.genesis ?? null, founder: null }
  }
  return foundNetwork(options, missing)
}

/** No server, no link: the tabs of this origin are a network of their own. One IndexedDB transaction decides whose genesis it is. */
async function foundNetwork(options: StartOptions, missing: Missing[], again = false): Promise<{ networkId: string; genesis: Uint8Array; founder: Identity }> {
  const founder = freshIdentity(options.name)
  const create = (): Uint8Array => {
    const founders = [{ publicKey: publicKeyOf(founder.secretKey), name: founder.name }]
    return encode(
      Genesis,
      createGenesis({
        name: 'This browser',
        time: Date.now(),
        salt: crypto.getRandomValues(new Uint8Array(32)),
        founders,
        authority: publicKeyOf(founder.secretKey)
      })
    )
  }
  const genesis = await originGenesis(create).catch(() => {
    missing.push({
      what: 'Storage',
      effect: 'This browser keeps nothing for this site, so other tabs found networks of their own.',
      remedy: 'Allow site data for this address and reload.'
    })
    return create()
  })
  const decoded = decodeGenesis(genesis)
  if (!decoded.ok) {
    if (again) throw new StartFailure('bad-genesis', 'The network kept by this browser cannot be read. Erase this site’s data and reload.')
    // Made by an older version, whose rules are not known here any more. Its chain and keys stay where they are.
    missing.push({
      what: 'Earlier network',
      effect: 'The network that this browser opened before was made by another version, and a new one was opened.',
      remedy: 'Its keys are kept; open it with the version that made it.'
    })
    await forgetOriginGenesis()
    return foundNetwork(options, missing, true)
  }
  return { networkId: toHex(networkIdOf(decoded.value)), genesis, founder }
}

export async function openStore(networkId: string, missing: Missing[], onLost: () => void): Promise<{ store: NodeStore; slot: HeldSlot | null }> {
  try {
    const slot = await takeSlot(networkId, onLost)
    const maker = noteInPrivateFile(databaseName(networkId, slot.slot).replaceAll('/', '-'), agentIdText)
    return { store: await openIdbStore(networkId, slot.slot, { openMark: marksInPrivateFiles(markName), maker }), slot }
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    missing.push({
      what: 'Storage',
      effect: `${error.message} Identity and chain are kept until you close this tab.`,
      remedy: 'Allow site data for this address, or export the key on this screen.'
    })
    const { MemoryStore } = await import('../src/platform/memoryStore')
    return { store: new MemoryStore(), slot: null }
  }
}

function whatIsMissing(options: StartOptions): Missing[] {
  const missing: Missing[] = []
  if (!options.page.secureContext) {
    missing.push({
      what: 'Secure origin',
      effect: 'No WebCrypto, Web Locks, private files or durable storage here. Signatures are checked in JavaScript, which is slower; everything else works.',
      remedy: 'Open the page by https:// or as http://localhost.'
    })
  }
  if (!options.transports.webrtc)
    missing.push({ what: 'WebRTC', effect: 'Switched off: everything goes through the relay.', remedy: 'Switch WebRTC on below and restart the node.' })
  if (options.relays.length === 0)
    missing.push({
      what: 'Server',
      effect: 'No relay is known, so only tabs of this browser find each other.',
      remedy: 'Open the page from a Quorumble server (npm start), or by a room link that names one.'
    })
  return missing
}

const lightRuntime = () => import('../src/node/light/lightRuntime')

/** @throws StartFailure when this tab's own chain has another block there */
async function beginAt(named: NamedCheckpoint, networkId: string, store: NodeStore, tell: (sentence: string) => void): Promise<Checkpoint | undefined> {
  const found = await (await import('../src/node/light/beginning')).beginning(store, networkId, named, tell)
  if (!found.ok) throw new StartFailure(found.code, found.message)
  return found.value
}

/** @param tell a sentence about the step that is being taken */
export async function openBrowserNode(
  options: StartOptions,
  rtcPort: MessagePort | null,
  tell: (sentence: string) => void,
  onLost: () => void
): Promise<OpenedNode> {
  // Code that this start needs is on the way while the disk is asked.
  if (options.role === 'light') lightRuntime().catch(() => undefined)
  if (options.transports.relay && options.relays.length > 0) preloadLibp2p()
  const missing = whatIsMissing(options)
  tell('Looking for the network…')
  const { networkId, genesis, founder } = await chooseNetwork(options, missing)
  tell('Opening this tab’s identity and chain…')
  const { store, slot } = await openStore(networkId, missing, onLost)
  let checkpoint: Checkpoint | undefined
  try {
    await openKey(store, options)
    if (options.checkpoint !== null) checkpoint = await beginAt(options.checkpoint, networkId, store, tell)
  } catch (error) {
    await store.close()
    await slot?.release()
    throw error
  }
  const identity = await store.identity(() => founder ?? freshIdentity(options.name))
  tell(`This tab is ${identity.name}. Linking to peers…`)
  const inner = await createBrowserNetwork({
    secretKey: identity.secretKey,
    publicKey: publicKeyOf(identity.secretKey),
    networkId,
    relays: options.relays,
    transports: options.transports,
    iceServers: options.iceServers,
    rtcPort,
    forwardOnly: false
  })
  const network = new LateNetwork(inner)
  // Links come up while the chain is read; a network that cannot start says so when the node starts it.
  network.open().catch(() => undefined)
  const patience = setTimeout(
    () => tell('Nobody who knows this room is here yet. Waiting for its first member; check the link if you expected somebody.'),
    GENESIS_PATIENCE_MS
  )
  const body = genesis ?? (await store.load())?.genesis ?? (await network.fetchGenesis(fromHex(networkId)!))
  clearTimeout(patience)
  await rememberNetwork(networkId, body, Date.now()).catch(() => undefined)
  const cache = new VerificationCache()
  const here = createAsyncVerifier({ cache, fast: await createWebCryptoFast(globalThis.crypto.subtle) })
  const elsewhere = tabComputeThread()
  const verifier = elsewhere === null ? here : createOffloadingVerifier({ cache, here, elsewhere })
  const signatures = signatureCounts(cache, elsewhere)
  const shared = { store, network, identity, genesis: body, clock: systemClock, verifier, signatures, version: __APP_VERSION__, missing }
  const runtime =
    options.role === 'light'
      ? await (await lightRuntime()).LightRuntime.open({ ...shared, checkpoint })
      : await NodeRuntime.open({ ...shared, role: options.role, openScripts: async () => (await import('./openScripts')).openScripts() })
  const release = async (): Promise<void> => {
    elsewhere?.end()
    await slot?.release()
  }
  return { runtime, store, release }
}
