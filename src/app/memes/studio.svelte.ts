/** The studio's state: one draft, what is selected in it, and a way back. Components read it and call its methods. */
import type { MemeContentView, MemeDraft, MemeLayer, MemePicture } from '../../bridge/memes'
import { memeText } from '../i18n/memes'
import { STICKERS, stickerOf } from './art/stickers'
import { TEMPLATES, templateOf } from './art/templates'
import { PAPER, INK } from './art/shapes'
import { keepDraft, readDraft } from './draft'
import type { Draft, MemeKind } from './draft'
import { addLayer, applyTemplate, changeLayer, LAYERS_MAX, removeLayer, reorderLayer } from './edit'
import type { LayerChange } from './edit'

/** Steps back: an afternoon of nudging. */
const UNDO_STEPS = 200
/** A draft is written when the hand has rested so long. */
const AUTOSAVE_MS = 400
export const TAGS_MAX = 4

const EMPTY: MemePicture = { template: 0, ground: PAPER, layers: [] }

function firstDraft(): Draft {
  const template = TEMPLATES[0]!
  return {
    kind: 'picture',
    picture: applyTemplate(EMPTY, template, null),
    text: memeText.studio.textStart,
    ascii: memeText.studio.asciiStart,
    caption: '',
    tags: [],
    targets: [],
    parent: null
  }
}

export class Studio {
  draft = $state.raw<Draft>(firstDraft())
  /** Index of the layer that is worked on, −1 for none. */
  selected = $state(-1)
  /** The hand draws instead of moving things. */
  drawing = $state(false)
  pen = $state.raw({ size: 18, colour: 12 })
  /** A picture of this device in place of the scene; never published. */
  backdrop = $state.raw<{ bitmap: ImageBitmap; bytes: number } | null>(null)
  #past = $state.raw<readonly Draft[]>([])
  #future = $state.raw<readonly Draft[]>([])
  /** What the last change was about: changes of one gesture are one step back. */
  #gesture = ''
  #timer: ReturnType<typeof setTimeout> | undefined
  readonly #storage: Storage | null

  constructor(storage: Storage | null) {
    this.#storage = storage
    this.draft = readDraft(storage) ?? firstDraft()
  }

  get picture(): MemePicture {
    return this.draft.picture
  }
  get layer(): MemeLayer | null {
    return this.picture.layers[this.selected] ?? null
  }
  get full(): boolean {
    return this.picture.layers.length >= LAYERS_MAX
  }
  get canUndo(): boolean {
    return this.#past.length > 0
  }
  get canRedo(): boolean {
    return this.#future.length > 0
  }
  get content(): MemeContentView {
    const { kind, picture, text, ascii } = this.draft
    return kind === 'picture' ? { format: 'picture', picture } : { format: kind, text: kind === 'text' ? text : ascii }
  }
  get wanted(): MemeDraft {
    const { caption, tags, targets, parent } = this.draft
    return { content: this.content, caption, tags, targets, references: parent === null ? [] : [parent] }
  }

  /** @param gesture changes in a row with the same name are one step back; '' stands alone */
  change(change: Partial<Draft>, gesture = ''): void {
    if (gesture === '' || gesture !== this.#gesture) this.#past = [...this.#past, this.draft].slice(-UNDO_STEPS)
    this.#gesture = gesture
    this.#future = []
    this.#set({ ...this.draft, ...change })
  }

  #set(draft: Draft): void {
    this.draft = draft
    if (this.selected >= draft.picture.layers.length) this.selected = -1
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => keepDraft(this.#storage, this.draft), AUTOSAVE_MS)
  }

  /** The page goes away: what has not been written yet is. */
  flush(): void {
    clearTimeout(this.#timer)
    keepDraft(this.#storage, this.draft)
  }

  undo(): void {
    const before = this.#past.at(-1)
    if (!before) return
    this.#past = this.#past.slice(0, -1)
    this.#future = [this.draft, ...this.#future]
    this.#gesture = ''
    this.#set(before)
  }

  redo(): void {
    const [after, ...rest] = this.#future
    if (!after) return
    this.#future = rest
    this.#past = [...this.#past, this.draft]
    this.#gesture = ''
    this.#set(after)
  }

  startOver(): void {
    this.selected = -1
    this.backdrop = null
    this.change(firstDraft())
  }

  setKind(kind: MemeKind): void {
    if (kind !== this.draft.kind) this.change({ kind })
  }

  #edit(picture: MemePicture, gesture = ''): void {
    if (picture !== this.picture) this.change({ picture }, gesture)
  }

  useTemplate(id: number): void {
    this.#edit(applyTemplate(this.picture, templateOf(id), templateOf(this.picture.template)))
    this.selected = -1
  }

  setGround(ground: number): void {
    this.#edit({ ...this.picture, ground })
  }

  /** @returns false when there is no room for another layer */
  add(layer: MemeLayer): boolean {
    if (this.full) return false
    this.#edit(addLayer(this.picture, layer))
    this.selected = this.picture.layers.length - 1
    return true
  }

  addText(): boolean {
    return this.add({
      kind: 'text',
      x: 500,
      y: 500,
      size: 80,
      turn: 0,
      colour: this.picture.template === 0 ? INK : PAPER,
      text: memeText.studio.newText,
      style: this.picture.template === 0 ? 'bold' : 'outlined'
    })
  }

  /** Each one a little further, so that none hides the one before it. */
  addSticker(id: number): boolean {
    const shift = (this.picture.layers.length % 6) * 40
    return this.add({ kind: 'sticker', x: 420 + shift, y: 460 + shift, size: 240, turn: 0, colour: (stickerOf(id) ?? STICKERS[0]!).colour, sticker: id })
  }

  changeLayer(index: number, change: LayerChange, gesture = ''): void {
    this.#edit(changeLayer(this.picture, index, change), gesture)
  }

  /** @param by units, and of `size` and `turn` */
  nudge(index: number, by: { x?: number; y?: number; size?: number; turn?: number }): void {
    const layer = this.picture.layers[index]
    if (!layer) return
    const { x = 0, y = 0, size = 0, turn = 0 } = by
    this.changeLayer(index, { x: layer.x + x, y: layer.y + y, size: layer.size + size, turn: layer.turn + turn }, `nudge ${index}`)
  }

  remove(index: number): void {
    this.#edit(removeLayer(this.picture, index))
    this.selected = Math.min(index, this.picture.layers.length - 1)
  }

  reorder(index: number, by: 1 | -1): void {
    const next = reorderLayer(this.picture, index, by)
    if (next === this.picture) return
    this.#edit(next)
    this.selected = index + by
  }

  /** Somebody's meme as a beginning. */
  remix(content: MemeContentView, parent: string, tags: readonly string[]): void {
    this.selected = -1
    this.change({
      ...(content.format === 'picture' ? { kind: 'picture', picture: content.picture } : { kind: content.format, [content.format]: content.text }),
      parent,
      tags: [...tags],
      caption: ''
    })
  }
}
