/**
 * @chainsafe/ssz writes list lengths through a global `Buffer`. Browsers have none: this gives them as much of one as the libraries here call, for the whole of it is 8 kB of what a visitor
 * downloads. Node's own is left alone. Imported first by ssz.ts and by nothing else, so that the global stays this module's business.
 */
import { utf8 } from './bytes'

class SmallBuffer extends Uint8Array {
  /** The lowest `length` ≤ 6 bytes of a non-negative integer, the least significant first. @returns where to go on */
  writeUIntLE(value: number, offset: number, length: number): number {
    let rest = value
    for (let at = offset; at < offset + length; at++) {
      this[at] = rest % 256
      rest = Math.floor(rest / 256)
    }
    return offset + length
  }

  /** As UTF-8. @returns bytes written */
  write(text: string, offset: number): number {
    const bytes = utf8(text)
    this.set(bytes, offset)
    return bytes.length
  }
}

/** What ssz (`alloc`, `from`) and, once it sees a `Buffer`, protons (`allocUnsafe`, `byteLength`) call. */
export const smallBuffer = {
  alloc: (size: number) => new SmallBuffer(size),
  allocUnsafe: (size: number) => new SmallBuffer(size),
  from: (bytes: ArrayBuffer, offset: number, length: number) => new SmallBuffer(bytes, offset, length),
  byteLength: (text: string) => utf8(text).length
}

const scope = globalThis as { Buffer?: unknown }
scope.Buffer ??= smallBuffer
