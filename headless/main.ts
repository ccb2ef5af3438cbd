/** `npm start`, once page and packages are there: page, relay, bootstrap, archive node and HTTP API on one port. */
import '../src/platform/headless/polyfills'
import { run } from './run'

// libp2p and the node load once the port is ours: a wrong PORT is told at once.
await run(async (store, options) => (await import('./openNode')).openNode(store, options))
