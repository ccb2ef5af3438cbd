/** The page's entry: paints the frame first, then starts the simulation, or the node where this browser was one before. */
import './tokens.css'
import './base.css'
import './block.css'
import { mount } from 'svelte'
import { workerBackend } from '../bridge/client'
import App from './App.svelte'
import { fetchBootstrap } from './bootstrap'
import { quorumbleConsole, type QuorumbleConsole } from './console'
import { parseRoute } from './routes'
import { Session } from './state/session.svelte'
import { browserStorage, Settings } from './state/settings.svelte'
import { rulesOf, seedOf } from './state/simState.svelte'

declare global {
  interface Window {
    quorumble: QuorumbleConsole
  }
}

/** A phone, or a connection that somebody pays for by the byte. */
function isSmallDevice(): boolean {
  const { connection } = navigator as { connection?: { saveData?: boolean } }
  return connection?.saveData === true || matchMedia('(pointer: coarse) and (max-width: 719px)').matches
}

const storage = browserStorage()
const settings = new Settings(storage, location.search)
const session = new Session({
  backend: workerBackend,
  bootstrap: () => fetchBootstrap(document.baseURI),
  rtcWire: async () => (await import('./rtcWire')).openRtcWire(),
  page: { secureContext: isSecureContext, origin: location.origin },
  keepData: 'storage' in navigator && 'persist' in navigator.storage ? () => navigator.storage.persist() : null,
  settings,
  programs: async () => new (await import('./state/agentPrograms')).AgentPrograms(storage),
  small: isSmallDevice(),
  seed: seedOf(location.search),
  rules: rulesOf(location.search)
})
window.quorumble = quorumbleConsole(session)
mount(App, { target: document.body, props: { session } })

// Two frames later the first paint is out; only then do workers start to load.
requestAnimationFrame(() =>
  requestAnimationFrame(() => {
    // A room link waits for its one tap; it may lead to another network than the last one.
    const asked = parseRoute(location.hash).screen === 'room'
    void (settings.wasNode && !asked ? session.join() : session.watch())
  })
)
