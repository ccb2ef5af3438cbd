/** From the command line to a running server and back: options, banner, signals, exit codes. */
import { HELP, readOptions, StartError } from './options'
import { startServer } from './server'
import type { OpenNode, RunningServer } from './server'
import { banner, pageUrls } from './terminal'

/** For the node to sign off and the store to close. Whoever waits longer believes that the server hangs, and kills it. */
const STOP_TIMEOUT_MS = 8_000

/** Runs until a signal; a StartError is one sentence on stderr and exit code 1. */
export async function run(openNode: OpenNode): Promise<void> {
  let server: RunningServer | null = null
  onEnd(async () => server?.stop())
  try {
    const options = readOptions(process.argv.slice(2), process.env)
    if (options === null) return console.log(HELP)
    if (options.transfer !== null) return console.log(await (await import('./transfer')).transfer(options))
    server = await startServer(options, openNode)
    const terminal = { isTTY: process.stdout.isTTY, columns: process.stdout.columns, forceQr: process.env.QR === '1' }
    console.log(banner({ ...server, urls: pageUrls(options.host, server.port), dataDirectory: options.dataDirectory }, terminal))
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    console.error(error.message)
    process.exit(1)
  }
}

/** Repeated signals are one: a terminal sends Ctrl-C to the whole group, and `npm start` forwards it once more. */
function onEnd(stop: () => Promise<void>): void {
  let stopping = false
  const end = (): void => {
    if (stopping) return
    stopping = true
    setTimeout(() => {
      console.error(`The server did not stop within ${STOP_TIMEOUT_MS / 1000} s and was ended.`)
      process.exit(1)
    }, STOP_TIMEOUT_MS).unref()
    stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      }
    )
  }
  process.on('SIGINT', end)
  process.on('SIGTERM', end)
  // `npm start` was killed: nobody could stop this process any more.
  process.once('disconnect', end)
  // The listener alone must not keep a process alive that has nothing else to do.
  process.channel?.unref()
}
