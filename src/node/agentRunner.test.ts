/** A person's program on a node: checked before anything changes, asked once a height, believed within its bounds, and stopped when it costs too much. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { ScriptRun, ScriptView } from '../agent/script/view'
import type { TransactionIntent } from '../bridge/api'
import { toHex } from '../core/bytes'
import { VerificationCache } from '../core/crypto/verificationCache'
import { createSyncVerifier } from '../core/crypto/verifier'
import { signerAt } from '../core/testing/network'
import { createNodeFast } from '../platform/crypto/nodeFast'
import { MEME_PAUSE } from '../agent/social/cycle'
import { AgentRunner, DRY_RUN_HEIGHTS, MAX_SCRIPT_LENGTH } from './agentRunner'
import type { AgentHost } from './agentRunner'
import type { ScriptRunner } from './ports'
import { NodeTable } from './testing/table'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const done = (answer: unknown): ScriptRun => ({ result: { ok: true, json: JSON.stringify(answer) }, fuelMilli: 10, memoryBytes: 1000, wallMs: 5 })
const killed: ScriptRun = { result: { ok: false, code: 'killed', message: 'too slow', line: null }, fuelMilli: 1000, memoryBytes: 0, wallMs: 350 }
const friend = toHex(signerAt(1).publicKey)

let table: NodeTable
let views: ScriptView[]
let answer: (view: ScriptView) => ScriptRun
let stops: number
let sent: { to: string; amount: string }[]
let runner: AgentRunner
/** What else it wanted, and at which height. */
let wanted: { at: number; intent: TransactionIntent }[]

const sandbox = (): ScriptRunner => ({
  run: async (_source, view) => {
    views.push(view)
    return answer(view)
  },
  stop: () => {
    stops++
  }
})

beforeEach(() => {
  table = new NodeTable({ verify: check => verifier.verify(check), founders: 2, parameters: { minCommittee: 1, heartbeatTtl: 100_000 } })
  views = []
  stops = 0
  sent = []
  wanted = []
  answer = () => done({ produce: true })
  runner = new AgentRunner(hostOf(async () => sandbox()))
})

function hostOf(openScripts: AgentHost['openScripts']): AgentHost {
  return {
    core: table.cores[0]!,
    now: () => table.now,
    peers: () => 1,
    input: input => void table.give(0, input),
    submit: async intent => {
      if (intent.kind !== 'transfer') {
        wanted.push({ at: table.cores[0]!.rounds.round, intent })
        return intent.kind === 'interact' && intent.to !== friend
          ? { ok: false, code: 'nobody', message: 'nobody has this key' }
          : { ok: true, value: { id: '00' } }
      }
      sent.push({ to: intent.to, amount: intent.amount })
      return intent.to === friend ? { ok: true, value: { id: '00' } } : { ok: false, code: 'bad-recipient', message: 'nobody' }
    },
    say: () => undefined,
    openScripts
  }
}

