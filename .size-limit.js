// @ts-check
/** The size budgets of DEPENDENCIES ("Budgets"), on the files that a visitor really downloads, gzipped. */
import { join } from 'node:path'
import { readBundle } from './scripts/lib/bundle.mjs'

const { firstScreen, firstPeer, screens } = readBundle('dist')
/** @param {string[]} files */
const inDist = files => files.map(file => join('dist', file))

export default [
  { name: 'JavaScript to a usable first screen', path: inDist(firstScreen), limit: '60 kB', gzip: true },
  { name: 'through the first remote peer, wasm included', path: inDist(firstPeer), limit: '330 kB', gzip: true },
  ...screens.map(({ name, files }) => ({ name: `lazy screen ${name}`, path: inDist(files), limit: '60 kB', gzip: true }))
]
