import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import type { Plugin } from 'vite'
import { svelte } from '@sveltejs/vite-plugin-svelte'

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8')) as { version: string }

/**
 * Dependencies that only workers import. The dev server finds a page's own dependencies before it serves, but a worker's too late: a
 * cold start would then reload the page in the middle of joining a network.
 */
export const WORKER_DEPENDENCIES = [
  '@chainsafe/as-sha256',
  '@chainsafe/persistent-merkle-tree',
  '@chainsafe/persistent-merkle-tree/hasher/as-sha256',
  '@chainsafe/ssz',
  '@jitl/quickjs-wasmfile-release-sync',
  '@libp2p/circuit-relay-v2',
  '@libp2p/crypto/keys',
  '@libp2p/gossipsub',
  '@libp2p/identify',
  '@libp2p/noise',
  '@libp2p/peer-id',
  '@libp2p/ping',
  '@libp2p/webrtc',
  '@libp2p/websockets',
  '@libp2p/yamux',
  '@multiformats/multiaddr',
  '@noble/ed25519',
  '@noble/ciphers/aes.js',
  '@noble/hashes/scrypt.js',
  '@noble/hashes/sha2.js',
  '@noble/hashes/utils.js',
  'comlink',
  'idb',
  'libp2p',
  'quickjs-emscripten-core',
  'smol-toml'
]

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Modules of libraries that no browser of this network calls, and what stands in their place. */
const LEFT_OUT = [
  {
    from: /@libp2p\/crypto\/dist\/src\/keys\/index\.js$/,
    modules: [
      './ecdsa/ecdsa.js',
      './ecdsa/index.js',
      './ecdsa/utils.js',
      './rsa/der.js',
      './rsa/index.js',
      './rsa/utils.js',
      './secp256k1/index.js',
      './secp256k1/utils.js'
    ],
    by: here('src/platform/libp2p/leftOut/otherKeys.ts')
  },
  { from: /@libp2p\/gossipsub\/dist\/src\/gossipsub\.js$/, modules: ['./metrics.js'], by: here('src/platform/libp2p/leftOut/noMetrics.ts') },
  // The Merkle trees bring an older copy of what is here already.
  { from: /@chainsafe\/persistent-merkle-tree\/lib\/.*\.js$/, modules: ['@noble/hashes/sha256'], by: here('node_modules/@noble/hashes/sha2.js') }
]

function leaveOut(): Plugin {
  const place = (source: string, importer = '') => LEFT_OUT.find(({ from, modules }) => from.test(importer) && modules.includes(source))
  return {
    name: 'leave-out',
    enforce: 'pre',
    apply: 'build',
    resolveId(source, importer) {
      return place(source, importer)?.by
    }
  }
}

/** Where `npm run dev` starts the headless server; scripts/dev.mjs sets it. */
const server = process.env.QUORUMBLE_DEV_SERVER ?? 'http://127.0.0.1:8080'

export default defineConfig({
  // Relative addresses: dist/ works from any folder of any static host.
  base: './',
  plugins: [svelte()],
  define: { __APP_VERSION__: JSON.stringify(version) },
  worker: { format: 'es', plugins: () => [leaveOut()] },
  optimizeDeps: { include: WORKER_DEPENDENCIES },
  build: {
    target: 'es2023',
    sourcemap: false,
    // Read by scripts/lib/bundle.mjs to tell the first screen from what comes later.
    manifest: true,
    // `data:` addresses are refused by the content security policy.
    assetsInlineLimit: 0
  },
  server: {
    port: 5173,
    strictPort: true,
    proxy: {
      // The server names itself by the Host it was asked for: by its own, the bootstrap list leads to the port where the relay listens.
      '/api': { target: server, changeOrigin: true },
      '/metrics': server,
      '/healthz': server,
      '/relay': { target: server, ws: true }
    }
  }
})
