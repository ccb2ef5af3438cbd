/** A chain of real blocks on a server's disk (scripts/makeChain.ts); made once, and kept in `.cache/`. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface LongChain {
  networkId: string
  /** Of the newest block. */
  height: number
  hash: string
  /** A data folder for a server, the caller's to use up and to remove. */
  dataDir: string
}

/**
 * @param options `blocks`: height of the newest one, no multiple of 4; `agents` in the registry at the end, `validators` of them at the start; `changes` of the validator set, evenly spread, with so many members
 * `replaced` at each
 */
export async function longChain(options: { blocks: number; agents: number; validators: number; changes: number; replaced: number }): Promise<LongChain> {
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', 'scripts/makeChain.ts', JSON.stringify(options)], { cwd: root })
  return JSON.parse(stdout) as LongChain
}
