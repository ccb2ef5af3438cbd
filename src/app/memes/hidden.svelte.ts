/** What this person does not want to see. Theirs alone: the chain keeps everything. */
const STORAGE_KEY = 'quorumble.hidden-memes'
/** Of each; the oldest choice is forgotten. */
const KEPT = 500

const textsOf = (value: unknown): string[] => (Array.isArray(value) ? value.filter(each => typeof each === 'string').slice(-KEPT) : [])

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
