/**
 * One call of a person's script in QuickJS compiled to WebAssembly: an interpreter without clock, network, timers or any object of the host. Each call has a runtime of its own, so
 * nothing that a script does to its globals outlives it; what it wants to remember it returns. Fuel is counted in steps of the interpreter, not in time, so a run can be repeated.
 *
 * Some builtins (long integers, regular expressions) do not look at the fuel while they work. The host of the worker has the last word on them (scriptHost.ts).
 */
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core'
import type { QuickJSContext, QuickJSHandle, QuickJSRuntime, QuickJSWASMModule } from 'quickjs-emscripten-core'
import releaseSync from '@jitl/quickjs-wasmfile-release-sync'
import { SCRIPT_MEMORY_BYTES } from '../../agent/script/view'
import type { ScriptFailure, ScriptRun, ScriptView } from '../../agent/script/view'

/** Looks at the fuel, each after ten thousand loops and calls of the interpreter: some 60 ms on the machine this was measured on. */
export const FUEL = 200
/** Stack of a script: some thousand plain calls. */
const STACK_BYTES = 256 * 1024
/** Characters of an answer that leave the sandbox: memory, note and transfers fit several times over. */
const MAX_ANSWER_LENGTH = 16_384
/** Characters of an error message that are shown. */
const MAX_MESSAGE_LENGTH = 300

export type SandboxRun = Omit<ScriptRun, 'wallMs'>

export interface Sandbox {
  /** @throws whatever the interpreter's own host code throws: after that this sandbox is of no use any more */
  run(source: string, view: ScriptView): SandboxRun
}

export async function openSandbox(): Promise<Sandbox> {
  const module = await newQuickJSWASMModuleFromVariant(releaseSync)
  return { run: (source, view) => runOnce(module, source, view) }
}

/** No Date: time is in the view. The interpreter needs Eval to load a script at all. */
const INTRINSICS = {
  BaseObjects: true,
  Date: false,
  Eval: true,
  StringNormalize: true,
  RegExp: true,
  JSON: true,
  Proxy: true,
  MapSet: true,
  TypedArrays: true,
  Promise: true,
  BigInt: true
}

/**
 * Runs before the script and keeps what it needs out of the script's reach. Chance comes from the view, so that a dry run and the run are the same. `decide` may be a function or a
 * constant: both are found by name.
 */
const PRELUDE = `(() => {
  const { parse, stringify } = JSON, { freeze, values } = Object
  const frozen = value => {
    if (typeof value === 'object' && value !== null) { for (const each of values(value)) frozen(each); freeze(value) }
    return value
  }
  return {
    seed(text) {
      let state = 0x811c9dc5
      for (let i = 0; i < text.length; i++) state = (state ^ text.charCodeAt(i)) * 0x01000193 >>> 0
      Math.random = () => {
        state ^= state << 13; state >>>= 0; state ^= state >>> 17; state ^= state << 5; state >>>= 0
        return state / 4294967296
      }
    },
    call(decide, text) {
      const answer = stringify(decide(frozen(parse(text))))
      return typeof answer === 'string' && answer.length > ${MAX_ANSWER_LENGTH} ? '' : answer
    }
  }
})()`

interface Meter {
  used: number
}

function runOnce(module: QuickJSWASMModule, source: string, view: ScriptView): SandboxRun {
  const runtime = module.newRuntime()
  const meter: Meter = { used: 0 }
  runtime.setMemoryLimit(SCRIPT_MEMORY_BYTES)
  runtime.setMaxStackSize(STACK_BYTES)
  runtime.setInterruptHandler(() => ++meter.used > FUEL)
  const context = runtime.newContext({ intrinsics: INTRINSICS })
  const result = callIn(context, meter, source, view)
  const memoryBytes = result.ok || result.code !== 'out-of-memory' ? heapOf(runtime, context) : SCRIPT_MEMORY_BYTES
  context.dispose()
  runtime.dispose()
  return { result, fuelMilli: Math.min(1000, Math.floor((1000 * meter.used) / FUEL)), memoryBytes }
}

function heapOf(runtime: QuickJSRuntime, context: QuickJSContext): number {
  const usage = runtime.computeMemoryUsage()
  const size = context.getProp(usage, 'memory_used_size')
  const bytes = context.getNumber(size)
  size.dispose()
  usage.dispose()
  return bytes
}

