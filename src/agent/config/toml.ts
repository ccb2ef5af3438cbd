/** TOML in and out. What is wrong is told with key and line; nothing is guessed, and what is not known is refused, since a misspelt limit would be no limit. */
import { parse, stringify, TomlError } from 'smol-toml'
import { checkName } from '../../core/names'
import { checkPersonality, PERSONALITY_TYPES, personalityOf } from '../../core/taste/personalities'
import type { Personality, PersonalityType } from '../../core/taste/personalities'
import { lineOf, withValue } from './lines'
import { DEFAULT_CONFIG } from './config'
import { CONFIG_KEYS, pathOf } from './schema'
import type { ProducerConfig } from './config'
import type { ConfigKey } from './schema'

/** Characters of a configuration file; the longest with all keys and comments has about three thousand. */
export const MAX_TOML_LENGTH = 16_384
/** Problems that are listed; a file with more is no configuration. */
const MAX_PROBLEMS = 20
/** Parts of a number that a value may have behind the point. */
const DECIMALS = 3

export interface Problem {
  /** `warning`: it runs all the same. */
  severity: 'error' | 'warning'
  /** Path of the key; '' where the file as such is meant. */
  key: string
  /** From 1; null where it stands in no line of its own. */
  line: number | null
  message: string
}

export interface Parsed {
  /** Null while there is an error. */
  config: ProducerConfig | null
  problems: Problem[]
}

type Read = { ok: true; value: unknown; warning?: string } | { ok: false; message: string }

const good = (value: unknown, warning?: string): Read => ({ ok: true, value, warning })
const bad = (message: string): Read => ({ ok: false, message })

/** Keys that the seed has and a file must not: each says where its subject is kept instead. */
const ELSEWHERE: Record<string, string> = {
  keypair: 'Keys never travel in a configuration. Load, make and export them on the Node screen.',
  api_endpoint: 'An agent always runs on the node of its own tab; there is no endpoint to choose.'
}

export function parseConfig(text: string): Parsed {
  if (text.length > MAX_TOML_LENGTH) return failed('', null, `This is too long for a configuration: ${text.length} of ${MAX_TOML_LENGTH} characters.`)
  let raw: Record<string, unknown>
  try {
    raw = parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    return failed('', error.line, sentenceOf(error))
  }
  return read(flatten(raw), text)
}

function failed(key: string, line: number | null, message: string): Parsed {
  return { config: null, problems: [{ severity: 'error', key, line, message }] }
}

/** The library's message ends with a drawing of the place; its first line says what is wrong. */
function sentenceOf(error: TomlError): string {
  const first = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
  return `This is no TOML: ${first === '' ? 'it cannot be read' : first}.`
}

/** `table.key` → value. A personality is one value, though it may be a table. */
function flatten(raw: Record<string, unknown>): Map<string, unknown> {
  const flat = new Map<string, unknown>()
  for (const [name, value] of Object.entries(raw)) {
    if (!isTable(value) || name === 'personality') flat.set(name, value)
    else for (const [key, field] of Object.entries(value)) flat.set(`${name}.${key}`, field)
  }
  return flat
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Object && 'toISOString' in value)
}

function read(flat: Map<string, unknown>, text: string): Parsed {
  const problems: Problem[] = []
  const tell = (severity: Problem['severity'], key: string, message: string): void => {
    if (problems.length < MAX_PROBLEMS) problems.push({ severity, key, line: lineOf(text, key), message })
  }
  let config = DEFAULT_CONFIG
  for (const key of CONFIG_KEYS) {
    const places = [pathOf(key), ...key.aliases].filter(path => flat.has(path))
    const [first, second] = places
    if (first === undefined) continue
    const value = flat.get(first)
    if (second !== undefined && JSON.stringify(flat.get(second)) !== JSON.stringify(value))
      tell('error', second, `“${first}” says something else. Keep one of the two.`)
    for (const path of places) flat.delete(path)
    const result = readValue(key, value)
    if (!result.ok) tell('error', first, result.message)
    else config = key.set(config, result.value as never)
    if (result.ok && result.warning !== undefined) tell('warning', first, result.warning)
  }
  for (const path of flat.keys()) tell('error', path, ELSEWHERE[path] ?? unknownKey(path))
  return { config: problems.some(({ severity }) => severity === 'error') ? null : config, problems }
}

