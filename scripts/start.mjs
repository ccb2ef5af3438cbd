// @ts-check
/** `npm start`: installs what is missing, builds the page when it is stale, and runs the server in this terminal. */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { isStale } from './lib/freshness.mjs'
import { ensureInstalled } from './lib/setup.mjs'
import { root, tool } from './lib/stages.mjs'

/** Everything that the page is made of. */
const SOURCES = ['src', 'workers', 'public', 'index.html', 'vite.config.ts', 'package.json', 'package-lock.json']

await ensureInstalled()

const args = process.argv.slice(2)
const asksForHelp = args.includes('--help') || args.includes('-h')
if (
  !asksForHelp &&
  isStale(
    join(root, 'dist', 'index.html'),
    SOURCES.map(name => join(root, name))
  )
) {
  console.log('Building the page …')
  const [file = '', ...options] = tool('vite')
  const build = spawnSync(file, [...options, 'build', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' })
  if (build.status !== 0) {
    console.error('The page could not be built (see above). Correct the error and run "npm start" again.')
    process.exit(build.status ?? 1)
  }
}

// The channel is how the server learns that this process was killed.
const server = spawn(process.execPath, ['--import', 'tsx', 'headless/main.ts', ...args], { cwd: root, stdio: ['inherit', 'inherit', 'inherit', 'ipc'] })
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => server.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal))
server.once('error', error => {
  console.error(`The server could not be started: ${error.message}`)
  process.exit(1)
})
server.once('exit', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)))
