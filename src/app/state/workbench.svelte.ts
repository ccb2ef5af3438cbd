/**
 * The agent that is being made: one draft, seen by a form, a TOML editor and a script editor. The TOML text is the model; the form reads what it says and writes into it, so the three
 * cannot disagree. Every change can be undone, and the draft outlives a reload.
 */
import { lineOf } from '../../agent/config/lines'
import type { PresetName } from '../../agent/config/presets'
import { pathOf } from '../../agent/config/schema'
import type { ProducerConfig } from '../../agent/config/config'
import type { ConfigKey } from '../../agent/config/schema'
import { changeValue, parseConfig } from '../../agent/config/toml'
import type { Problem } from '../../agent/config/toml'
import type { RememberedProgram } from './agentPrograms'

const STORAGE_KEY = 'quorumble.agentDraft'
/** Changes that can be taken back. */
const UNDO_STEPS = 50
/** Typing within this time is one change, ms. */
const SAME_CHANGE_MS = 1500
/** Characters of a draft that are kept. */
const DRAFT_LENGTH = 100_000

/** What an editor marks: a problem of the configuration, or one that the script's syntax has. */
export type Marked = Omit<Problem, 'key'>

export interface Draft {
  toml: string
  script: string
  /** The script is part of the agent. */
  scripted: boolean
}

const EMPTY: Draft = { toml: '', script: '', scripted: false }

export class Workbench {
  draft = $state.raw<Draft>(EMPTY)
  /** Drafts before this one, newest last. */
  past = $state.raw<readonly Draft[]>([])
  readonly parsed = $derived(parseConfig(this.draft.toml))
  /** What the file says, or said before it had problems. */
  readonly config = $derived.by(() => (this.#good = this.parsed.config ?? this.#good))
  readonly problems = $derived<readonly Problem[]>(this.parsed.problems)
  readonly sound = $derived(this.parsed.config !== null)
  /** Was there a draft to come back to? */
  readonly resumed: boolean
  #good: ProducerConfig = parseConfig('').config!
  #lastChange = { kind: '', at: -Infinity }
  readonly #storage: Storage | null
  readonly #now: () => number

  /** @param storage null where it is denied @param now for telling changes apart */
  constructor(storage: Storage | null, now: () => number = () => Date.now()) {
    this.#storage = storage
    this.#now = now
    const stored = readStored(storage)
    this.resumed = stored !== null
    this.draft = stored ?? EMPTY
  }

  get kept(): boolean {
    return this.#storage !== null
  }

  /** @param kind changes of one kind that follow each other closely are one */
  change(change: Partial<Draft>, kind: string): void {
    const next = { ...this.draft, ...change }
    if (next.toml === this.draft.toml && next.script === this.draft.script && next.scripted === this.draft.scripted) return
    const at = this.#now()
    const goesOn = kind === this.#lastChange.kind && at - this.#lastChange.at < SAME_CHANGE_MS
    if (!goesOn) this.past = [...this.past, this.draft].slice(-UNDO_STEPS)
    this.#lastChange = { kind, at }
    this.#put(next)
  }

  undo(): void {
    const before = this.past.at(-1)
    if (before === undefined) return
    this.past = this.past.slice(0, -1)
    this.#lastChange = { kind: '', at: -Infinity }
    this.#put(before)
  }

  #put(draft: Draft): void {
    this.draft = draft
    try {
      this.#storage?.setItem(STORAGE_KEY, JSON.stringify(draft))
    } catch {
      // Storage is full or was denied meanwhile: the draft lasts as long as the tab.
    }
  }

  /** The form's way. A value that its key refuses changes nothing. @returns what is wrong with it, or null */
  set(key: ConfigKey, value: unknown): string | null {
    const text = changeValue(this.draft.toml, this.config, key, value)
    const { problems } = parseConfig(text)
    const wrong = problems.find(({ severity, key: path }) => severity === 'error' && path === pathOf(key))
    if (wrong !== undefined) return wrong.message
    this.change({ toml: text }, pathOf(key))
    return null
  }

  lineOf(key: ConfigKey): number | null {
    return lineOf(this.draft.toml, pathOf(key))
  }

  /** What would run. */
  get program(): RememberedProgram {
    const { toml, script, scripted } = this.draft
    return { toml, script: scripted ? script : null, peers: [...this.config.peers] }
  }

  /** Which preset the draft is, to the letter; null: somebody's own. */
  presetAmong(files: ReadonlyMap<PresetName, string>): PresetName | null {
    return this.draft.scripted ? null : ([...files].find(([, text]) => text === this.draft.toml)?.[0] ?? null)
  }
}

function readStored(storage: Storage | null): Draft | null {
  try {
    const { toml, script, scripted } = JSON.parse(storage?.getItem(STORAGE_KEY) ?? 'null') as Record<string, unknown>
    if (typeof toml !== 'string' || typeof script !== 'string' || toml.length + script.length > DRAFT_LENGTH) return null
    return { toml, script, scripted: scripted === true }
  } catch {
    return null
  }
}
