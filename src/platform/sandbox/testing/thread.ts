/** The sandbox's worker in a thread of Node, from source: what agent.worker.ts is in a tab. */
import { parentPort } from 'node:worker_threads'
import { serveSandbox } from '../serve'
import type { SandboxJob } from '../serve'

const serving = serveSandbox(note => parentPort?.postMessage(note))
parentPort?.on('message', (job: SandboxJob) => void serving.then(serve => serve(job)))
