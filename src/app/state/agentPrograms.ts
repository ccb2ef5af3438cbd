/** Which program each agent of this browser runs: a refresh brings it back. Never keys, never consensus; where storage is denied it lasts until the tab closes. */
import type { AgentProgram } from '../../agent/config/config'
import type { Hex } from '../../bridge/views'

const STORAGE_KEY = 'quorumble.agents'
/** Agents remembered; who ran longest ago is forgotten first. A tab too many runs the default. */
const PROGRAMS_KEPT = 16
/** Characters of one program that are kept: the longest file and script. */
const PROGRAM_LENGTH = 50_000

export interface RememberedProgram extends AgentProgram {
  /** P013: addresses that it dials when its node starts. */
  peers: string[]
}

export class AgentPrograms {
  readonly #programs: Map<Hex, RememberedProgram>
  readonly #storage: Storage | null

  /** @param storage `localStorage`, or null where it is denied */
  constructor(storage: Storage | null) {
    this.#storage = storage
    this.#programs = readStored(storage)
  }

  of(agentId: Hex): RememberedProgram | null {
    return this.#programs.get(agentId) ?? null
  }

  /** Of the program that was run last, whoever's: which agent a tab will be is not known before it starts. */
  get peers(): readonly string[] {
    return [...this.#programs.values()].at(-1)?.peers ?? []
  }

  /** @param program null: back to the default */
  remember(agentId: Hex, program: RememberedProgram | null): void {
    this.#programs.delete(agentId)
    if (program !== null) this.#programs.set(agentId, program)
    for (const oldest of this.#programs.keys()) if (this.#programs.size > PROGRAMS_KEPT) this.#programs.delete(oldest)
    try {
      this.#storage?.setItem(STORAGE_KEY, JSON.stringify([...this.#programs]))
    } catch {
      // Storage is full or was denied meanwhile: the program runs until the tab closes.
    }
  }
}

/** Older builds and curious people write other things here: what is not well-formed is left out. */
function readStored(storage: Storage | null): Map<Hex, RememberedProgram> {
  try {
    const raw: unknown = JSON.parse(storage?.getItem(STORAGE_KEY) ?? '[]')
    const entries = (Array.isArray(raw) ? raw : []) as unknown[]
    return new Map(entries.flatMap(entry => (Array.isArray(entry) ? sane(entry[0], entry[1]) : [])))
  } catch {
    return new Map()
  }
}

function sane(id: unknown, raw: unknown): [Hex, RememberedProgram][] {
  const { toml, script, peers } = (raw ?? {}) as Record<string, unknown>
  if (typeof id !== 'string' || typeof toml !== 'string' || toml.length > PROGRAM_LENGTH) return []
  const source = typeof script === 'string' && script.length <= PROGRAM_LENGTH ? script : null
  return [[id, { toml, script: source, peers: Array.isArray(peers) ? peers.filter(peer => typeof peer === 'string') : [] }]]
}
