/** Marks of keys (R6) as small files beside the database's directory: a backup of the one does not bring back the other. */
import { mkdir, open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StoreError } from '../../node/ports'
import type { Identity } from '../../node/ports'
import { MarkKeeper } from '../promiseMark'
import type { MarkMedium, OpenMark } from '../promiseMark'

/** Two records in two sectors; whatever else stands there is not ours. */
const FILE_BYTES = 1024

/** @param nameOf the mark's file: one for each key in each network */
export function marksInFolder(folder: string, nameOf: (genesis: Uint8Array, identity: Identity) => string): OpenMark {
  return async (genesis, identity, writer) => {
    const path = join(folder, nameOf(genesis, identity))
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      return new MarkKeeper(new MarkFile(await openWhole(path)), writer)
    } catch (error) {
      throw new StoreError(
        'denied',
        `${path} cannot be written (${(error as NodeJS.ErrnoException).code}). Without it no vote is safe: change its owner or free some disk space.`
      )
    }
  }
}

/** A file that is new is made known to the disk, name and all. */
async function openWhole(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  const file = await open(path, 'wx+', 0o600)
  const folder = await open(dirname(path), 'r')
  await folder.sync()
  await folder.close()
  return file
}

/** One process holds the database, and with it the marks: no lock is needed. */
class MarkFile implements MarkMedium {
  constructor(private readonly file: FileHandle) {}

  async read(): Promise<Uint8Array> {
    const bytes = new Uint8Array(FILE_BYTES)
    const { bytesRead } = await this.file.read(bytes, 0, FILE_BYTES, 0)
    return bytes.subarray(0, bytesRead)
  }

  async update(change: Parameters<MarkMedium['update']>[0]): Promise<void> {
    const write = change(await this.read())
    if (write === null) return
    await this.file.write(write.bytes, 0, write.bytes.length, write.at)
    await this.file.datasync()
  }

  close(): Promise<void> {
    return this.file.close()
  }
}
