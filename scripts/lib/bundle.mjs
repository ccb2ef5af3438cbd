// @ts-check
/**
 * Which files of dist/ a visitor downloads when. Vite's manifest knows the page's chunks; workers are bundles of their own that it does
 * not list, so their imports are read from the emitted code.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/** @typedef {{file: string, src?: string, isEntry?: boolean, imports?: string[], dynamicImports?: string[]}} Chunk */
/** @typedef {Record<string, Chunk>} Manifest */

const STATIC_IMPORT = /(?:\bfrom|\bimport)\s*["'](\.{1,2}\/[^"']+\.js)["']/g
const DYNAMIC_IMPORT = /\bimport\(\s*["'`](\.{1,2}\/[^"'`]+\.js)["'`]/g
/** `new URL("node.worker-x.js", import.meta.url)`: a worker, a wasm module. The name is relative to the file, or to the page. */
const ASSET_URL = /new URL\(\s*(?:""\s*\+\s*)?["'`]([^"'`]+\.(?:js|wasm))["'`]/g

/** Parts of the node worker that a full node on its way to a peer does not load: the light node in its place and where it begins, a store without a disk, and what somebody asks for by a click. */
const ON_DEMAND = /(^|\/)(lightRuntime|beginning|nodeFiles|memoryStore|socialDesk|onDemand|keyLock|keyProtection|agentRunner|openScripts)-[^/]+\.js$/

/** @param {string} code @param {RegExp} pattern @returns {string[]} */
const matches = (code, pattern) => [...code.matchAll(pattern)].map(match => match[1] ?? '')

/**
 * Every file that loading `entry` brings in.
 * @param {string} dist
 * @param {string[]} entries paths relative to `dist`
 * @param {{lazy: boolean}} options follow `import()` and wasm too, as a worker that is about to join a network does
 * @returns {string[]} paths relative to `dist`, each once
 */
export function closure(dist, entries, { lazy }) {
  /** @type {Set<string>} */
  const seen = new Set()
  const open = [...entries]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    if (seen.has(file)) continue
    seen.add(file)
    if (!file.endsWith('.js')) continue
    const code = readFileSync(join(dist, file), 'utf8')
    const next = matches(code, STATIC_IMPORT)
    if (lazy)
      next.push(...matches(code, DYNAMIC_IMPORT).filter(name => !ON_DEMAND.test(name)), ...matches(code, ASSET_URL).filter(name => name.endsWith('.wasm')))
    for (const name of next) {
      const path = locate(dist, file, name)
      if (path) open.push(path)
    }
  }
  return [...seen].sort()
}

/** @param {string} dist @param {string} from @param {string} name @returns {string | null} path relative to `dist`, null when it is not ours */
function locate(dist, from, name) {
  const beside = relative(dist, join(dist, dirname(from), name))
  if (existsSync(join(dist, beside))) return beside
  return existsSync(join(dist, name)) ? relative(dist, join(dist, name)) : null
}

/**
 * @param {string} dist
 * @returns {{firstScreen: string[], firstPeer: string[], screens: {name: string, files: string[]}[], sandbox: string[]}} `firstPeer` includes
 *   `firstScreen`; a screen lists only what it adds to the first one; `sandbox` is what running a script brings in
 * @throws Error when dist/ holds no page with an entry, or no node worker
 */
export function readBundle(dist) {
  /** @type {unknown} */
  const listing = JSON.parse(readFileSync(join(dist, '.vite', 'manifest.json'), 'utf8'))
  const manifest = /** @type {Manifest} */ (listing)
  const entry = Object.values(manifest).find(chunk => chunk.isEntry && chunk.file.endsWith('.js'))
  if (!entry) throw new Error(`${dist} has no page entry: run "npm run build".`)
  const firstScreen = closure(dist, [entry.file], { lazy: false })
  const lazyChunks = [...reachable(manifest, entry)].filter(chunk => chunk !== entry && !firstScreen.includes(chunk.file))
  const isScreen = (/** @type {Chunk} */ chunk) => chunk.src?.endsWith('.svelte') === true
  const isDynamic = dynamicSources(manifest)
  const screens = lazyChunks
    .filter(chunk => isScreen(chunk))
    .map(chunk => ({ name: chunk.src ?? chunk.file, files: closure(dist, [chunk.file], { lazy: false }).filter(file => !firstScreen.includes(file)) }))
  // Lazy code that is no screen is what the page needs to reach its worker and its peers.
  const plumbing = lazyChunks.filter(chunk => !isScreen(chunk) && isDynamic.has(chunk)).map(chunk => chunk.file)
  const page = closure(dist, [entry.file, ...plumbing], { lazy: false })
  const worker = workerIn(dist, [...firstScreen, ...lazyChunks.map(chunk => chunk.file)], 'node')
  const node = closure(dist, [worker], { lazy: true })
  return {
    firstScreen,
    firstPeer: [...new Set([...page, ...node])],
    screens,
    sandbox: closure(dist, [workerIn(dist, late(dist, node), 'agent')], { lazy: true })
  }
}

/** @param {Manifest} manifest @param {Chunk} start @returns {Set<Chunk>} */
function reachable(manifest, start) {
  const seen = new Set([start])
  for (const chunk of seen) {
    for (const key of [...(chunk.imports ?? []), ...(chunk.dynamicImports ?? [])]) {
      const next = manifest[key]
      if (next) seen.add(next)
    }
  }
  return seen
}

/** @param {Manifest} manifest */
const dynamicSources = manifest => new Set(Object.values(manifest).flatMap(chunk => (chunk.dynamicImports ?? []).map(key => manifest[key])))

/** @param {string} dist @param {string[]} files @returns {string[]} what they load after the first peer */
function late(dist, files) {
  const named = files
    .filter(file => file.endsWith('.js'))
    .flatMap(file => matches(readFileSync(join(dist, file), 'utf8'), DYNAMIC_IMPORT).map(name => locate(dist, file, name)))
  return named.filter(file => file !== null && ON_DEMAND.test(file)).map(String)
}

/**
 * @param {string} dist @param {string[]} files that may start it @param {string} name
 * @returns {string}
 * @throws Error when none does
 */
function workerIn(dist, files, name) {
  const pattern = new RegExp(`(^|/)${name}\\.worker[^/]*\\.js$`)
  for (const file of files.filter(path => path.endsWith('.js'))) {
    const url = matches(readFileSync(join(dist, file), 'utf8'), ASSET_URL).find(address => pattern.test(address))
    const path = url && locate(dist, file, url)
    if (path) return path
  }
  throw new Error(`No chunk starts the ${name} worker: its budget cannot be measured.`)
}