function unknownKey(path: string): string {
  const name = path.slice(path.lastIndexOf('.') + 1)
  const near = CONFIG_KEYS.find(key => key.key === name || (distance(key.key, name) <= 2 && name.length > 3))
  return near === undefined ? 'There is no such key.' : `There is no such key. Do you mean “${pathOf(near)}”?`
}

/** Edits that make one word the other (Levenshtein). Keys are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row[b.length]!
}

function readValue({ kind }: ConfigKey, value: unknown): Read {
  switch (kind.type) {
    case 'text':
      return readName(value)
    case 'toggle':
      return typeof value === 'boolean' ? good(value) : bad('This is true or false.')
    case 'milli': {
      const read = milliOf(value)
      const { least, most, unit } = kind
      const bounds = `from ${decimal(least)} to ${decimal(most)}${unit === 's' ? ' seconds' : ''}`
      return read === null || read < least || read > most ? bad(`This is a number ${bounds}, with at most ${DECIMALS} decimals.`) : good(read)
    }
    case 'integer': {
      const whole = typeof value === 'number' && Number.isSafeInteger(value) && value >= kind.least && value <= kind.most
      return whole ? good(value) : bad(`This is a whole number from ${kind.least} to ${kind.most}.`)
    }
    case 'choice': {
      const found = choiceOf(kind.options, value)
      return found === null ? bad(`This is one of ${kind.options.map(capital).join(', ')}.`) : good(found)
    }
    case 'choices':
      return readChoices(kind.options, value)
    case 'addresses':
      return readAddresses(value, kind.most, kind.length)
    case 'personality':
      return readPersonality(value)
  }
}

function readName(value: unknown): Read {
  const name = typeof value === 'string' ? checkName(value) : null
  if (name === null) return bad('A name is a text in quotes.')
  return name.ok ? good(name.value) : bad(`This name cannot be used: ${name.detail}.`)
}

/** Thousandths, exactly: 0.35 is 350, 0.3501 is nothing. */
function milliOf(value: unknown): number | null {
  if (typeof value !== 'number' || !Number.isFinite(value)) return null
  const milli = Math.round(value * 1000)
  return Math.abs(value * 1000 - milli) > 1e-6 * Math.max(1, Math.abs(milli)) ? null : milli
}

function choiceOf(options: readonly string[], value: unknown): string | null {
  return typeof value === 'string' ? (options.find(option => option === value.toLowerCase()) ?? null) : null
}

function readChoices(options: readonly string[], value: unknown): Read {
  if (!Array.isArray(value)) return bad('This is a list in square brackets.')
  const found = value.map(each => choiceOf(options, each))
  const unknown = found.indexOf(null)
  return unknown >= 0 ? bad(`“${String(value[unknown])}” is none of ${options.map(capital).join(', ')}.`) : good([...new Set(found)])
}

/** P013: bad addresses are named and left out; the others are dialled. */
function readAddresses(value: unknown, most: number, length: number): Read {
  if (!Array.isArray(value) || value.some(each => typeof each !== 'string')) return bad('This is a list of addresses in quotes.')
  const texts = value as string[]
  const sound = [...new Set(texts.filter(text => /^\/[a-z0-9-]+\/\S+$/.test(text) && text.length <= length))]
  const left = texts.filter(text => !sound.includes(text))
  const warning = left.length > 0 ? `Left out, for it is no multiaddr: “${left[0]!}”.` : undefined
  return sound.length > most ? bad(`At most ${most} addresses.`) : good(sound, warning)
}

function readPersonality(value: unknown): Read {
  const type = choiceOf(PERSONALITY_TYPES, value)
  if (type !== null) return good(personalityOf(type as PersonalityType))
  return isTable(value) ? readVector(value) : bad(`This is one of ${PERSONALITY_TYPES.map(capital).join(', ')}, or a table [personality].`)
}

const WEIGHTS = ['technical', 'social', 'meme', 'extra'] as const
const TRAITS = ['chaos', 'meme', 'alliance', 'drama', 'reason'] as const
const EXTRAS = ['none', 'fees', 'drama'] as const

