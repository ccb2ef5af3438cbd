import { WebSocket } from 'ws'

/**
 * What libp2p expects of its platform and Node 20 does not have. Import this file before anything of libp2p; it changes nothing in an
 * environment that has them (Node 22 and later).
 */
interface Deferred<T> {
  promise: Promise<T>
  resolve(value: T | PromiseLike<T>): void
  reject(reason?: unknown): void
}

function withResolvers<T>(this: PromiseConstructor): Deferred<T> {
  let resolve!: Deferred<T>['resolve']
  let reject!: Deferred<T>['reject']
  const promise = new this<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}

const platform: { WebSocket?: unknown } = globalThis
platform.WebSocket ??= WebSocket
const promises = Promise as { withResolvers?: unknown }
promises.withResolvers ??= withResolvers
