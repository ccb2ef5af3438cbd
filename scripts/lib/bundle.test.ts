import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { closure, readBundle } from './bundle.mjs'

let dist = ''
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(dist, path)), { recursive: true })
  writeFileSync(join(dist, path), text)
}

/** Shaped like a build: an entry, a shared chunk, a lazy screen, lazy plumbing that starts the node worker, which loads libp2p late. */
beforeEach(() => {
  dist = mkdtempSync(join(tmpdir(), 'quorumble-bundle-'))
  const manifest = {
    'index.html': { file: 'assets/index.js', isEntry: true, imports: ['_shared.js'], dynamicImports: ['src/app/Chain.svelte', 'src/app/client.ts'] },
    '_shared.js': { file: 'assets/shared.js' },
    '_rows.js': { file: 'assets/rows.js' },
    'src/app/Chain.svelte': { file: 'assets/Chain.js', src: 'src/app/Chain.svelte', imports: ['index.html', '_rows.js'] },
    'src/app/client.ts': { file: 'assets/client.js', src: 'src/app/client.ts' }
  }
  write('.vite/manifest.json', JSON.stringify(manifest))
  write('assets/index.js', 'import{a}from"./shared.js";import("./Chain.js");import("./client.js");new Worker(new URL(`sim.worker-1.js`,import.meta.url))')
  write('assets/shared.js', 'export const a=1')
  write('assets/rows.js', 'export const b=1')
  write('assets/Chain.js', 'import{a}from"./index.js";import{b}from"./rows.js"')
  write('assets/client.js', 'new Worker(new URL(new URL(`node.worker-1.js`,import.meta.url).href,``+import.meta.url),{type:`module`})')
  write('assets/node.worker-1.js', 'import"./core.js";import(`./libp2p.js`);import(`./agentRunner-1.js`);import(`./openScripts-1.js`)')
  write('assets/agentRunner-1.js', 'export const f=1')
  write('assets/openScripts-1.js', 'new Worker(new URL(`agent.worker-1.js`,import.meta.url))')
  write('assets/agent.worker-1.js', 'import(`./quickjs.js`)')
  write('assets/quickjs.js', 'export const e=new URL(`quick.wasm`,import.meta.url)')
  write('assets/quick.wasm', 'wasm')
  write('assets/sim.worker-1.js', 'import"./core.js"')
  write('assets/core.js', 'export const c=1')
  write('assets/libp2p.js', 'export const d=new URL(`x.wasm`,import.meta.url)')
  write('assets/x.wasm', 'wasm')
})
afterEach(() => rmSync(dist, { recursive: true, force: true }))

it('the first screen is the entry with all that it imports statically, and nothing later', () => {
  expect(readBundle(dist).firstScreen).toEqual(['assets/index.js', 'assets/shared.js'])
})

it('up to the first peer come the plumbing and everything that the node worker loads, wasm too, but no other screen or worker', () => {
  const expected = ['assets/client.js', 'assets/core.js', 'assets/index.js', 'assets/libp2p.js', 'assets/node.worker-1.js', 'assets/shared.js', 'assets/x.wasm']
  expect(readBundle(dist).firstPeer.sort()).toEqual(expected)
})

it('the sandbox is what the worker for scripts loads, wasm too', () => {
  expect(readBundle(dist).sandbox).toEqual(['assets/agent.worker-1.js', 'assets/quick.wasm', 'assets/quickjs.js'])
})

it('a lazy screen counts what it adds', () => {
  expect(readBundle(dist).screens).toEqual([{ name: 'src/app/Chain.svelte', files: ['assets/Chain.js', 'assets/rows.js'] }])
})

it('a build without the node worker is an error, not a small bundle', () => {
  write('assets/client.js', 'export const none=1')
  expect(() => readBundle(dist)).toThrow(/node worker/)
})

it('a cycle of imports ends', () => {
  write('assets/core.js', 'import"./rows.js"')
  write('assets/rows.js', 'import"./core.js"')
  expect(closure(dist, ['assets/core.js'], { lazy: false })).toEqual(['assets/core.js', 'assets/rows.js'])
})
