/**
 * What this person does not want to see. Theirs alone: the chain keeps everything. A list can be handed on as text, by a teacher to a class or by a pupil to the teacher: who takes it hides the
 * same, on this device.
 */
import type { Result } from '../../bridge/api'

const STORAGE_KEY = 'quorumble.hidden-memes'
/** Of each; the oldest choice is forgotten. */
const KEPT = 500
/** What a list says of itself. */
const FORMAT = 'quorumble-hide-list-1'
/** Longest list that is read, characters: two times 500 keys of 64 digits, and their marks. */
const MAX_LIST_TEXT = 80_000
const KEY = /^[0-9a-f]{64}$/

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter(each => typeof each === 'string').slice(-KEPT) : [])

function readList(text: string): { memes: string[]; creators: string[] } | null {
  if (text.length > MAX_LIST_TEXT) return null
  try {
    const raw = JSON.parse(text) as { format?: unknown; memes?: unknown; creators?: unknown } | null
    if (raw?.format !== FORMAT) return null
    const [memes, creators] = [textsOf(raw.memes), textsOf(raw.creators)]
    return [...memes, ...creators].every(key => KEY.test(key)) ? { memes, creators } : null
  } catch {
    return null
  }
}

export class Hidden {
  memes = $state.raw<readonly string[]>([])
  creators = $state.raw<readonly string[]>([])
  readonly #storage: Storage | null

  constructor(storage: Storage | null) {
    this.#storage = storage
    try {
      const raw = JSON.parse(storage?.getItem(STORAGE_KEY) ?? 'null') as { memes?: unknown; creators?: unknown } | null
      this.memes = textsOf(raw?.memes)
      this.creators = textsOf(raw?.creators)
    } catch {
      // Somebody wrote something else there: nothing is hidden.
    }
  }

  has(meme: { id: string; creator: string }): boolean {
    return this.memes.includes(meme.id) || this.creators.includes(meme.creator)
  }

  hide(id: string): void {
    this.#keep([...this.memes, id], this.creators)
  }

  mute(creator: string): void {
    this.#keep(this.memes, [...this.creators, creator])
  }

  get list(): string {
    return JSON.stringify({ format: FORMAT, memes: this.memes, creators: this.creators })
  }

  /** Hides what somebody else's list names, beside what is hidden already. @returns how many memes and makers are new; `bad-list` for anything else */
  take(text: string): Result<number> {
    const list = readList(text)
    if (list === null) return { ok: false, code: 'bad-list', message: 'This is no hide-list. Paste the whole text, as it was copied.' }
    const before = this.memes.length + this.creators.length
    this.#keep([...new Set([...this.memes, ...list.memes])], [...new Set([...this.creators, ...list.creators])])
    return { ok: true, value: this.memes.length + this.creators.length - before }
  }

  showAll(): void {
    this.#keep([], [])
  }

  #keep(memes: readonly string[], creators: readonly string[]): void {
    this.memes = memes.slice(-KEPT)
    this.creators = creators.slice(-KEPT)
    try {
      this.#storage?.setItem(STORAGE_KEY, JSON.stringify({ memes: this.memes, creators: this.creators }))
    } catch {
      // It holds until the tab closes.
    }
  }
}