function callIn(context: QuickJSContext, meter: Meter, source: string, view: ScriptView): ScriptRun['result'] {
  const owned: QuickJSHandle[] = []
  const own = (handle: QuickJSHandle): QuickJSHandle => {
    owned.push(handle)
    return handle
  }
  try {
    const tools = own(context.unwrapResult(context.evalCode(PRELUDE, 'prelude.js')))
    const seed = context.callFunction(own(context.getProp(tools, 'seed')), context.undefined, own(context.newString(view.head.hash)))
    own(context.unwrapResult(seed))
    const loaded = context.evalCode(source, 'script.js', { type: 'global', strict: true })
    if (loaded.error) return failureOf(context, meter, own(loaded.error), 'syntax')
    own(loaded.value)
    const found = context.evalCode('decide', 'host.js')
    if (found.error) {
      found.error.dispose()
      return { ok: false, code: 'no-decide', message: 'The script has no function “decide”.', line: null }
    }
    const decide = own(found.value)
    if (context.typeof(decide) !== 'function') return { ok: false, code: 'no-decide', message: '“decide” is no function.', line: null }
    const called = context.callFunction(own(context.getProp(tools, 'call')), context.undefined, decide, own(context.newString(JSON.stringify(view))))
    if (called.error) return failureOf(context, meter, own(called.error), 'threw')
    const answer = own(called.value)
    if (context.typeof(answer) !== 'string')
      return { ok: false, code: 'bad-result', message: '“decide” returned nothing that can be said as plain data.', line: null }
    const json = context.getString(answer)
    return json === ''
      ? { ok: false, code: 'bad-result', message: `The answer is longer than ${MAX_ANSWER_LENGTH} characters.`, line: null }
      : { ok: true, json }
  } finally {
    for (const handle of owned.reverse()) if (handle.alive) handle.dispose()
  }
}

/** @param otherwise what it is when it is neither fuel nor memory; a syntax error that is none was thrown while the script was loaded */
function failureOf(context: QuickJSContext, meter: Meter, error: QuickJSHandle, otherwise: 'syntax' | 'threw'): ScriptRun['result'] {
  // Out of fuel: nothing of the script's may run any more, not even to say what it is.
  if (meter.used > FUEL) return { ok: false, code: 'out-of-fuel', message: 'It used up its fuel: too many steps for one decision.', line: null }
  const name = textOf(context, error, 'name')
  const message = textOf(context, error, 'message')
  const line = lineIn(textOf(context, error, 'stack'))
  if (name === 'InternalError' && message === 'out of memory')
    return { ok: false, code: 'out-of-memory', message: `It used up its memory of ${SCRIPT_MEMORY_BYTES / 1024 / 1024} MiB.`, line }
  if (meter.used > FUEL) return { ok: false, code: 'out-of-fuel', message: 'It used up its fuel: too many steps for one decision.', line }
  const code: ScriptFailure = otherwise === 'syntax' && name !== 'SyntaxError' ? 'threw' : otherwise
  return { ok: false, code, message: `${name === '' ? 'It threw' : name}: ${message.slice(0, MAX_MESSAGE_LENGTH)}`, line }
}

/** A property of something that the script threw, if it is a text. Getters run on what is left of the fuel. */
function textOf(context: QuickJSContext, from: QuickJSHandle, key: string): string {
  if (context.typeof(from) === 'string') return key === 'message' ? context.getString(from) : ''
  if (context.typeof(from) !== 'object') return ''
  const result = context.evalCode(
    `((from, key) => { try { const text = from[key]; return typeof text === 'string' ? text.slice(0, 2000) : '' } catch { return '' } })`,
    'host.js'
  )
  if (result.error) {
    result.error.dispose()
    return ''
  }
  const name = context.newString(key)
  const read = context.callFunction(result.value, context.undefined, from, name)
  name.dispose()
  result.value.dispose()
  const handle = read.error ?? read.value
  const text = read.error === undefined && context.typeof(handle) === 'string' ? context.getString(handle) : ''
  handle.dispose()
  return text
}

function lineIn(stack: string): number | null {
  const found = /script\.js:(\d+)/.exec(stack)
  return found === null ? null : Number(found[1])
}
