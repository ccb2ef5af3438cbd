// @ts-check
/** Where a Chromium is, and how to get one. Shared by `npm test` and the end-to-end specs; needs no package to be loaded. */
import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'

/** Names under which distributions install it, best first. */
const SYSTEM_NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/** @param {string} path */
const isExecutable = path => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** @param {string} name a command @returns {string | null} its path */
const onPath = name =>
  (process.env.PATH ?? '')
    .split(delimiter)
    .map(folder => join(folder, name))
    .find(isExecutable) ?? null

/**
 * The Chromium to use: CHROMIUM_PATH, else the system's, else the one that Playwright keeps.
 * @returns {Promise<string | null>} path of the executable, null when there is none
 * @throws Error when CHROMIUM_PATH names something that cannot be run: falling back would test another browser than the one asked for
 */
export async function findChromium() {
  const wanted = process.env.CHROMIUM_PATH
  if (wanted) {
    if (!isExecutable(wanted)) throw new Error(`CHROMIUM_PATH is "${wanted}", but nothing there can be run. Correct it or unset it.`)
    return wanted
  }
  for (const name of SYSTEM_NAMES) {
    const path = onPath(name)
    if (path) return path
  }
  const { chromium } = await import('playwright-core')
  const own = chromium.executablePath()
  return own && existsSync(own) ? own : null
}

/** @param {string} command @param {string[]} args @returns {boolean} whether it succeeded */
function run(command, args) {
  console.log(`  $ ${command} ${args.join(' ')}`)
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0
}

/** How to become root without a question: nothing as root, `sudo -n` where that is allowed, else null. @returns {string[] | null} */
function rootPrefix() {
  if (process.getuid?.() === 0) return []
  return onPath('sudo') && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0 ? ['sudo', '-n'] : null
}

/** Debian itself: Ubuntu's package of the same name is a stub for another packager. */
const isDebian = () => existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8')) && onPath('apt-get') !== null

/** @param {string[]} prefix */
function installFromDebian(prefix) {
  const apt = (/** @type {string[]} */ ...args) => {
    const [command = 'apt-get', ...rest] = [...prefix, 'apt-get', ...args]
    return run(command, rest)
  }
  return apt('update') && apt('install', '-y', '--no-install-recommends', 'chromium')
}

/** @param {boolean} withLibraries also install the system libraries that it needs, as root */
function installFromPlaywright(withLibraries) {
  const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js')
  return run(process.execPath, [cli, 'install', ...(withLibraries ? ['--with-deps'] : []), 'chromium'])
}

/**
 * Finds a Chromium or installs one, and says what it does.
 * @returns {Promise<string>} path of the executable
 * @throws Error with a sentence for people when there is no way
 */
export async function ensureChromium() {
  const found = await findChromium()
  if (found) {
    console.log(`Chromium: ${found}`)
    return found
  }
  const prefix = rootPrefix()
  if (prefix && isDebian()) {
    console.log('No Chromium found: installing the Debian package.')
    installFromDebian(prefix)
  }
  if (!(await findChromium())) {
    console.log("No Chromium found: fetching Playwright's own.")
    installFromPlaywright(prefix !== null)
  }
  const path = await findChromium()
  if (!path) throw new Error('There is no Chromium and none could be installed. Install one (Debian: apt-get install chromium) or set CHROMIUM_PATH.')
  return path
}
