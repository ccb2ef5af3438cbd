import { createRelayNetwork } from '../../headless/relayNode'

/** A relay in a process of its own, so that a test can kill it. Prints its address; ends with its parent's standard input. */
const { network, localAddress } = await createRelayNetwork({
  secretKey: crypto.getRandomValues(new Uint8Array(32)),
  networkId: process.argv[2] ?? 'harness',
  listenPort: Number(process.argv[3] ?? 0),
  announce: []
})
await network.start({ onGossip: async () => 'accept', onRequest: async (_from, bytes) => bytes, onLinks: () => undefined })
process.stdin.on('end', () => process.exit()).resume()
process.stdout.write(`${localAddress}\n`)
