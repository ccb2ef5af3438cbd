/** The order in which the parts of the server come up and go down. */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { openLevelStore } from '../src/platform/headless/levelStore'
import { marksInFolder } from '../src/platform/headless/markFiles'
import { markName } from '../src/node/markName'
import { StoreError } from '../src/node/ports'
import type { NodeStore } from '../src/node/ports'
import { MARKS_FOLDER, storeDirectory } from './dataDirectory'
import { FrontServer } from './frontServer'
import { createHttpApi } from './httpApi'
import { createMetrics } from './metrics'
import type { HeadlessNode } from './node'
import { StartError } from './options'
import type { ServerOptions } from './options'
import { RelayGate } from './relayGate'
import { loadStaticFiles } from './staticFiles'

const DIST = fileURLToPath(new URL('../dist', import.meta.url))

/** A node that runs, and where its WebSocket listener is on loopback. */
export interface OpenedNode {
  node: HeadlessNode
  relayPort: number
}

/** Starts a node on this store; the node closes the store when it stops. */
export type OpenNode = (store: NodeStore, options: ServerOptions) => Promise<OpenedNode>

export interface RunningServer {
  port: number
  networkId: string
  /** False: only the API answers, with a page that says how to build. */
  pageIsBuilt: boolean
  /** The node signs off, then the port closes. */
  stop(): Promise<void>
}

/**
 * Takes the port first: whoever starts a second server by mistake learns so before anything is touched. Then the store, then the node;
 * until it is up the API answers 503.
 * @throws StartError
 */
export async function startServer(options: ServerOptions, openNode: OpenNode, dist: string = DIST): Promise<RunningServer> {
  let opened: OpenedNode | null = null
  const node = (): HeadlessNode | null => opened?.node ?? null
  const gate = new RelayGate(() => opened?.relayPort ?? null)
  const files = await loadStaticFiles(dist)
  const metrics = createMetrics(node, () => gate.size)
  const front = new FrontServer({ files, gate, handler: createHttpApi({ node, metrics, now: () => Date.now() }) })
  const port = await front.listen(options.host, options.port)
  try {
    opened = await openOn(await openStore(options), options, openNode)
  } catch (error) {
    await front.close()
    throw error
  }
  const { node: running } = opened
  return {
    port,
    networkId: running.networkId,
    pageIsBuilt: files.size > 0,
    stop: async () => {
      await running.stop()
      await front.close()
    }
  }
}

/** A node that does not start must not keep its store from the next attempt. */
async function openOn(store: NodeStore, options: ServerOptions, openNode: OpenNode): Promise<OpenedNode> {
  try {
    return await openNode(store, options)
  } catch (error) {
    await store.close()
    throw error
  }
}

export async function openStore(options: ServerOptions): Promise<NodeStore> {
  const directory = await storeDirectory(options.dataDirectory, options.newNetwork, new Date())
  try {
    return await openLevelStore(directory, marksInFolder(join(options.dataDirectory, MARKS_FOLDER), markName))
  } catch (error) {
    if (error instanceof StoreError) throw new StartError(error.message)
    throw error
  }
}
