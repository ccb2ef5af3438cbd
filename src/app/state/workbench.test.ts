import { beforeEach, describe, expect, it } from 'vitest'
import { CONFIG_KEYS, pathOf } from '../../agent/config/schema'
import { Workbench } from './workbench.svelte'

const keyOf = (path: string) => CONFIG_KEYS.find(key => pathOf(key) === path)!
const TEXT = '# mine\nmax_transactions = 9 # few\n'

let items: Map<string, string>
let now: number
const storage = () =>
  ({ getItem: (key: string) => items.get(key) ?? null, setItem: (key: string, value: string) => void items.set(key, value) }) as unknown as Storage
const bench = () => new Workbench(storage(), () => now)

beforeEach(() => {
  items = new Map()
  now = 0
})

describe('one draft, three editors', () => {
  it('what the form sets stands in the file, and what the file says stands in the form', () => {
    const work = bench()
    work.change({ toml: TEXT }, 'toml')
    expect(work.config.maxTransactions).toBe(9)
    expect(work.set(keyOf('max_transactions'), 12)).toBeNull()
    expect(work.draft.toml).toBe(TEXT.replace('9', '12'))
    work.change({ toml: 'block_interval = 3' }, 'toml')
    expect(work.config).toMatchObject({ maxTransactions: 512, blockIntervalMs: 3000 })
  })

  it('a value that its key refuses is told, and changes nothing', () => {
    const work = bench()
    work.change({ toml: TEXT }, 'toml')
    expect(work.set(keyOf('max_transactions'), 0)).toContain('from 1 to 512')
    expect(work.draft.toml).toBe(TEXT)
  })

  it('while the file has problems, the form keeps what it said before; problems have key and line', () => {
    const work = bench()
    work.change({ toml: TEXT }, 'toml')
    expect(work.config.maxTransactions).toBe(9)
    work.change({ toml: 'name = "x"\nmax_transactions = -1' }, 'toml')
    expect(work.sound).toBe(false)
    expect(work.config.maxTransactions).toBe(9)
    expect(work.problems).toMatchObject([{ key: 'max_transactions', line: 2 }])
  })
})

describe('drafts', () => {
  it('outlive a reload', () => {
    bench().change({ toml: TEXT, script: 'x', scripted: true }, 'import')
    const again = bench()
    expect(again.resumed).toBe(true)
    expect(again.draft).toEqual({ toml: TEXT, script: 'x', scripted: true })
    expect(again.program).toEqual({ toml: TEXT, script: 'x', peers: [] })
  })

  it('what somebody else wrote into storage is no draft', () => {
    for (const text of ['3', '{', '{"toml":1}', '{"toml":"","script":null}', JSON.stringify({ toml: '#'.repeat(200_000), script: '' })]) {
      items.set('quorumble.agentDraft', text)
      expect(bench().resumed).toBe(false)
    }
  })

  it('are undone change by change; typing is one change', () => {
    const work = bench()
    for (const toml of ['#', '# a', '# ab']) work.change({ toml }, 'toml')
    now = 10_000
    work.change({ toml: '# abc' }, 'toml')
    work.change({ scripted: true }, 'scripted')
    work.undo()
    expect(work.draft).toMatchObject({ toml: '# abc', scripted: false })
    work.undo()
    expect(work.draft.toml).toBe('# ab')
    work.undo()
    expect(work.draft.toml).toBe('')
    work.undo()
    expect(work.draft.toml).toBe('')
  })

  it('are a preset to the letter, or somebody’s own', () => {
    const files = new Map([['basic', TEXT]] as const)
    const work = bench()
    work.change({ toml: TEXT }, 'preset')
    expect(work.presetAmong(files)).toBe('basic')
    work.change({ scripted: true }, 'scripted')
    expect(work.presetAmong(files)).toBeNull()
  })
})
