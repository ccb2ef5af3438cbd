// @ts-check
/** The size budgets of DEPENDENCIES ("Budgets"), on the files that a visitor really downloads, gzipped. */
import { join } from 'node:path'
import { readBundle } from './scripts/lib/bundle.mjs'

const { firstScreen, firstPeer, screens } = readBundle('dist')
/** @param {string[]} files */
const inDist = files => files.map(file => join('dist', file))

/**
 * 330 kB is the aim. It grew when every node got the rules of four subtrees, proofs of any value and the fetching of a state; what a full node does not need on its way
 * to a peer is loaded by itself (scripts/lib/bundle.mjs), and what no browser calls is left out (vite.config.ts).
 */
const FIRST_PEER = '348 kB'

export default [
  { name: 'JavaScript to a usable first screen', path: inDist(firstScreen), limit: '60 kB', gzip: true },
  { name: 'through the first remote peer, wasm included', path: inDist(firstPeer), limit: FIRST_PEER, gzip: true },
  ...screens.map(({ name, files }) => ({ name: `lazy screen ${name}`, path: inDist(files), limit: '60 kB', gzip: true }))
]
