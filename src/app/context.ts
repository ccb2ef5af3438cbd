/** What every component may reach: one session, one router, one voice. Set once by App.svelte. */
import { createContext } from 'svelte'
import type { Announcer } from './state/announcer.svelte'
import type { PageClock } from './state/pageClock.svelte'
import type { Router } from './state/router.svelte'
import type { Session } from './state/session.svelte'

export interface App {
  session: Session
  router: Router
  announcer: Announcer
  clock: PageClock
  /** What is open above the page, if anything. */
  overlay: Overlay
}

/** Dialogs that more than one component opens. */
export interface Overlay {
  open: 'help' | 'invite' | 'family' | 'admit' | 'reanchor' | 'more' | null
}

export const [useApp, provideApp] = createContext<App>()
