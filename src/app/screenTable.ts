/**
 * The screens: one row each. A new screen is a row here, its text in `t.nav`, and its place in `parseRoute`. Now is here from the first byte; every other
 * one is loaded when it is opened.
 */
import type { Route } from './routes'

export const LOADERS = {
  chain: () => import('./screens/Chain.svelte'),
  block: () => import('./screens/Block.svelte'),
  memes: () => import('./screens/Memes.svelte'),
  alliances: () => import('./screens/Alliances.svelte'),
  agent: () => import('./screens/Agent.svelte'),
  miner: () => import('./screens/Miner.svelte'),
  node: () => import('./screens/Node.svelte'),
  proof: () => import('./screens/Proof.svelte'),
  learn: () => import('./screens/Learn.svelte'),
  room: () => import('./screens/Room.svelte')
}

interface Entry {
  /** Also the name of its text. */
  readonly screen: Exclude<Route['screen'], 'block' | 'room' | 'unknown'>
  /** Screens that are shown from this one. */
  readonly within?: readonly Route['screen'][]
  readonly href: string
  /** Single-key shortcut. */
  readonly key: string
  /** `bar`: always in sight, the phone's bar has room for four; `more`: in sight where the window is wide, else behind "More". */
  readonly place: 'bar' | 'more'
  /** SVG path on a grid of 24. */
  readonly icon: string
}

export const ENTRIES: readonly Entry[] = [
  { screen: 'now', href: '#/', key: '1', place: 'bar', icon: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 4v5l3.2 2' },
  { screen: 'chain', within: ['block'], href: '#/chain', key: '2', place: 'bar', icon: 'M4 4h6v6H4ZM14 14h6v6h-6ZM10 7h4a3 3 0 0 1 3 3v4' },
  {
    screen: 'memes',
    href: '#/memes',
    key: '4',
    place: 'bar',
    icon: 'M12 3a9 9 0 0 0 0 18c1.4 0 1.9-1 1.6-2-.4-1.5.5-2.6 2-2.6H18a3 3 0 0 0 3-3A10 10 0 0 0 12 3ZM7.6 12v.01M10 7.6v.01M15 7.8v.01'
  },
  {
    screen: 'alliances',
    href: '#/alliances',
    key: '5',
    place: 'bar',
    icon: 'M8.5 12.5 6 10a4 4 0 0 1 5.6-5.6l.9.9.9-.9A4 4 0 0 1 19 10l-6.5 7.4-2-2M6 13.5l3 3.2'
  },
  { screen: 'agent', href: '#/agent', key: '8', place: 'more', icon: 'M5 9h14v10H5ZM12 9V5M9 13v1M15 13v1' },
  { screen: 'miner', href: '#/miner', key: '7', place: 'more', icon: 'M4 20 13 11M8 6c4-2.5 9-1.5 12 2M11 13 9 11l4.5-4.5 2 2Z' },
  { screen: 'node', within: ['room'], href: '#/node', key: '3', place: 'more', icon: 'M12 3 20 7.5v9L12 21l-8-4.5v-9ZM12 12l8-4.5M12 12v9M12 12 4 7.5' },
  { screen: 'proof', href: '#/proof', key: '6', place: 'more', icon: 'M12 3l8 3v6c0 5-3.4 7.8-8 9-4.6-1.2-8-4-8-9V6ZM8.5 12l2.5 2.5 4.5-5' },
  {
    screen: 'learn',
    href: '#/learn',
    key: '9',
    place: 'more',
    icon: 'M12 7C9.5 5.2 7 4.8 4 5v13.5c3-.2 5.5.2 8 2 2.5-1.8 5-2.2 8-2V5c-3-.2-5.5.2-8 2Zm0 0v13.5'
  }
]

export const HELP_ICON = 'M9 9.2a3 3 0 1 1 4.3 2.7c-.9.5-1.3 1-1.3 2.1M12 17.4v.1M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Z'
export const MORE_ICON = 'M4 4h6v6H4ZM14 4h6v6h-6ZM4 14h6v6H4ZM14 14h6v6h-6Z'

/** Whether this entry stands for what is shown now. */
export const isCurrent = ({ screen, within = [] }: Entry, shown: Route['screen']): boolean => screen === shown || within.includes(shown)
