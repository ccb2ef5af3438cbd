// @ts-check
/** Makes a fresh clone ready to run, and leaves a ready one alone. Needs no package to be loaded. */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The oldest Node that the build tools run on; `engines` in package.json says the same. */
const OLDEST_NODE = { major: 20, minor: 19 }

/**
 * @typedef {{version?: string, resolved?: string, optional?: boolean, devOptional?: boolean, peer?: boolean, link?: boolean}} LockedPackage
 * @typedef {Record<string, LockedPackage>} LockedPackages
 */

/**
 * @param {string} version as in `process.versions.node`
 * @returns {string | null} what to tell a person whose Node is too old
 */
export function nodeComplaint(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > OLDEST_NODE.major || (major === OLDEST_NODE.major && minor >= OLDEST_NODE.minor)) return null
  return `This is Node ${version}; Quorumble needs Node ${OLDEST_NODE.major}.${OLDEST_NODE.minor} or newer. Install it from nodejs.org and run the command again.`
}

/**
 * Compares what is installed with the lock file, package by package: times of files say nothing after a checkout or a copy.
 * @param {LockedPackages | null} wanted `packages` of package-lock.json; null without one
 * @param {LockedPackages | null} installed `packages` of the list that npm keeps inside node_modules; null without one
 * @returns {boolean} whether nothing needs to be installed
 */
export function isInstalled(wanted, installed) {
  if (installed === null) return false
  return Object.entries(wanted ?? {}).every(([path, entry]) => {
    if (path === '') return true
    const present = installed[path]
    // Packages for other systems are listed, and rightly absent.
    if (!present) return Boolean(entry.optional || entry.devOptional || entry.peer)
    return present.version === entry.version && present.resolved === entry.resolved
  })
}

/** @param {string} file @returns {LockedPackages | null} */
function readPackages(file) {
  try {
    /** @type {unknown} */
    const lock = JSON.parse(readFileSync(file, 'utf8'))
    return /** @type {{packages?: LockedPackages}} */ (lock).packages ?? null
  } catch {
    return null
  }
}

/** Ends the process with one sentence. @param {string} sentence @returns {never} */
function giveUp(sentence) {
  console.error(sentence)
  process.exit(1)
}

/**
 * Installs the packages of package-lock.json when they are not there, or others are. Ends the process with a sentence when that fails, or
 * when Node is too old.
 */
export async function ensureInstalled() {
  const complaint = nodeComplaint(process.versions.node)
  if (complaint) giveUp(complaint)
  const lock = join(root, 'package-lock.json')
  if (isInstalled(readPackages(lock), readPackages(join(root, 'node_modules', '.package-lock.json')))) return
  const command = existsSync(lock) ? 'ci' : 'install'
  console.log(`Installing the packages (npm ${command}) …`)
  const [file = '', ...prefix] = npm()
  // Tests and the build need the development packages, whatever NODE_ENV says; install scripts stay off (.npmrc).
  const result = spawnSync(file, [...prefix, command, '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root,
    stdio: 'inherit',
    shell: prefix.length === 0 && process.platform === 'win32'
  })
  if (result.error) giveUp(`npm cannot be run (${result.error.message}). Install npm 10 or newer, it comes with Node, and run the command again.`)
  if (result.status !== 0)
    giveUp(
      `npm ${command} failed (see above), most often because the package registry cannot be reached or the disk is full. Mend that and run the command again.`
    )
}

/** The npm that runs this script, else the one on the path. @returns {string[]} */
function npm() {
  const running = process.env.npm_execpath
  return running?.endsWith('.js') && /npm-cli\.js$/.test(running) ? [process.execPath, running] : ['npm']
}
