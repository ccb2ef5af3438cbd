/**
 * One message, many receivers: its bytes are hashed, decoded and inspected once, and its signatures judged once, however many nodes read them. What depends on
 * the reader stays with the reader's ingress. The pool also joins equal bytes that are published apart.
 */
import { GenerationMap } from '../core/crypto/generationMap'
import { messageId } from '../core/signing'
import { readGossip } from '../node/ingress'
import type { Reading, Refusal } from '../node/ingress'
import type { GossipName, Verified } from '../node/messages'
import type { MessageOf } from '../core/wire'
import type { Topic } from '../node/ports'

/** Messages remembered besides those under way: some heights of a hundred nodes. */
const MAX_POOLED_MESSAGES = 4096

export interface SharedMessage {
  readonly topic: Topic
  readonly bytes: Uint8Array
  /** `messageId` of the bytes. */
  readonly id: string
  /** The first 32 bits of the id, for the log. */
  readonly word: number
  readonly reading: Reading<GossipName>
  /** What admission came to, once its signatures have been judged: it is the same for every reader. */
  admitted: Verified<MessageOf<GossipName>> | Refusal | null
}

export class MessagePool {
  readonly #messages = new GenerationMap<string, SharedMessage>(MAX_POOLED_MESSAGES)
  /** Different messages so far (one that was forgotten and comes again counts again). */
  distinct = 0

  constructor(readonly networkId: Uint8Array) {}

  /** The message with these bytes under this topic. */
  of(topic: Topic, bytes: Uint8Array): SharedMessage {
    const id = messageId(bytes)
    const key = topic + id
    let message = this.#messages.get(key)
    if (message === undefined) {
      this.distinct++
      message = { topic, bytes, id, word: Number.parseInt(id.slice(0, 8), 16), reading: readGossip(this.networkId, topic, bytes), admitted: null }
      this.#messages.set(key, message)
    }
    return message
  }
}
