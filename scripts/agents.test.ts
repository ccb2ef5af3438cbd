/** docs/AGENTS.md against the schema: the table has every key, with its bounds, default and effect. */
import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { DEFAULT_CONFIG } from '../src/agent/config/config'
import { CONFIG_KEYS, pathOf } from '../src/agent/config/schema'
import type { ConfigKey, Effect } from '../src/agent/config/schema'

const EFFECTS: Record<Effect, string> = { 'next-block': 'next own block', 'next-height': 'next height', 'next-start': 'next start' }

function values({ kind }: ConfigKey): string {
  switch (kind.type) {
    case 'milli':
      return `${kind.least / 1000} … ${kind.most / 1000}${kind.unit === '' ? '' : ` ${kind.unit}`}`
    case 'integer':
      return `${kind.least} … ${kind.most}${kind.unit === '' ? '' : ` ${kind.unit}`}`
    case 'choice':
      return kind.options.join(', ')
    case 'choices':
      return 'a list of personalities'
    case 'personality':
      return `${kind.options.join(', ')}, or a table`
    case 'addresses':
      return `at most ${kind.most} multiaddrs`
    case 'toggle':
      return 'true, false'
    case 'text':
      return '1 to 32 bytes'
  }
}

function without(key: ConfigKey): string {
  const value = key.get(DEFAULT_CONFIG) as string | number | boolean | null | string[]
  if (value === null) return 'the node chooses'
  if (Array.isArray(value)) return 'none'
  return key.kind.type === 'milli' ? String(Number(value) / 1000) : String(value)
}

it('docs/AGENTS.md lists every key of the configuration (P010–P026)', () => {
  const rows = CONFIG_KEYS.map(key => `| \`${pathOf(key)}\` | ${key.rule} | ${values(key)} | ${without(key)} | ${EFFECTS[key.effect]} |`)
  const text = readFileSync(new URL('../docs/AGENTS.md', import.meta.url), 'utf8')
  const found = text.split('\n').filter(line => line.startsWith('| `'))
  expect(found).toEqual(rows)
})
