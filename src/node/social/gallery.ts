/** Reads memes for people: records from the state, contents from the blocks that hold them, in memory or on disk. */
import type { Failure as ApiFailure, Result as ApiResult } from '../../bridge/api'
import type { MemeDraft, MemeInspection, MemePage, MemeView } from '../../bridge/memes'
import { fromHex, fromUtf8, toHex } from '../../core/bytes'
import { decode } from '../../core/codec'
import { GenerationMap } from '../../core/crypto/generationMap'
import { Block } from '../../core/schema'
import type { MemeRecord, Transaction } from '../../core/schema'
import { memeAt, memePlace } from '../../core/state/memes'
import type { NodeCore } from '../nodeCore'
import type { NodeStore } from '../ports'
import { findInTree } from '../views'
import { contentView, payloadOfDraft } from './content'
import { inspect, memesBelow, memeView, publicationOf, stateOf } from './memes'
import type { PublishedMeme } from './memes'

/** Contents kept at hand: ten pages, some hundred kilobytes. */
const CONTENTS_KEPT = 256
const GONE: PublishedMeme = { content: null, caption: '' }

const UNKNOWN: ApiFailure = { ok: false, code: 'unknown-meme', message: 'This meme is not known here. It may be on another chain, or too old to be kept.' }

export class Gallery {
  readonly #contents = new GenerationMap<string, PublishedMeme>(CONTENTS_KEPT)

  constructor(
    readonly core: NodeCore,
    readonly store: Pick<NodeStore, 'range'>
  ) {}

  inspect(draft: MemeDraft): ApiResult<MemeInspection> {
    const payload = payloadOfDraft(draft)
    if (!payload.ok) return { ok: false, code: payload.code, message: `Not possible: ${payload.detail}.` }
    return { ok: true, value: inspect(this.core, payload.value) }
  }

  async page(before: number | null): Promise<ApiResult<MemePage>> {
    const { records, total, next } = memesBelow(stateOf(this.core), before)
    const memes: MemeView[] = []
    for (const record of records) memes.push(memeView(this.core, record, await this.#published(record)))
    return { ok: true, value: { memes, total, next } }
  }

  async meme(id: string): Promise<ApiResult<MemeView>> {
    const bytes = fromHex(id)
    const state = stateOf(this.core)
    const place = bytes?.length === 32 ? memePlace(state, bytes) : null
    if (place === null) return UNKNOWN
    const record = memeAt(state, place)
    return { ok: true, value: memeView(this.core, record, await this.#published(record)) }
  }

  /** The content of a meme never changes, for its id is its hash; the caption is that of the block that is on this branch. */
  async #published(record: MemeRecord): Promise<PublishedMeme> {
    const key = `${toHex(record.id)}/${record.height}`
    const known = this.#contents.get(key)
    if (known !== undefined) return known
    const payload = publicationOf(findInTree(this.core, record.height)?.block.transactions ?? (await this.#stored(record.height)), record.id)
    if (payload === null) return GONE
    const published = { content: contentView(payload.format, payload.recipe), caption: fromUtf8(payload.caption) ?? '' }
    if (record.height <= this.core.tree.final.height) this.#contents.set(key, published)
    return published
  }

  async #stored(height: number): Promise<readonly Transaction[]> {
    const stored = (await this.store.range(height, 1)).find(block => block.height === height)
    const block = stored === undefined ? null : decode(Block, stored.bytes)
    return block?.ok ? block.value.transactions : []
  }
}
