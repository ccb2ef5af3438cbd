/** The real server, started by the command that `npm start` runs, on a free port and with a data folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { waitFor } from './wait'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A start may include the build of the page. */
const START_TIMEOUT_MS = 120_000
/** One answer of /healthz; a server that is slower than this is not up yet. */
const HEALTH_TIMEOUT_MS = 2_000
/** From SIGTERM to the end: open sockets are closed, the store is flushed. */
const STOP_TIMEOUT_MS = 10_000
/** Output kept for the report of a failure, in characters from the end. */
const OUTPUT_KEPT = 200_000

export interface ServerOptions {
  /** Takes up a former server's port; default: a free one. */
  port?: number
  /** Takes up a former server's data; default: a new folder that `stop` removes. */
  dataDir?: string
  env?: Record<string, string>
  /** Another entry point than that of `npm start`, in TypeScript. */
  entry?: string
}

export interface RunningServer {
  /** `http://127.0.0.1:<port>`, no slash at the end. */
  readonly url: string
  readonly port: number
  readonly dataDir: string
  readonly pid: number
  /** What it printed so far, both streams, newest part. */
  output(): string
  /** Ends it at once (the relay dies) or as asked; its data stay. Resolves when the process is gone. */
  kill(signal?: NodeJS.Signals): Promise<void>
  /** An orderly end; removes the data folder if this server made it. */
  stop(): Promise<void>
}

/** Listens for a moment, to learn that the port (0: any) is free; rejects when somebody else would answer in the new server's place. */
async function probePort(wanted: number): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject)
    probe.listen(wanted, '127.0.0.1', resolve)
  })
  const { port } = probe.address() as AddressInfo
  await new Promise(resolve => probe.close(resolve))
  return port
}

/** Resolves when /healthz answers 200. Rejects with the server's own words when it ends before, or takes too long. */
export async function startServer(options: ServerOptions = {}): Promise<RunningServer> {
  const port = await probePort(options.port ?? 0)
  const dataDir = options.dataDir ?? (await mkdtemp(join(tmpdir(), 'quorumble-e2e-')))
  const url = `http://127.0.0.1:${port}`
  const entry = options.entry === undefined ? ['scripts/start.mjs'] : ['--import', 'tsx', options.entry]
  const child = spawn(process.execPath, entry, {
    cwd: root,
    env: { ...process.env, PORT: String(port), QUORUMBLE_DATA: dataDir, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that SIGKILL reaches what it started.
    detached: true
  })
  const output = collectOutput(child)
  const exit = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const kill = async (signal: NodeJS.Signals = 'SIGKILL') => {
    signalGroup(child, signal)
    await exit
    // The starting process is gone; the server that it started is when nobody listens any more.
    await waitFor(
      `port ${port} free again`,
      () => probePort(port),
      free => free === port,
      STOP_TIMEOUT_MS
    )
  }
  const lastResort = () => signalGroup(child, 'SIGKILL')
  process.once('exit', lastResort)
  void exit.then(() => process.off('exit', lastResort))

  const healthy = async () => (await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(HEALTH_TIMEOUT_MS) })).status
  const up = waitFor(`a healthy server at ${url}`, healthy, status => status === 200, START_TIMEOUT_MS)
  const ended = exit.then(() => Promise.reject(new Error(`The server ended with code ${child.exitCode ?? child.signalCode}.`)))
  try {
    await Promise.race([up, ended])
  } catch (error) {
    up.catch(() => undefined)
    await kill()
    if (!options.dataDir) await rm(dataDir, { recursive: true, force: true })
    throw new Error(`${error instanceof Error ? error.message : String(error)}\nIt printed:\n${output()}`, { cause: error })
  }
  ended.catch(() => undefined)
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) await endOrKill(child, exit)
    if (!options.dataDir) await rm(dataDir, { recursive: true, force: true })
  }
  return { url, port, dataDir, pid: child.pid!, output, kill, stop }
}

function collectOutput(child: ChildProcess): () => string {
  let text = ''
  const add = (chunk: Buffer) => {
    text = (text + chunk.toString('utf8')).slice(-OUTPUT_KEPT)
  }
  child.stdout?.on('data', add)
  child.stderr?.on('data', add)
  return () => text
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group is gone already.
  }
}

async function endOrKill(child: ChildProcess, exit: Promise<void>): Promise<void> {
  signalGroup(child, 'SIGTERM')
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), STOP_TIMEOUT_MS)
  await exit
  clearTimeout(timer)
  signalGroup(child, 'SIGKILL')
}
