/**
 * The history of a run as one number, and for export as lines. The number covers every input of every node, with what came and when; equal numbers mean equal
 * histories, in Node and in a browser. Export adds lines and changes nothing.
 */
import { toHex } from '../core/bytes'
import type { Input } from '../node/messages'

/** One line of an exported log. `t`: virtual ms since the start; `n`: node; `k`: kind of input, event or fault; the rest says what exactly (docs/SIMULATOR.md). */
export type LogLine = { t: number; n: number; k: string } & Record<string, string | number | boolean | null>

/**
 * What a line of the log says of an input besides its kind.
 * @param word of a gossip message: the first 32 bits of its id
 */
export function idsOf(input: Input, word: number): Record<string, string | number> {
  switch (input.type) {
    case 'gossip': {
      const { kind, value } = input.message
      const height = kind === 'announce' ? value.header.height : kind === 'transaction' ? null : value.height
      return {
        from: Number(input.from),
        id: (word >>> 0).toString(16).padStart(8, '0'),
        message: kind,
        ...(height === null ? {} : { h: height }),
        ...(kind === 'vote' ? { vote: value.kind, hash: toHex(value.hash).slice(0, 16) } : {})
      }
    }
    case 'request':
      return { from: Number(input.from), id: input.id, message: input.message.kind }
    case 'reply':
      return { from: Number(input.from), id: input.id, message: input.result.ok ? input.result.value.kind : input.result.code }
    case 'stored':
      return {
        row: input.row.kind,
        h: input.row.height,
        hash: input.row.hash.slice(0, 16),
        outcome: input.outcome === null ? 'failed' : input.outcome.ok ? 'ok' : input.outcome.code
      }
    case 'configure':
      return {}
    case 'decide':
      return { h: input.height }
    case 'links':
      return { peers: input.peers.length }
    case 'submit':
      return { intent: input.intent.kind }
    case 'chunks':
      return { chunks: input.chunks.length, last: input.last ? 1 : 0 }
    case 'chunksKept':
      return { chunks: input.roots.length }
    case 'tick':
      return {}
  }
}

/** The number, fed input by input; and where the lines go. */
export class EventLog {
  #low = 0x811c9dc5
  #high = 0xcbf29ce4

  /** @param sink takes the lines; null where nobody reads them, which saves making them */
  constructor(readonly sink: ((line: LogLine) => void) | null) {}

  /** Four whole numbers, of which the lower 32 bits count. */
  add(time: number, node: number, kind: number, word: number): void {
    this.#mix(time)
    this.#mix((node << 4) | kind)
    this.#mix(word)
  }

  #mix(number: number): void {
    this.#low = Math.imul(this.#low ^ (number | 0), 0x0100_0193)
    this.#high = (Math.imul(this.#high ^ this.#low, 0x0100_01b3) + 1) | 0
  }

  /** 16 hex digits. */
  get hash(): string {
    return (this.#high >>> 0).toString(16).padStart(8, '0') + (this.#low >>> 0).toString(16).padStart(8, '0')
  }
}
