/** Where a person's script runs: the interpreter, and nothing that it could reach beside it. */
import { serveSandbox } from '../src/platform/sandbox/serve'
import type { SandboxJob } from '../src/platform/sandbox/serve'

const serving = serveSandbox(note => self.postMessage(note))
self.addEventListener('message', (event: MessageEvent<SandboxJob>) => void serving.then(serve => serve(event.data)))