/** Lets virtual time pass, and gives the script's answers their turn. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 100) {
    table.run(100)
    runner.follow()
    await Promise.resolve()
    await new Promise(resolve => setImmediate(resolve))
  }
}

describe('P034: a program that cannot run changes nothing', () => {
  it.each([
    ['bad-config', { toml: 'max_transactions = 0', script: null }, /line 1, max_transactions/],
    ['bad-config', { toml: '= 3', script: 'x' }, /line 1/],
    ['script-too-long', { toml: '', script: 'x'.repeat(MAX_SCRIPT_LENGTH + 1) }, /32768/]
  ])('%s', async (code, program, message) => {
    await runner.run({ toml: 'max_transactions = 7', script: null })
    const result = await runner.run(program)
    expect(result).toMatchObject({ ok: false, code, message: expect.stringMatching(message) })
    expect(table.cores[0]!.production.config.maxTransactions).toBe(7)
  })

  it('scripts where there is no sandbox, or none arrives', async () => {
    for (const openScripts of [null, () => Promise.reject(new Error('offline'))]) {
      const without = new AgentRunner(hostOf(openScripts))
      expect(await without.run({ toml: 'max_transactions = 3', script: 'x' })).toMatchObject({ ok: false, code: 'no-sandbox' })
      expect(table.cores[0]!.production.config.maxTransactions).toBe(512)
    }
  })
})

describe('a script at work', () => {
  it('is asked once a height, about the block to be made, and its answer is in the trace', async () => {
    answer = view => done({ produce: true, note: `for ${view.height}`, memory: view.height })
    await runner.run({ toml: '', script: 'x' })
    await pass(12_000)
    expect(views.length).toBeGreaterThan(4)
    expect(new Set(views.map(({ height }) => height)).size).toBe(views.length)
    for (const [i, view] of views.entries()) {
      expect(view.head.height).toBe(view.height - 1)
      expect(view.memory).toBe(i === 0 ? null : views[i - 1]!.height)
      expect(view.me.key).toBe(toHex(table.cores[0]!.publicKey))
    }
    const told = table.cores[0]!.production.attempts().filter(({ scripted }) => scripted)
    expect(told.length).toBeGreaterThan(1)
    expect(told.every(({ note, height }) => note === `for ${height}`)).toBe(true)
    expect(runner.view().script).toMatchObject({ state: 'running', problem: null, failures: 0, fuelMilli: 10, memoryBytes: 1000 })
  })

  it('what is out of bounds is void, and the configuration decides alone', async () => {
    answer = () => done({ produce: false, transfers: [{ to: friend, amount: 1 }] })
    await runner.run({ toml: '', script: 'x' })
    const before = table.cores[0]!.tree.final.height
    await pass(8000)
    expect(table.cores[0]!.production.attempts().some(({ outcome }) => outcome === 'accepted')).toBe(true)
    expect(table.cores[0]!.tree.final.height).toBeGreaterThan(before)
    expect(runner.view().script?.problem).toContain('spend limit')
    expect(sent).toEqual([])
  })

  it('spends within the limit that the person has set, in all; what is refused is not spent', async () => {
    answer = view => done({ produce: true, transfers: view.limits.spendLeft >= 400 ? [{ to: friend, amount: 400 }] : [] })
    await runner.run({ toml: '[script_config]\nspend_limit = 1', script: 'x' })
    await pass(12_000)
    expect(sent).toHaveLength(2)
    expect(runner.view().script).toMatchObject({ spent: 800, spendLimit: 1000 })
    answer = () => done({ produce: true, transfers: [{ to: 'cc'.repeat(32), amount: 200 }] })
    await pass(4000)
    expect(runner.view().script).toMatchObject({ spent: 800, problem: expect.stringContaining('refused') })
  })

  it('is stopped after three calls in a row that had to be cut off, and the node goes on', async () => {
    answer = () => killed
    await runner.run({ toml: '', script: 'x' })
    await pass(16_000)
    expect(views).toHaveLength(3)
    expect(stops).toBe(1)
    expect(runner.view().script).toMatchObject({ state: 'stopped', failures: 3, problem: 'too slow' })
    expect(table.cores[0]!.tree.final.height).toBeGreaterThan(5)
  })

  it('P119, P120: makes memes and words of its own, no more memes than others do, and the configuration’s own life rests meanwhile', async () => {
    const social = {
      meme: { text: 'gm', tags: ['calm'], targets: [friend] },
      words: [{ to: friend, what: 'support' }],
      answers: [{ alliance: 'ab'.repeat(32), accept: true }]
    }
    answer = () => done({ produce: true, social })
    const toml = '[meme_config]\nenabled = true\nquality_threshold = 0\n[social_config]\nalliance_formation = true\ninfluence_threshold = 0'
    await runner.run({ toml, script: 'x' })
    await pass(50_000)
    const of = (kind: TransactionIntent['kind']) => wanted.filter(({ intent }) => intent.kind === kind)
    const memes = of('meme')
    expect(memes.length).toBeGreaterThanOrEqual(2)
    for (const [i, { at }] of memes.entries()) if (i > 0) expect(at - memes[i - 1]!.at).toBeGreaterThanOrEqual(MEME_PAUSE)
    // The first height, before the script had its say, is the configuration’s.
    expect(memes.slice(1).every(({ intent }) => intent.kind === 'meme' && intent.draft.content.format === 'text')).toBe(true)
    expect(of('interact').length).toBeGreaterThan(10)
    expect(of('accept-alliance').length).toBeGreaterThan(10)
    expect(of('propose-alliance').length).toBeLessThanOrEqual(1)
    expect(views.at(-1)!.social!.people.map(({ key }) => key)).toEqual([friend])
    expect(runner.view().social!.at, 'it still looks and measures').toBeGreaterThan(10)
    // Without a word about it, the configuration lives on.
    wanted = []
    answer = () => done({ produce: true })
    await pass(30_000)
    expect(of('meme').some(({ intent }) => intent.kind === 'meme' && intent.draft.content.format === 'picture')).toBe(true)
  })

  it('one that fails leaves memes and people to the configuration, as it leaves the blocks to it', async () => {
    const toml = '[meme_config]\nenabled = true\nquality_threshold = 0'
    answer = () => done({ produce: true, social: {} })
    await runner.run({ toml, script: 'x' })
    await pass(6000)
    wanted = []
    answer = () => killed
    await pass(40_000)
    expect(runner.view().script).toMatchObject({ state: 'stopped' })
    expect(wanted.some(({ intent }) => intent.kind === 'meme')).toBe(true)
  })

  it('what the node refuses of it is told, and costs nothing', async () => {
    answer = () => done({ produce: true, social: { words: [{ to: 'cc'.repeat(32), what: 'oppose' }] } })
    await runner.run({ toml: '', script: 'x' })
    await pass(6000)
    expect(runner.view().script).toMatchObject({ state: 'running', problem: 'A word was refused: nobody has this key' })
  })

  it('one that was replaced has no say any more', async () => {
    let late: (run: ScriptRun) => void = () => undefined
    const slow: ScriptRunner = { run: () => new Promise(resolve => (late = resolve)), stop: () => undefined }
    runner = new AgentRunner(hostOf(async () => slow))
    await pass(3000)
    await runner.run({ toml: '', script: 'x' })
    await runner.run({ toml: 'max_transactions = 5', script: null })
    late(done({ produce: false }))
    await pass(8000)
    expect(runner.view().script).toBeNull()
    expect(table.cores[0]!.production.attempts()[0]!.scripted).toBe(false)
  })
})

describe('a dry run', () => {
  it('asks about the last heights in their order, with memory, and touches nothing', async () => {
    await pass((DRY_RUN_HEIGHTS + 6) * 2000)
    answer = view => done({ produce: view.height % 2 === 0, memory: view.height, note: String(view.memory) })
    const result = await runner.dryRun({ toml: '', script: 'x' })
    const rows = result.ok ? result.value : []
    expect(rows).toHaveLength(DRY_RUN_HEIGHTS)
    expect(rows.map(({ height }) => height)).toEqual([...rows.map(({ height }) => height)].sort((a, b) => b - a))
    expect(rows.at(-1)!.decision!.note).toBe('null')
    expect(rows[0]!.decision).toMatchObject({ produce: rows[0]!.height % 2 === 0, note: String(rows[1]!.height) })
    expect(stops).toBe(1)
    expect(sent).toEqual([])
    expect(table.cores[0]!.production.attempts().every(({ scripted }) => !scripted)).toBe(true)
  })

  it('says what went wrong, height by height, and without a block that there is none', async () => {
    expect(await runner.dryRun({ toml: '', script: 'x' })).toMatchObject({ ok: false, code: 'no-blocks' })
    expect(await runner.dryRun({ toml: '', script: null })).toMatchObject({ ok: false, code: 'no-script' })
    await pass(6000)
    answer = () => ({ ...killed, result: { ok: false, code: 'threw', message: 'TypeError: x', line: 3 } })
    const result = await runner.dryRun({ toml: '', script: 'x' })
    expect(result.ok && result.value[0]).toMatchObject({ decision: null, problem: 'TypeError: x', line: 3 })
  })
})
