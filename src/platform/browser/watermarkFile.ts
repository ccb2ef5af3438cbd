/**
 * A second copy of the vote watermark, in the origin private file system.
 *
 * Browsers lose databases (Chromium was seen to drop a whole one after a kill), and people restore profiles. A key that comes back with an
 * old database must not vote again on heights that it has left, so the mark is also kept where it does not share the database's fate.
 * Best effort by design: no file system, no copy; the database alone is then what is trusted (R6).
 */

/** Where the second copy of a watermark lives. Neither method rejects. */
export interface WatermarkCopy {
  /** 0 when there is none or it cannot be read. */
  read(): Promise<number>
  /** Keeps the highest height handed over. Several calls while one is being written become one. */
  raise(height: number): Promise<void>
}

/** The height as u64, then its complement: a torn write does not pass for a height. */
const FILE_BYTES = 16

/** Only in worker scopes, so the DOM types do not have it. */
interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { at: number }): number
  flush(): void
  close(): void
}

/** @returns null where there is no origin private file system (insecure origins, some private windows) */
export async function openWatermarkFile(name: string): Promise<WatermarkCopy | null> {
  try {
    const root = await navigator.storage.getDirectory()
    const file = await root.getFileHandle(name, { create: true })
    return new WatermarkFile(file)
  } catch {
    return null
  }
}

class WatermarkFile implements WatermarkCopy {
  private wanted = 0
  private written = 0
  private writing: Promise<void> | null = null

  constructor(private readonly file: FileSystemFileHandle) {}

  async read(): Promise<number> {
    try {
      const bytes = new Uint8Array(await (await this.file.getFile()).arrayBuffer())
      this.written = Math.max(this.written, decodeMark(bytes))
    } catch {
      // Unreadable is as good as absent: the database's own watermark still guards.
    }
    return this.written
  }

  raise(height: number): Promise<void> {
    this.wanted = Math.max(this.wanted, height)
    this.writing ??= this.writeAll().finally(() => {
      this.writing = null
    })
    return this.writing
  }

  private async writeAll(): Promise<void> {
    while (this.wanted > this.written) {
      const height = this.wanted
      try {
        await write(this.file, encodeMark(height))
      } catch {
        // Another handle holds the file, or the disk is full. The next commit tries again.
        return
      }
      this.written = height
    }
  }
}

/** Atomic by a temporary file where the browser can; else through the exclusive handle that workers have. */
async function write(file: FileSystemFileHandle, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  if ('createWritable' in file) {
    const stream = await file.createWritable()
    await stream.write(bytes)
    await stream.close()
    return
  }
  const handle = await (file as { createSyncAccessHandle(): Promise<SyncAccessHandle> }).createSyncAccessHandle()
  try {
    handle.write(bytes, { at: 0 })
    handle.flush()
  } finally {
    handle.close()
  }
}

/** The 16 bytes that stand for a watermark. */
export function encodeMark(height: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(FILE_BYTES)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(height))
  view.setBigUint64(8, ~BigInt(height) & 0xffff_ffff_ffff_ffffn)
  return bytes
}

/** @returns 0 for anything that `encodeMark` did not make */
export function decodeMark(bytes: Uint8Array): number {
  if (bytes.length !== FILE_BYTES) return 0
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const height = view.getBigUint64(0)
  if ((height ^ view.getBigUint64(8)) !== 0xffff_ffff_ffff_ffffn) return 0
  return height <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(height) : 0
}
