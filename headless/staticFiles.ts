/**
 * The built page, held in memory. Only what was found in the folder at the start can be asked for by its exact name, so no path, however
 * spelled, leads out of it.
 */
import { createHash } from 'node:crypto'
import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'

/** The page has some dozens of files; more than this is not a build of ours. */
const MAX_FILES = 2_000
/** All of them together, in memory. The page is a few megabytes. */
const MAX_BYTES = 64 * 1024 * 1024
/** Smaller than this gzip makes it larger or saves less than one packet. */
const MIN_GZIP_BYTES = 512

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.wasm': 'application/wasm',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8'
}
/** Already compressed. */
const PACKED = new Set(['.png', '.jpg', '.webp', '.woff2', '.ico'])
/** Vite puts a hash of the content into the names of everything below assets/. */
const HASHED = /^\/assets\/.+-[\w-]{8,}\.\w+$/

export interface StaticFile {
  bytes: Buffer
  type: string
  /** Strong validator without quotes; the gzip variant adds a suffix. */
  etag: string
  /** May be kept for ever: another content has another name. */
  immutable: boolean
  /** The gzip variant, made at the first request; null when not worth it. */
  gzipped: () => Promise<Buffer | null>
}

/**
 * @returns files by URL path ('/' is the page itself); empty when the folder is not there
 * @throws Error when the folder is no build of ours (MAX_FILES, MAX_BYTES)
 */
export async function loadStaticFiles(folder: string): Promise<ReadonlyMap<string, StaticFile>> {
  const files = new Map<string, StaticFile>()
  let bytes = 0
  for (const path of await list(folder)) {
    const url = `/${relative(folder, path).split(sep).join('/')}`
    const content = await readFile(path)
    bytes += content.length
    if (files.size >= MAX_FILES || bytes > MAX_BYTES) throw new Error(`${folder} holds more than a page: over ${MAX_FILES} files or ${MAX_BYTES} bytes.`)
    files.set(url, staticFile(url, content))
  }
  const index = files.get('/index.html')
  if (index) files.set('/', index)
  return files
}

/** Files without links and dot names: build manifests and the like are nobody's business. */
async function list(folder: string): Promise<string[]> {
  const there = await stat(folder).catch(() => null)
  if (!there?.isDirectory()) return []
  const entries = await readdir(folder, { withFileTypes: true })
  const seen = entries.filter(entry => !entry.name.startsWith('.'))
  const nested = await Promise.all(seen.filter(entry => entry.isDirectory()).map(entry => list(join(folder, entry.name))))
  return [...seen.filter(entry => entry.isFile()).map(entry => join(folder, entry.name)), ...nested.flat()]
}

function staticFile(url: string, bytes: Buffer): StaticFile {
  const extension = extname(url)
  let packing: Promise<Buffer | null> | null = null
  const worthIt = bytes.length >= MIN_GZIP_BYTES && !PACKED.has(extension)
  return {
    bytes,
    type: TYPES[extension] ?? 'application/octet-stream',
    etag: createHash('sha256').update(bytes).digest('hex').slice(0, 32),
    immutable: HASHED.test(url),
    gzipped: () => (packing ??= worthIt ? promisify(gzip)(bytes, { level: 9 }) : Promise.resolve(null))
  }
}
