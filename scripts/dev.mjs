// @ts-check
/** `npm run dev`: the page from source with hot reload on 5173, and the real server on 8080 behind its proxy. Ctrl-C ends both. */
import { spawn } from 'node:child_process'
import { ensureInstalled } from './lib/setup.mjs'
import { root, tool } from './lib/stages.mjs'

const SERVER_PORT = 8080

await ensureInstalled()

/** @param {string[]} command @param {Record<string, string>} env */
function start([file = '', ...args], env) {
  return spawn(file, args, { cwd: root, env: { ...process.env, ...env }, stdio: ['ignore', 'inherit', 'inherit'] })
}

const children = [
  start([process.execPath, '--import', 'tsx', 'headless/main.ts'], { PORT: String(SERVER_PORT) }),
  start([...tool('vite')], { QUORUMBLE_DEV_SERVER: `http://127.0.0.1:${SERVER_PORT}` })
]

let ending = false
/** One without the other is of no use. @param {number} code */
function end(code) {
  if (ending) return
  ending = true
  process.exitCode = code
  for (const child of children) child.kill('SIGTERM')
}

for (const child of children) {
  child.once('error', error => {
    console.error(error.message)
    end(1)
  })
  child.once('exit', code => end(code ?? 0))
}
process.once('SIGINT', () => end(130))
process.once('SIGTERM', () => end(143))
