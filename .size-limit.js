// @ts-check
/** The size budgets of DEPENDENCIES ("Budgets"), on the files that a visitor really downloads, gzipped. */
import { join } from 'node:path'
import { readBundle } from './scripts/lib/bundle.mjs'

const { firstScreen, firstPeer, screens, sandbox } = readBundle('dist')
/** An editor with a language's grammar is no ordinary screen: it comes after the screen that it is on. */
const EDITOR = /CodeMirror\.svelte$/
/** @param {string[]} files */
const inDist = files => files.map(file => join('dist', file))

/**
 * 330 kB is the aim. It grew when every node got the rules of four subtrees, proofs of any value and the fetching of a state, and a producer its own limits, pace and trace
 * (4 kB); what a full node does not need on its way
 * to a peer is loaded by itself (scripts/lib/bundle.mjs), and what no browser calls is left out (vite.config.ts).
 */
const FIRST_PEER = '352 kB'

export default [
  { name: 'JavaScript to a usable first screen', path: inDist(firstScreen), limit: '60 kB', gzip: true },
  { name: 'through the first remote peer, wasm included', path: inDist(firstPeer), limit: FIRST_PEER, gzip: true },
  ...screens.map(({ name, files }) => ({ name: `lazy screen ${name}`, path: inDist(files), limit: EDITOR.test(name) ? '170 kB' : '60 kB', gzip: true })),
  { name: 'sandbox for scripts, wasm included', path: inDist(sandbox), limit: '255 kB', gzip: true }
]
