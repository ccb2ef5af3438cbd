import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PERSONALITIES, PERSONALITY_TYPES, personalityOf } from '../../core/taste/personalities'
import { lineOf } from './lines'
import { PRESETS } from './presets'
import { DEFAULT_CONFIG, MEME_STRATEGIES, RELATIONSHIP_STRATEGIES } from './config'
import { CONFIG_KEYS, pathOf } from './schema'
import type { ProducerConfig } from './config'
import type { ConfigKey } from './schema'
import { changeValue, formatConfig, MAX_TOML_LENGTH, parseConfig } from './toml'

const keyOf = (path: string): ConfigKey => CONFIG_KEYS.find(key => pathOf(key) === path)!
const configOf = (text: string): ProducerConfig => {
  const { config, problems } = parseConfig(text)
  expect(problems).toEqual([])
  return config!
}
const file = (name: string): string => readFileSync(new URL(`../../../public/agents/${name}.toml`, import.meta.url), 'utf8')

describe('D-11: the four example files', () => {
  const KIB = 1024
  it.each([
    ['basic', 10_000, 128 * KIB, 100, true, 500, 'template', [], false, 300, 'reciprocal'],
    ['meme', 10_000, 128 * KIB, 60, true, 700, 'adaptive', ['memetic', 'dramatic'], true, 400, 'cooperative'],
    ['social', 10_000, 128 * KIB, 60, true, 400, 'targeted', ['emotional', 'neutral'], true, 200, 'loyal'],
    // 512 KiB is more than this chain takes: the file asks for the most that it does.
    ['performance', 2_000, 256 * KIB, 500, false, 0, 'template', [], false, 0, 'hermit']
  ] as const)(
    '%s holds the row of the table',
    (name, blockIntervalMs, maxBlockSize, maxTransactions, enabled, qualityThreshold, creationStrategy, targets, allianceFormation, influence, relation) => {
      expect(configOf(file(name))).toEqual({
        ...DEFAULT_CONFIG,
        blockIntervalMs,
        maxBlockSize,
        maxTransactions,
        meme: { enabled, qualityThreshold, creationStrategy, targetPersonalities: targets },
        social: { allianceFormation, influenceThreshold: influence, relationshipStrategy: relation }
      })
    }
  )

  it.each(PRESETS)('P123–P127: %s is a TOML file, and written as the exporter writes: one word about each key', name => {
    const text = file(name)
    const heading = text.split('\n')[0]!.replace(/^# /, '')
    expect(formatConfig(configOf(text), [heading])).toBe(text)
  })
})

describe('P010–P026: each key is read, bounded and refused with key and line', () => {
  it('an empty file is the default: every turn is used, and a block is as large as the chain allows', () => {
    expect(configOf('')).toEqual(DEFAULT_CONFIG)
  })

  it.each([
    ['P010', 'name = "Moth"', { name: 'Moth' }],
    ['P013', 'peers = ["/dns4/host/tcp/1/ws"]', { peers: ['/dns4/host/tcp/1/ws'] }],
    ['P014', 'block_interval = 0.25', { blockIntervalMs: 250 }],
    ['P015', 'max_block_size = 1024', { maxBlockSize: 1024 }],
    ['P016', 'max_transactions = 1', { maxTransactions: 1 }],
    ['P018', '[meme_config]\nenabled = false', { meme: { ...DEFAULT_CONFIG.meme, enabled: false } }],
    ['P019', '[meme_config]\nquality_threshold = 0.35', { meme: { ...DEFAULT_CONFIG.meme, qualityThreshold: 350 } }],
    ['P023', '[social_config]\nalliance_formation = true', { social: { ...DEFAULT_CONFIG.social, allianceFormation: true } }],
    ['P024', '[social_config]\ninfluence_threshold = 1', { social: { ...DEFAULT_CONFIG.social, influenceThreshold: 1000 } }],
    ['spend limit', '[script_config]\nspend_limit = 2.5', { script: { spendLimit: 2500 } }]
  ])('%s: %s', (_rule, text, change) => expect(configOf(text)).toEqual({ ...DEFAULT_CONFIG, ...change }))

  it.each(MEME_STRATEGIES)('P020: strategy %s', name => {
    expect(configOf(`[meme_config]\ncreation_strategy = "${name.toUpperCase()}"`).meme.creationStrategy).toBe(name)
  })
  it.each(RELATIONSHIP_STRATEGIES)('P025: strategy %s', name => {
    expect(configOf(`[social_config]\nrelationship_strategy = "${name}"`).social.relationshipStrategy).toBe(name)
  })
  it.each(PERSONALITY_TYPES)('D-01: personality %s', name => expect(configOf(`personality = "${name}"`).personality).toEqual(personalityOf(name)))

  it('D-01: a vector of its own, with the rest in the middle', () => {
    const text = '[personality]\ntechnical = 0.25\nsocial = 0.25\nmeme = 0.25\nextra = 0.25\nextra_side = "fees"\nchaos = 0.1'
    expect(configOf(text).personality).toEqual({
      type: 'custom',
      weights: { technical: 250, social: 250, meme: 250, extra: 250 },
      extra: 'fees',
      threshold: 500,
      chaos: 100,
      traits: { chaos: 500, meme: 500, alliance: 500, drama: 500, reason: 500 }
    })
  })

  it.each([
    ['P010: too long', `name = "${'x'.repeat(33)}"`, 'name', 1],
    ['P010: invisible', 'name = "\\u200b"', 'name', 1],
    ['P014: below', 'block_interval = -1', 'block_interval', 1],
    ['P014: above', 'block_interval = 3600.001', 'block_interval', 1],
    ['P014: four decimals', 'block_interval = 0.0001', 'block_interval', 1],
    ['P014: not a number', '# pace\nblock_interval = nan', 'block_interval', 2],
    ['P015: above the chain', 'max_block_size = 262145', 'max_block_size', 1],
    ['P015: below', 'max_block_size = 1023', 'max_block_size', 1],
    ['P016: none', 'max_transactions = 0', 'max_transactions', 1],
    ['P016: above the chain', 'max_transactions = 513', 'max_transactions', 1],
    ['P016: half', 'max_transactions = 1.5', 'max_transactions', 1],
    ['P019', '[meme_config]\n\nquality_threshold = 1.001', 'meme_config.quality_threshold', 3],
    ['P020', '[meme_config]\ncreation_strategy = "viral"', 'meme_config.creation_strategy', 2],
    ['P021: unknown name', '[meme_config]\ntarget_personalities = ["Memetic", "Grumpy"]', 'meme_config.target_personalities', 2],
    ['P025', '[social_config]\nrelationship_strategy = 1', 'social_config.relationship_strategy', 2],
    ['D-01: unknown', 'personality = "grumpy"', 'personality', 1],
    ['D-01: weights', 'name = "x"\n[personality]\ntechnical = 0.5', 'personality', 2],
    ['D-01: stranger', '[personality]\ntechnical = 1\ncharm = 1', 'personality', 1],
    ['P011: a key has no business here', 'keypair = "00"', 'keypair', 1],
    ['P012: no endpoint but the own node', 'api_endpoint = "http://localhost:3000"', 'api_endpoint', 1],
    ['a date', 'name = 2024-01-01', 'name', 1],
    ['broken', 'name = "Moth"\nmax = = 3', '', 2],
    ['a table in the place of a value', '[max_transactions]\nx = 1', 'max_transactions.x', 2]
  ])('%s', (_what, text, key, line) => {
    const { config, problems } = parseConfig(text)
    expect(config).toBeNull()
    expect(problems[0]).toMatchObject({ severity: 'error', key, line })
    expect(problems[0]!.message).not.toBe('')
  })

  it('a misspelt key is refused, and the one that is meant is named', () => {
    const { config, problems } = parseConfig('\nmax_transaction = 3')
    expect(config).toBeNull()
    expect(problems).toEqual([{ severity: 'error', key: 'max_transaction', line: 2, message: expect.stringContaining('max_transactions') }])
  })

  it('P013: a bad address is reported and left out, the others stay', () => {
    const { config, problems } = parseConfig('peers = ["host:1", "/ip4/1.2.3.4/tcp/1/ws"]')
    expect(config?.peers).toEqual(['/ip4/1.2.3.4/tcp/1/ws'])
    expect(problems).toEqual([{ severity: 'warning', key: 'peers', line: 1, message: expect.stringContaining('host:1') }])
  })

  it('all problems are told at once, and no more than a person reads', () => {
    expect(parseConfig('max_transactions = 0\nblock_interval = -1').problems.map(({ key }) => key)).toEqual(['block_interval', 'max_transactions'])
    expect(parseConfig(Array.from({ length: 100 }, (_, i) => `k${i} = 1`).join('\n')).problems).toHaveLength(20)
    expect(parseConfig('#'.repeat(MAX_TOML_LENGTH + 1)).problems).toHaveLength(1)
  })
})

describe('F-30, P026: both spellings of the seed, and the short names', () => {
  it.each([
    '[meme_config]\ntarget_personalities = ["Memetic"]',
    '[social_config]\ntarget_personalities = ["memetic"]',
    '[meme]\ntargets = ["Memetic"]',
    '[meme_config]\ntarget_personalities = ["Memetic"]\n[social_config]\ntarget_personalities = ["Memetic"]'
  ])('%j', text => expect(configOf(text).meme.targetPersonalities).toEqual(['memetic']))

  it('two that contradict each other are an error at the second', () => {
    const { config, problems } = parseConfig('[meme_config]\ntarget_personalities = ["Memetic"]\n[social_config]\ntarget_personalities = []')
    expect(config).toBeNull()
    expect(problems).toMatchObject([{ key: 'social_config.target_personalities', line: 4 }])
  })

  it('what goes out has the one documented key', () => {
    const config = configOf('[social_config]\ntarget_personalities = ["Lawful"]\n[social]\nrelationship = "Rival"')
    const text = formatConfig(config)
    expect(lineOf(text, 'meme_config.target_personalities')).toBeGreaterThan(lineOf(text, 'meme_config')!)
    expect(text).not.toContain('[social]')
    expect(configOf(text)).toEqual(config)
  })
})

const milli = fc.integer({ min: 0, max: 1000 })
const weights = fc.tuple(milli, milli, milli).map(cuts => {
  const [a, b, c] = cuts.sort((x, y) => x - y)
  return { technical: a, social: b - a, meme: c - b, extra: 1000 - c }
})
const vector = fc.record({
  type: fc.constant('custom' as const),
  weights,
  extra: fc.constantFrom('none' as const, 'fees' as const, 'drama' as const),
  threshold: milli,
  chaos: milli,
  traits: fc.record({ chaos: milli, meme: milli, alliance: milli, drama: milli, reason: milli })
})
const configs = fc.record({
  name: fc.option(fc.constantFrom('Moth', 'Fern "7"', 'Ö\\n')),
  peers: fc.uniqueArray(fc.constantFrom('/ip4/1.2.3.4/tcp/1/ws', '/dns4/a.b/tcp/2/wss'), { maxLength: 2 }),
  personality: fc.option(fc.oneof(fc.constantFrom(...PERSONALITIES), vector)),
  blockIntervalMs: fc.integer({ min: 0, max: 3_600_000 }),
  maxBlockSize: fc.integer({ min: 1024, max: 262_144 }),
  maxTransactions: fc.integer({ min: 1, max: 512 }),
  meme: fc.record({
    enabled: fc.boolean(),
    qualityThreshold: milli,
    creationStrategy: fc.constantFrom(...MEME_STRATEGIES),
    targetPersonalities: fc.uniqueArray(fc.constantFrom(...PERSONALITY_TYPES))
  }),
  social: fc.record({ allianceFormation: fc.boolean(), influenceThreshold: milli, relationshipStrategy: fc.constantFrom(...RELATIONSHIP_STRATEGIES) }),
  script: fc.record({ spendLimit: fc.integer({ min: 0, max: 1_000_000_000 }) })
})

describe('P017, P022: what goes out comes back', () => {
  it('for every configuration, to the thousandth', () => {
    fc.assert(
      fc.property(configs, config => {
        expect(configOf(formatConfig(config))).toEqual(config)
      })
    )
  })

  it('any text gives a configuration or a problem, and nothing else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('[', ']', '=', '\n', '"', 'a', '1', '.', '{', '}', '#') })), text => {
        const { config, problems } = parseConfig(text)
        expect(config !== null || problems.some(({ severity }) => severity === 'error')).toBe(true)
      })
    )
  })
})