function readVector(table: Record<string, unknown>): Read {
  const known: string[] = [...WEIGHTS, 'threshold', 'chaos', 'extra_side', 'traits']
  const stranger = Object.keys(table).find(key => !known.includes(key))
  if (stranger !== undefined) return bad(`A personality has no “${stranger}”. It has ${known.join(', ')}.`)
  const traits = isTable(table.traits) ? table.traits : {}
  const number = (from: Record<string, unknown>, key: string, otherwise: number): number => (from[key] === undefined ? otherwise : (milliOf(from[key]) ?? -1))
  const extra = choiceOf(EXTRAS, table.extra_side ?? 'none')
  if (extra === null) return bad(`extra_side is one of ${EXTRAS.join(', ')}.`)
  const [technical, social, meme, fourth] = WEIGHTS.map(key => number(table, key, 0)) as [number, number, number, number]
  const [chaos, memes, alliance, drama, reason] = TRAITS.map(key => number(traits, key, 500)) as [number, number, number, number, number]
  const vector: Personality = {
    type: 'custom',
    weights: { technical, social, meme, extra: fourth },
    extra: extra as Personality['extra'],
    threshold: number(table, 'threshold', 500),
    chaos: number(table, 'chaos', 0),
    traits: { chaos, meme: memes, alliance, drama, reason }
  }
  const failure = checkPersonality(vector)
  if (failure === null) return good(vector)
  return bad(`The weights technical, social, meme and extra add up to 1, and every number is from 0 to 1: ${failure.detail.replace('1000', '1')}.`)
}

// ------------------------------------------------------------------------------------------------------------------- writing

export function capital(word: string): string {
  return word.slice(0, 1).toUpperCase() + word.slice(1)
}

function decimal(milli: number): number {
  return milli / 1000
}

/** How TOML spells a value; null: the key is left out. */
function spelt(value: unknown): string {
  return stringify({ k: value }).replace(/^k = /, '').trimEnd()
}

/** The value of a key as its file spells it; null: left out. A personality of own weights is no single value. */
function valueText({ kind }: ConfigKey, value: unknown): string | null {
  switch (kind.type) {
    case 'milli':
      return spelt(decimal(value as number))
    case 'choice':
      return spelt(capital(value as string))
    case 'choices':
      return spelt((value as string[]).map(capital))
    case 'personality':
      return value === null || (value as Personality).type === 'custom' ? null : spelt(capital((value as Personality).type))
    case 'text':
      return value === null ? null : spelt(value)
    default:
      return spelt(value)
  }
}

function vectorText({ weights, extra, threshold, chaos, traits }: Personality): string {
  const pairs = (values: Record<string, number>): string[] => Object.entries(values).map(([key, value]) => `${key} = ${spelt(decimal(value))}`)
  return [
    '[personality]',
    ...pairs({ ...weights }),
    `extra_side = ${spelt(extra)}`,
    ...pairs({ threshold, chaos }),
    '',
    '[personality.traits]',
    ...pairs({ ...traits })
  ].join('\n')
}

/** The whole configuration with a word about each key. @param heading lines of comment that it begins with */
export function formatConfig(config: ProducerConfig, heading: readonly string[] = []): string {
  const parts: string[] = heading.map(line => `# ${line}`)
  if (parts.length > 0) parts.push('')
  let table = ''
  for (const key of CONFIG_KEYS) {
    if (key.table !== table) {
      table = key.table
      parts.push('', `[${table}]`)
    }
    const value = valueText(key, key.get(config))
    if (value !== null) parts.push(`# ${key.doc}`, `${key.key} = ${value}`)
  }
  if (config.personality?.type === 'custom') parts.push('', vectorText(config.personality))
  return `${parts.join('\n').trim()}\n`
}

/**
 * The file with one value changed, and everything else as the person wrote it: comments, order, spelling.
 * @param config what the file says now
 */
export function changeValue(text: string, config: ProducerConfig, key: ConfigKey, value: unknown): string {
  const changed = key.set(config, value as never)
  const wasVector = config.personality?.type === 'custom'
  const isVector = changed.personality?.type === 'custom'
  // A key that stands under another name is moved by writing the file anew.
  const renamed = key.aliases.some(alias => lineOf(text, alias) !== null && withValue(text, ...splitPath(alias), null) !== text)
  const kept = renamed || (key.kind.type === 'personality' && (wasVector || isVector)) ? null : withValue(text, key.table, key.key, valueText(key, value))
  if (kept !== null && JSON.stringify(parseConfig(kept).config) === JSON.stringify(changed)) return kept
  return formatConfig(changed)
}

function splitPath(path: string): [table: string, key: string] {
  const at = path.lastIndexOf('.')
  return [path.slice(0, Math.max(0, at)), path.slice(at + 1)]
}
