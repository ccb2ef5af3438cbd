import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { ownWorker } from './trustedWorker'

beforeEach(() => void vi.stubGlobal('location', { origin: 'http://host' }))
afterEach(() => void vi.unstubAllGlobals())

it.each(['http://host/assets/node.worker-B3x.js', 'http://host/class/assets/sim.worker-1.js', 'http://host/workers/node.worker.ts?worker_file&type=module'])(
  'lets through %s',
  url => expect(ownWorker(url)).toBe(url)
)
it.each([
  'http://evil/assets/node.worker.js',
  'http://host/assets/other.js',
  'data:text/javascript,1//node.worker.js',
  'blob:http://host/x.worker.js',
  'not a url'
])('refuses %s', url => expect(() => ownWorker(url)).toThrow(TypeError))
