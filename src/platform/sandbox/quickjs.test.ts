import { Worker } from 'node:worker_threads'
import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { SCRIPT_MEMORY_BYTES } from '../../agent/script/view'
import type { ScriptRun, ScriptView } from '../../agent/script/view'
import { EXAMPLES } from '../../agent/config/presets'
import { admitDecision } from '../../agent/script/decision'
import { personalityOf } from '../../core/taste/personalities'
import { systemClock } from '../systemClock'
import { FUEL, openSandbox } from './quickjs'
import { ScriptHost } from './scriptHost'
import type { SandboxWorker } from './scriptHost'
import { HOSTILE } from './testing/hostile'

/** Longer than a tab waits: a busy machine must not make an innocent script look guilty. */
const PATIENCE_MS = 2000

const ME = { key: 'aa'.repeat(32), name: 'Moth', balance: 5000, active: true, blocksMade: 1, missed: 0 }
const VIEW: ScriptView = {
  height: 7,
  now: 1000,
  head: { height: 6, hash: 'ab'.repeat(32), finalHeight: 5, maker: ME.key },
  rules: { family: 'chaos', mode: 'rotation', blockIntervalMs: 1000, slotMs: 500 },
  turn: { rank: 0 },
  mempool: { count: 0, bytes: 0, fees: 0, best: [] },
  me: ME,
  agents: [ME],
  peers: 1,
  opinions: [],
  social: null,
  limits: { maxTransactions: 10, spendLeft: 0, weights: { technical: 700, social: 200, meme: 100, extra: 0 }, weightShift: 200 },
  memory: null
}

/** Node 20 starts no thread from a TypeScript file; one that has begun can load it. */
const START = `import('tsx/esm/api').then(tsx => { tsx.register(); return import(${JSON.stringify(new URL('./testing/thread.ts', import.meta.url).href)}) })`

function thread(): SandboxWorker {
  const worker = new Worker(START, { eval: true })
  return {
    post: job => worker.postMessage(job),
    onNote: handler => void worker.on('message', handler),
    onError: handler => void worker.once('error', error => handler(String(error))),
    terminate: () => void worker.terminate()
  }
}

const good = (run: ScriptRun | Omit<ScriptRun, 'wallMs'>): unknown => (run.result.ok ? JSON.parse(run.result.json) : run.result)

describe('one call of a script', () => {
  it('sees the view and answers with plain data', async () => {
    const sandbox = await openSandbox()
    expect(good(sandbox.run('const decide = ({ height, me }) => ({ produce: height === 7, note: me.name })', VIEW))).toEqual({ produce: true, note: 'Moth' })
  })

  it('is the same each time, chance included, and another one on another head', async () => {
    const sandbox = await openSandbox()
    const source = 'let n = 0; function decide() { return { produce: true, memory: [++n, Math.random(), Math.random()] } }'
    const [first, again] = [sandbox.run(source, VIEW), sandbox.run(source, VIEW)]
    expect(again).toEqual(first)
    expect(good(sandbox.run(source, { ...VIEW, head: { ...VIEW.head, hash: 'cd'.repeat(32) } }))).not.toEqual(good(first))
  })

  it('leaves nothing behind for the next one', async () => {
    const sandbox = await openSandbox()
    sandbox.run('globalThis.left = 1; Object.prototype.left = 1; function decide() { return { produce: true } }', VIEW)
    expect(good(sandbox.run('function decide() { return { produce: typeof left === "undefined" && {}.left === undefined } }', VIEW))).toEqual({ produce: true })
  })

  it('measures fuel and memory', async () => {
    const sandbox = await openSandbox()
    const idle = sandbox.run('function decide() { return { produce: true } }', VIEW)
    const busy = sandbox.run('function decide() { for (let i = 0; i < 500000; i++); return { produce: true } }', VIEW)
    expect(idle.fuelMilli).toBeLessThan(20)
    expect(busy.fuelMilli).toBeGreaterThan(10 * Math.max(1, idle.fuelMilli))
    expect(idle.memoryBytes).toBeGreaterThan(10_000)
    expect(idle.memoryBytes).toBeLessThan(SCRIPT_MEMORY_BYTES / 4)
    expect(FUEL).toBeGreaterThan(0)
  })

  it.each([
    ['syntax', 'function decide() {\n  return { produce: }\n}', 'syntax', 2],
    ['thrown', 'function decide() {\n\n  throw new RangeError("far")\n}', 'threw', 3],
    ['thrown while loading', '\nnull.x', 'threw', 2],
    ['a thrown text', 'function decide() { throw "no" }', 'threw', null],
    ['no decide', 'function decides() {}', 'no-decide', null],
    ['decide is a number', 'const decide = 3', 'no-decide', null],
    ['nothing returned', 'function decide() {}', 'bad-result', null],
    ['a function returned', 'function decide() { return decide }', 'bad-result', null],
    ['the clock is in the view', 'function decide() { return Date.now() }', 'threw', 1]
  ])('says what is wrong and where: %s', async (_what, source, code, line) => {
    const { result } = (await openSandbox()).run(source, VIEW)
    expect(result).toMatchObject({ ok: false, code, line })
    expect(!result.ok && result.message).not.toBe('')
  })
})

