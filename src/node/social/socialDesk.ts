/** Memes and alliances for people, in one place: loaded when somebody first asks, for a node on its way to its peers needs none of it. */
import type { SocialView } from '../../bridge/alliances'
import type { Result as ApiResult } from '../../bridge/api'
import type { Intent } from '../messages'
import type { NodeCore } from '../nodeCore'
import type { NodeStore } from '../ports'
import { Gallery } from './gallery'
import { parseSocialIntent } from './intents'
import type { SocialIntent } from './intents'
import { SocialBook, stateAt } from './socialView'

export class SocialDesk {
  readonly gallery: Gallery
  readonly #book: SocialBook

  constructor(
    readonly core: NodeCore,
    store: Pick<NodeStore, 'range'>
  ) {
    this.gallery = new Gallery(core, store)
    this.#book = new SocialBook(core)
  }

  view(): SocialView {
    return this.#book.view()
  }

  parse(intent: SocialIntent): ApiResult<Intent> {
    return parseSocialIntent(intent, this.core.publicKey, height => stateAt(this.core, height))
  }
}
