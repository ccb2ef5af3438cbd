/** Scripts that mean harm, or do it by accident, and what has to become of each. Run in Node by quickjs.test.ts and scriptHost.test.ts, and in a real browser by e2e/agent.spec.ts. */
import type { ScriptFailure } from '../../../agent/script/view'

export interface Hostile {
  name: string
  source: string
  /** Any of these; `decides`: it harms nobody, and the answer is one. */
  ends: readonly (ScriptFailure | 'decides')[]
}

/** Whoever is cut off is cut off by whichever limit is met first. */
const CUT: Hostile['ends'] = ['out-of-fuel', 'out-of-memory', 'killed', 'threw']

export const HOSTILE: readonly Hostile[] = [
  { name: 'spin', source: 'function decide() { for (;;); }', ends: ['out-of-fuel', 'killed'] },
  { name: 'spin while loading', source: 'for (;;);', ends: ['out-of-fuel', 'killed'] },
  { name: 'spin and catch', source: 'function decide() { for (;;) try { for (;;); } catch {} finally { decide() } }', ends: ['out-of-fuel', 'killed'] },
  { name: 'heap', source: 'function decide() { const a = []; for (;;) a.push(new Array(1000).fill(1)) }', ends: CUT },
  { name: 'heap and catch', source: 'function decide() { const a = []; for (;;) try { a.push(new Array(1000).fill(1)) } catch {} }', ends: CUT },
  { name: 'string growth', source: 'function decide() { let s = "x"; for (;;) s += s }', ends: CUT },
  { name: 'typed array growth', source: 'function decide() { const a = []; for (;;) a.push(new Uint8Array(1 << 20)) }', ends: CUT },
  { name: 'regex backtracking', source: 'function decide() { return /^(a+)+$/.test("a".repeat(64) + "b") }', ends: ['out-of-fuel', 'killed'] },
  { name: 'recursion', source: 'function decide() { return decide() }', ends: ['threw', 'out-of-fuel', 'killed'] },
  { name: 'big integers', source: 'function decide() { let n = 3n; for (let i = 0; i < 40; i++) n *= n; return { produce: n > 0n } }', ends: CUT },
  {
    name: 'prototypes',
    source: `Object.prototype.toJSON = function () { return { produce: true } }
Array.prototype.map = Array.prototype.push = null; JSON.stringify = () => 'x'; JSON.parse = () => null; Object.freeze = () => { for (;;); }
function decide() { return { produce: false } }`,
    ends: ['decides']
  },
  { name: 'getter bomb', source: 'function decide() { return { get produce() { for (;;); } } }', ends: ['out-of-fuel', 'killed'] },
  { name: 'thrown getter bomb', source: 'function decide() { throw { get message() { for (;;); } } }', ends: ['out-of-fuel', 'killed', 'threw'] },
  { name: 'microtask loop', source: 'async function spin() { for (;;) await 0 } function decide() { spin(); return { produce: true } }', ends: ['decides'] },
  { name: 'promise as an answer', source: 'async function decide() { return { produce: true } }', ends: ['decides'] },
  {
    name: 'toPrimitive',
    source: 'function decide() { return { produce: true, note: `${{ [Symbol.toPrimitive]() { for (;;); } }}` } }',
    ends: ['out-of-fuel', 'killed']
  },
  { name: 'circle', source: 'function decide() { const o = {}; o.self = o; return o }', ends: ['threw'] },
  { name: 'JSON bomb', source: 'function decide() { let o = []; for (let i = 0; i < 24; i++) o = [o, o]; return o }', ends: [...CUT, 'bad-result'] },
  { name: 'endless generator', source: 'function* all() { for (;;) yield 1 } function decide() { return [...all()] }', ends: CUT },
  { name: 'proxy', source: 'function decide() { return new Proxy({}, { ownKeys() { for (;;); } }) }', ends: ['out-of-fuel', 'killed'] },
  {
    name: 'sort',
    source: 'function decide() { [...Array(100000).keys()].sort(() => { for (;;); }); return { produce: true } }',
    ends: ['out-of-fuel', 'killed']
  },
  {
    name: 'constructor escape',
    source: `function decide() {
  const global = (() => {}).constructor('return this')()
  const names = ['process', 'self', 'fetch', 'postMessage', 'require', 'importScripts', 'WebAssembly', 'XMLHttpRequest', 'indexedDB', 'Date', 'setTimeout']
  return { produce: true, note: names.filter(name => typeof global[name] !== 'undefined').join() }
}`,
    ends: ['decides']
  },
  { name: 'writing into the view', source: 'function decide(view) { view.limits.spendLeft = 1e9; return { produce: true } }', ends: ['threw', 'decides'] }
]