describe('the examples run as they are', () => {
  const bounds = { personality: personalityOf('lawful'), spendLeft: 500 }
  const others = ['bb', 'cc'].map(key => ({ ...ME, key: key.repeat(32), name: key, blocksMade: 3 }))
  const opinions = [false, true].map(approves => ({ height: 6, maker: ME.key, judge: others[0]!.key, approves, score: approves ? 10 : -10 }))
  const moments: Partial<ScriptView>[] = [
    {},
    { agents: [ME, ...others], height: 20 },
    { opinions, turn: null },
    { agents: [ME, { ...others[0]!, blocksMade: 0 }] },
    { social: { influence: 500, people: [], memes: [], alliances: [] } },
    {
      height: 24,
      social: {
        influence: 500,
        people: others.map(({ key, name }, i) => ({ key, name, personality: 'neutral', influence: 400, trustsMe: -100 * i, trusted: 0, validator: true })),
        memes: [3, 5].map(height => ({
          id: 'de'.repeat(32),
          by: others[0]!.key,
          mine: false,
          height,
          quality: 500,
          tags: ['calm', 'fork'],
          love: height,
          like: 0,
          dislike: 4,
          answered: false
        })),
        alliances: [
          { id: 'f1'.repeat(32), with: [others[0]!.key], state: 'active' },
          { id: 'f2'.repeat(32), with: [others[1]!.key], state: 'offered-to-me' }
        ]
      }
    }
  ]

  it.each(EXAMPLES)('%s decides within its bounds, height after height', async name => {
    const source = readFileSync(new URL(`../../../public/agents/${name}.js`, import.meta.url), 'utf8')
    const sandbox = await openSandbox()
    let memory: unknown = null
    for (const moment of [...moments, ...moments]) {
      const view = { ...VIEW, ...moment, limits: { ...VIEW.limits, spendLeft: bounds.spendLeft }, memory }
      const { result, fuelMilli } = sandbox.run(source, view)
      const decision = result.ok ? admitDecision(result.json, bounds) : result
      expect(decision).toMatchObject({ ok: true })
      expect(fuelMilli).toBeLessThan(100)
      if (decision.ok) memory = decision.value.memory === null ? null : JSON.parse(decision.value.memory)
    }
  })
})

describe('hostile scripts, in a thread of its own', () => {
  const host = new ScriptHost(thread, systemClock, PATIENCE_MS)
  afterAll(() => host.stop())

  it.each(HOSTILE)('$name', async ({ source, ends }) => {
    const run = await host.run(source, VIEW)
    expect(ends).toContain(run.result.ok ? 'decides' : run.result.code)
    // Whatever it was, the next script is not its victim.
    expect(good(await host.run('function decide() { return { produce: true } }', VIEW))).toEqual({ produce: true })
  })

  it('sees nothing of its host', async () => {
    const escape = HOSTILE.find(({ name }) => name === 'constructor escape')!
    expect(good(await host.run(escape.source, VIEW))).toEqual({ produce: true, note: '' })
  })
})
