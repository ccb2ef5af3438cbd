/**
 * What this browser remembers for the person in front of it. Never consensus, never keys. Where storage is denied everything still works
 * and lasts until the tab closes.
 */
import type { Checkpoint, FamilyRules } from '../../bridge/views'

export type Theme = 'auto' | 'light' | 'dark'
export interface Transports {
  tab: boolean
  webrtc: boolean
  relay: boolean
}
/** The last room that was joined by a link, so that a refresh comes back to it. */
export interface Room {
  networkId: string
  relays: string[]
  /** The block that the link vouched for, so that a refresh begins there again; none: genesis. */
  checkpoint?: Checkpoint | null
}

interface Stored {
  theme: Theme
  /** This browser was a node before: next time it is one at once. */
  wasNode: boolean
  room: Room | null
  /** Name of the agent that was here last, so that a room link can say whom one joins as. */
  name: string | null
  /** Family and mode that were chosen for the simulation; null: never chosen. */
  simulated: FamilyRules | null
  transports: Transports
  /** Light or full, as somebody chose; null: by the device. */
  role: 'light' | 'full' | null
  /** Single-key shortcuts (WCAG 2.1.4: they can be switched off). */
  shortcuts: boolean
  /** Spoken announcements of the live region. */
  announcements: boolean
  /** The guided first agent is open. */
  guided: boolean
}

const STORAGE_KEY = 'quorumble.settings'
const DEFAULTS: Stored = {
  theme: 'auto',
  wasNode: false,
  room: null,
  name: null,
  simulated: null,
  transports: { tab: true, webrtc: true, relay: true },
  role: null,
  shortcuts: true,
  announcements: true,
  guided: false
}

export class Settings {
  theme = $state<Theme>(DEFAULTS.theme)
  wasNode = $state(DEFAULTS.wasNode)
  room = $state.raw<Room | null>(DEFAULTS.room)
  name = $state<string | null>(DEFAULTS.name)
  simulated = $state.raw<FamilyRules | null>(DEFAULTS.simulated)
  transports = $state.raw<Transports>(DEFAULTS.transports)
  role = $state<'light' | 'full' | null>(DEFAULTS.role)
  shortcuts = $state(DEFAULTS.shortcuts)
  announcements = $state(DEFAULTS.announcements)
  guided = $state(DEFAULTS.guided)
  /** False when the browser denies storage. */
  readonly kept: boolean
  readonly #storage: Storage | null

  /** @param storage `localStorage`, or null where it is denied @param search `location.search`: `?transports=tab,relay` and `?role=light` win over what is stored */
  constructor(storage: Storage | null, search: string) {
    this.#storage = storage
    this.kept = storage !== null
    const stored = readStored(storage)
    Object.assign(this, stored)
    this.transports = transportsOf(search) ?? stored.transports
    this.role = saneRole(new URLSearchParams(search).get('role')) ?? stored.role
  }

  /** Changes some settings and keeps them. */
  change(changes: Partial<Stored>): void {
    Object.assign(this, changes)
    const { theme, wasNode, room, name, simulated, transports, role, shortcuts, announcements, guided } = this
    try {
      const stored: Stored = { theme, wasNode, room, name, simulated, transports, role, shortcuts, announcements, guided }
      this.#storage?.setItem(STORAGE_KEY, JSON.stringify(stored))
    } catch {
      // Storage is full or was denied meanwhile: the choice holds until the tab closes.
    }
  }
}

/** `localStorage` where the browser grants it; merely naming it throws where it does not. */
export function browserStorage(): Storage | null {
  try {
    return globalThis.localStorage
  } catch {
    return null
  }
}

function readStored(storage: Storage | null): Stored {
  try {
    const raw: unknown = JSON.parse(storage?.getItem(STORAGE_KEY) ?? 'null')
    return typeof raw === 'object' && raw !== null ? sane(raw as Record<string, unknown>) : DEFAULTS
  } catch {
    return DEFAULTS
  }
}

/** Older builds and curious people write other things here: every field is checked, the rest is the default. */
function sane(raw: Record<string, unknown>): Stored {
  const flag = (name: 'wasNode' | 'shortcuts' | 'announcements' | 'guided') => (typeof raw[name] === 'boolean' ? raw[name] : DEFAULTS[name])
  const theme = (['auto', 'light', 'dark'] as const).find(t => t === raw.theme) ?? DEFAULTS.theme
  const transports = (raw.transports ?? {}) as Partial<Transports>
  return {
    theme,
    wasNode: flag('wasNode'),
    room: saneRoom(raw.room),
    name: typeof raw.name === 'string' ? raw.name : null,
    simulated: saneRules(raw.simulated),
    transports: { tab: transports.tab !== false, webrtc: transports.webrtc !== false, relay: transports.relay !== false },
    role: saneRole(raw.role),
    shortcuts: flag('shortcuts'),
    announcements: flag('announcements'),
    guided: flag('guided')
  }
}

function saneRole(raw: unknown): 'light' | 'full' | null {
  return raw === 'light' || raw === 'full' ? raw : null
}

function saneRoom(raw: unknown): Room | null {
  const room = raw as Partial<Room> | null | undefined
  if (typeof room?.networkId !== 'string' || !Array.isArray(room.relays)) return null
  // What stands in a checkpoint is looked at where it is used: whatever does not name a block is refused there.
  const { networkId, relays, checkpoint = null } = room
  return { networkId, relays: relays.filter(relay => typeof relay === 'string'), checkpoint }
}

/** Whether there is such a family is the simulator's to say. */
function saneRules(raw: unknown): FamilyRules | null {
  const rules = raw as Partial<FamilyRules> | null | undefined
  return typeof rules?.family === 'string' && typeof rules.mode === 'string' ? { family: rules.family, mode: rules.mode } : null
}

function transportsOf(search: string): Transports | null {
  const named = new URLSearchParams(search).get('transports')?.split(',')
  return named ? { tab: named.includes('tab'), webrtc: named.includes('webrtc'), relay: named.includes('relay') } : null
}
