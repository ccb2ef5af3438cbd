/**
 * What is kept outside a node's database, in the origin private file system: each key's mark (R6), and who made the database. Chromium was seen to drop a whole
 * database after a kill; these files do not share its fate. Insecure origins and some private windows have no such files.
 */
import { StoreError } from '../../node/ports'
import type { Identity } from '../../node/ports'
import { MarkKeeper } from '../promiseMark'
import type { MarkMedium, OpenMark } from '../promiseMark'

/** Says that a database was made, and by whom, for the day when it is found empty. Best effort: no method rejects. */
export interface MakersNote {
  /** Agent id, hex; null when there is none, or no place for it. */
  read(): Promise<string | null>
  write(identity: Identity): Promise<void>
  remove(): Promise<void>
}

export interface Beside {
  /** Null: this store has no mark, by design. */
  openMark: OpenMark | null
  maker: MakersNote
}

/** How long a note may be; an agent id has 40 digits. */
const MAX_NOTE = 64

/** Only in worker scopes, so the DOM types do not have it. */
interface SyncAccessHandle {
  read(bytes: Uint8Array, options: { at: number }): number
  write(bytes: Uint8Array, options: { at: number }): number
  getSize(): number
  flush(): void
  close(): void
}
type WithAccess = FileSystemFileHandle & { createSyncAccessHandle(options?: { mode: 'readwrite-unsafe' }): Promise<SyncAccessHandle> }

/** @param nameOf the mark's file: one for each key in each network */
export function marksInPrivateFiles(nameOf: (genesis: Uint8Array, identity: Identity) => string): OpenMark {
  return async (genesis, identity, writer) => {
    try {
      const root = await navigator.storage.getDirectory()
      const file = (await root.getFileHandle(nameOf(genesis, identity), { create: true })) as WithAccess
      if (typeof file.createSyncAccessHandle !== 'function') return null
      return new MarkKeeper(await PrivateFile.open(file), writer)
    } catch (error) {
      // Another tab with this key holds it, in a browser that lets one handle at a time have a file: no promise without it.
      if ((error as { name?: unknown } | null)?.name === 'NoModificationAllowedError')
        throw new StoreError('unavailable', 'Another tab uses this agent’s key. Close it, so that this one may vote.')
      return null
    }
  }
}

class PrivateFile implements MarkMedium {
  private constructor(
    private readonly name: string,
    private readonly handle: SyncAccessHandle
  ) {}

  /** Kept open: opening costs more than writing. Several tabs may have it at once, where the browser can; a lock orders them. */
  static async open(file: WithAccess): Promise<PrivateFile> {
    return new PrivateFile(file.name, await file.createSyncAccessHandle({ mode: 'readwrite-unsafe' }))
  }

  async read(): Promise<Uint8Array> {
    return this.#bytes()
  }

  #bytes(): Uint8Array {
    const bytes = new Uint8Array(this.handle.getSize())
    return bytes.subarray(0, this.handle.read(bytes, { at: 0 }))
  }

  async update(change: Parameters<MarkMedium['update']>[0]): Promise<void> {
    await navigator.locks.request(`quorumble-file/${this.name}`, () => {
      const write = change(this.#bytes())
      if (write === null) return
      this.handle.write(write.bytes, { at: write.at })
      this.handle.flush()
    })
  }

  async close(): Promise<void> {
    this.handle.close()
  }
}

/** @param name the note's file: one for each database */
export function noteInPrivateFile(name: string, agentIdOf: (identity: Identity) => string): MakersNote {
  return {
    read: () =>
      quietly(null, async root => {
        const text = await (await (await root.getFileHandle(name)).getFile()).text()
        return /^[0-9a-f]+$/.test(text) && text.length <= MAX_NOTE ? text : null
      }),
    write: identity =>
      quietly(undefined, async root => {
        const stream = await (await root.getFileHandle(name, { create: true })).createWritable()
        await stream.write(agentIdOf(identity))
        await stream.close()
      }),
    remove: () => quietly(undefined, root => root.removeEntry(name))
  }
}

/** Where nothing can be noted, nothing is missed. */
export const NO_NOTE: MakersNote = { read: async () => null, write: async () => undefined, remove: async () => undefined }

async function quietly<T>(otherwise: T, work: (root: FileSystemDirectoryHandle) => Promise<T>): Promise<T> {
  try {
    return await work(await navigator.storage.getDirectory())
  } catch {
    return otherwise
  }
}