describe('the form writes into the file', () => {
  const TEXT = '# mine\nmax_transactions = 9 # few\n\n[meme_config]\n# on\nenabled = true\n\n[social_config]\nalliance_formation = true\n'

  it('changes one value and leaves comments and order alone', () => {
    const changed = changeValue(TEXT, configOf(TEXT), keyOf('max_transactions'), 12)
    expect(changed).toBe(TEXT.replace('= 9', '= 12'))
  })

  it('adds a key at the end of its table, and a table at the end of the file', () => {
    const inserted = changeValue(TEXT, configOf(TEXT), keyOf('meme_config.quality_threshold'), 250)
    expect(inserted).toBe(TEXT.replace('enabled = true\n', 'enabled = true\nquality_threshold = 0.25\n'))
    expect(changeValue(TEXT, configOf(TEXT), keyOf('script_config.spend_limit'), 1000)).toBe(`${TEXT}\n[script_config]\nspend_limit = 1\n`)
    expect(changeValue('', DEFAULT_CONFIG, keyOf('name'), 'Moth')).toContain('name = "Moth"')
  })

  it('takes a key away when its value is the absence', () => {
    const text = 'name = "Moth"\nmax_transactions = 9\n'
    expect(changeValue(text, configOf(text), keyOf('name'), null)).toBe('max_transactions = 9\n')
  })

  it('for every file and every key, the file then says what the form says', () => {
    fc.assert(
      fc.property(configs, configs, fc.constantFrom(...CONFIG_KEYS), (before, after, key) => {
        const text = changeValue(formatConfig(before), before, key, key.get(after))
        expect(configOf(text)).toEqual(key.set(before, key.get(after) as never))
      })
    )
  })

  it('what is written in a way of its own is written anew rather than wrongly', () => {
    const text = 'peers = [\n  "/ip4/1.2.3.4/tcp/1/ws",\n]\nmeme_config = { enabled = false }\n'
    const changed = changeValue(text, configOf(text), keyOf('meme_config.enabled'), true)
    expect(configOf(changed)).toEqual({ ...configOf(text), meme: { ...DEFAULT_CONFIG.meme, enabled: true } })
    expect(configOf(changeValue(text, configOf(text), keyOf('peers'), [])).peers).toEqual([])
  })
})
