/** Where the server's store is, and how a new network begins without destroying an old one. */
import { rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { StartError } from './options'

/** Beside the store's folder: what each key has promised, whatever becomes of the store (R6). */
export const MARKS_FOLDER = 'promises'

/**
 * @param newNetwork put what is there aside, under a name with the time; nothing is deleted
 * @returns the store's folder inside the data folder
 * @throws StartError when the old data cannot be moved
 */
export async function storeDirectory(dataDirectory: string, newNetwork: boolean, now: Date): Promise<string> {
  const directory = join(dataDirectory, 'node')
  if (!newNetwork || !(await stat(directory).catch(() => null))) return directory
  const aside = `${directory}-until-${now.toISOString().replace(/[:.]/g, '-')}`
  try {
    await rename(directory, aside)
  } catch (error) {
    throw new StartError(`The old data in ${directory} cannot be put aside (${(error as NodeJS.ErrnoException).code}). Choose another folder with --data.`)
  }
  return directory
}
