// @ts-check
/** Whether something built is older than what it is built from. */
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Tests and hidden files are not part of what is built. */
const IRRELEVANT = /(^\.|\.(test|spec)\.ts$|\.md$)/

/**
 * @param {string} target the file that a build writes
 * @param {readonly string[]} sources files and folders; what is not there counts nothing
 * @returns {boolean} also true when the target is missing
 */
export function isStale(target, sources) {
  const built = statSync(target, { throwIfNoEntry: false })?.mtimeMs
  return built === undefined || sources.some(source => newest(source) > built)
}

/** @param {string} path @returns {number} milliseconds since 1970 of the latest change at or below */
function newest(path) {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return 0
  if (!found.isDirectory()) return found.mtimeMs
  const names = readdirSync(path).filter(name => !IRRELEVANT.test(name))
  // A folder's own time changes when a file is removed from it, and when an editor or a test writes beside: removal must count.
  return names.reduce((latest, name) => Math.max(latest, newest(join(path, name))), found.mtimeMs)
}
