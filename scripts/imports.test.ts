/** The import rules themselves: each row of "Who may import whom" lets through what it allows and stops what it does not. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cruise, type ICruiseOptions, type ICruiseResult, type IForbiddenRuleType } from 'dependency-cruiser'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const rules = createRequire(import.meta.url)('../.dependency-cruiser.cjs') as { forbidden: IForbiddenRuleType[]; options: ICruiseOptions }

/** Packages that the cases import, as empty stand-ins. */
const PACKAGES = ['@chainsafe/ssz', '@noble/hashes', '@noble/ed25519', 'libp2p', '@libp2p/noise', 'idb', 'comlink', 'classic-level', 'svelte', 'chess.js']

/** Files that the cases import; each imports something itself, so that none is an orphan. */
const TARGETS = [
  'src/core/schema.ts',
  'src/core/engine.ts',
  'src/core/bytes.ts',
  'src/core/families/midnight/rules.ts',
  'src/core/families/chaos/rules.ts',
  'src/agent/producer.ts',
  'src/node/ports.ts',
  'src/node/nodeCore.ts',
  'src/node/clock.ts',
  'src/sim/simulation.ts',
  'src/platform/browser/rtcBroker.ts',
  'src/platform/headless/http.ts',
  'src/bridge/views.ts',
  'src/bridge/api.ts',
  'src/bridge/client.ts',
  'src/app/glyphs.ts',
  'workers/node.worker.ts',
  'headless/main.ts'
]

/** importing file, what it imports, whether as types only, the rule that must speak (null: allowed) */
const CASES: [from: string, to: string, kind: 'value' | 'type', rule: string | null][] = [
  ['src/core/a.ts', 'src/core/engine.ts', 'value', null],
  ['src/core/a.ts', '@noble/hashes', 'value', null],
  ['src/core/a.ts', '@chainsafe/ssz', 'value', null],
  ['src/core/a.ts', 'libp2p', 'value', 'core'],
  ['src/core/a.ts', 'node:fs', 'value', 'core'],
  ['src/core/a.ts', 'src/node/ports.ts', 'type', 'core'],
  ['src/core/a.ts', 'src/core/families/chaos/rules.ts', 'value', 'core-knows-no-family'],
  ['src/core/families/registry.ts', 'src/core/families/chaos/rules.ts', 'value', null],
  ['src/core/families/midnight/a.ts', 'src/core/engine.ts', 'value', null],
  ['src/core/families/midnight/a.ts', 'src/core/families/midnight/rules.ts', 'value', null],
  ['src/core/families/midnight/a.ts', 'src/core/families/chaos/rules.ts', 'type', 'families-apart'],
  ['src/agent/a.ts', 'src/core/schema.ts', 'value', null],
  ['src/agent/a.ts', 'src/bridge/views.ts', 'type', null],
  ['src/agent/a.ts', 'src/core/engine.ts', 'type', null],
  ['src/agent/a.ts', 'src/core/engine.ts', 'value', 'agent-types-only'],
  ['src/agent/a.ts', 'src/node/nodeCore.ts', 'type', 'agent'],
  ['src/node/a.ts', 'src/agent/producer.ts', 'value', null],
  ['src/node/a.ts', 'src/core/engine.ts', 'value', null],
  ['src/node/a.ts', 'src/bridge/views.ts', 'type', null],
  ['src/node/a.ts', 'src/bridge/api.ts', 'type', null],
  ['src/node/a.ts', 'src/bridge/api.ts', 'value', 'node-types-only'],
  ['src/node/a.ts', 'src/bridge/client.ts', 'type', 'node'],
  ['src/node/a.ts', 'src/platform/browser/rtcBroker.ts', 'type', 'node'],
  ['src/node/a.ts', 'src/sim/simulation.ts', 'type', 'node'],
  ['src/sim/a.ts', 'src/node/nodeCore.ts', 'value', null],
  ['src/sim/a.ts', 'src/platform/browser/rtcBroker.ts', 'value', 'sim'],
  ['src/sim/a.ts', 'node:fs', 'value', 'sim'],
  ['src/sim/cli.ts', 'node:fs', 'value', null],
  ['src/sim/cli.ts', 'src/platform/headless/http.ts', 'value', 'sim-drivers'],
  ['src/platform/browser/a.ts', 'src/node/ports.ts', 'value', null],
  ['src/platform/browser/a.ts', 'src/node/clock.ts', 'type', null],
  ['src/platform/browser/a.ts', 'libp2p', 'value', null],
  ['src/platform/browser/a.ts', '@libp2p/noise', 'value', null],
  ['src/platform/browser/a.ts', 'idb', 'value', null],
  ['src/platform/browser/a.ts', 'src/core/engine.ts', 'type', null],
  ['src/platform/browser/a.ts', 'src/core/engine.ts', 'value', 'platform-browser-types-only'],
  ['src/platform/browser/a.ts', 'src/node/nodeCore.ts', 'value', 'platform-browser'],
  ['src/platform/browser/a.ts', 'node:fs', 'value', 'platform-browser'],
  ['src/platform/browser/a.ts', 'src/platform/headless/http.ts', 'value', 'workers-have-no-server'],
  ['src/platform/headless/a.ts', 'node:fs', 'value', null],
  ['src/platform/headless/a.ts', 'classic-level', 'value', null],
  ['src/platform/headless/a.ts', 'src/platform/browser/rtcBroker.ts', 'value', 'platform-headless'],
  ['src/bridge/a.ts', 'comlink', 'value', null],
  ['src/bridge/a.ts', 'src/node/nodeCore.ts', 'type', null],
  ['src/bridge/a.ts', 'src/node/nodeCore.ts', 'value', 'bridge-types-only'],
  ['src/bridge/a.ts', 'src/app/glyphs.ts', 'value', 'nobody-imports-the-page'],
  ['src/app/a.ts', 'src/bridge/views.ts', 'value', null],
  ['src/app/a.ts', 'svelte', 'value', null],
  ['src/app/a.ts', 'src/core/engine.ts', 'type', null],
  ['src/app/a.ts', 'src/core/bytes.ts', 'value', 'app-types-only'],
  ['src/app/a.ts', 'src/platform/browser/rtcBroker.ts', 'value', 'app'],
  ['src/app/a.ts', 'libp2p', 'value', 'app'],
  ['src/app/rtcWire.ts', 'src/platform/browser/rtcBroker.ts', 'value', null],
  ['workers/a.worker.ts', 'src/node/nodeCore.ts', 'value', null],
  ['workers/a.worker.ts', 'src/platform/browser/rtcBroker.ts', 'value', null],
  ['workers/a.ts', 'src/node/nodeCore.ts', 'value', null],
  ['workers/a.ts', 'src/sim/simulation.ts', 'value', null],
  ['workers/a.ts', 'src/bridge/views.ts', 'value', null],
  ['workers/a.ts', 'src/app/glyphs.ts', 'type', 'nobody-imports-the-page'],
  ['workers/a.worker.ts', 'src/app/glyphs.ts', 'value', 'nobody-imports-the-page'],
  ['workers/a.worker.ts', 'src/platform/headless/http.ts', 'value', 'workers-have-no-server'],
  ['headless/a.ts', 'src/platform/headless/http.ts', 'value', null],
  ['headless/a.ts', 'src/bridge/views.ts', 'type', null],
  ['headless/a.ts', 'src/app/glyphs.ts', 'value', 'nobody-imports-the-page'],
  ['src/node/a.ts', 'headless/main.ts', 'value', 'entry-points-are-ends'],
  ['e2e/a.spec.ts', 'src/core/bytes.ts', 'value', 'e2e-sees-the-product-only'],
  ['e2e/a.spec.ts', 'headless/main.ts', 'value', 'e2e-sees-the-product-only'],
  ['src/core/a.ts', 'chess.js', 'value', 'declared']
]

let folder = ''
/** `importing file → target` → names of the rules that spoke */
const verdicts = new Map<string, string[]>()

const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

/** Each case in a file of its own, so that the rules that spoke can be told apart. The name keeps what rules look at. */
const caseFile = (from: string, index: number) => (from.endsWith('/a.ts') ? from.replace('/a.ts', `/case${index}.ts`) : from.replace('/a.', `/case${index}.`))
const importOf = (from: string, to: string) =>
  /^(src|workers|headless)\//.test(to) ? `./${relative(dirname(from), to)}`.replace('./..', '..').replace(/\.ts$/, '') : to

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quorumble-imports-'))
  const declared = PACKAGES.filter(name => name !== 'chess.js')
  write('package.json', JSON.stringify({ type: 'module', dependencies: Object.fromEntries(declared.map(name => [name, '1.0.0'])) }))
  write('tsconfig.base.json', JSON.stringify({ compilerOptions: { module: 'ESNext', moduleResolution: 'bundler' } }))
  for (const name of PACKAGES) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', type: 'module', main: 'index.js' }))
    write(`node_modules/${name}/index.js`, 'export const x = 1\n')
  }
  for (const path of TARGETS) write(path, 'export const x = 1\nexport type X = number\n')
  const lines = new Map<string, string[]>()
  CASES.forEach(([from, to, kind], index) => {
    const file = caseFile(from, index)
    const path = importOf(file, to)
    const line =
      kind === 'type'
        ? `import type { X as X${index} } from '${path}'\nexport type Y${index} = X${index}`
        : `import { x as x${index} } from '${path}'\nexport const y${index} = x${index}`
    lines.set(file, [...(lines.get(file) ?? []), line])
  })
  for (const [file, each] of lines) write(file, `${each.join('\n')}\n`)
  const options: ICruiseOptions = { ...rules.options, baseDir: folder, validate: true, ruleSet: { forbidden: rules.forbidden } }
  const { output } = await cruise(['src', 'workers', 'headless', 'e2e'], options)
  for (const violation of (output as ICruiseResult).summary.violations) {
    const key = `${violation.from} → ${violation.to}`
    verdicts.set(key, [...(verdicts.get(key) ?? []), violation.rule.name])
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('who may import whom', () => {
  it.each(CASES.map((each, index) => [...each, index] as const))('%s ← %s as %s: %s', (from, to, _kind, rule, index) => {
    const file = caseFile(from, index)
    const spoken = [...verdicts].filter(([key]) => key.startsWith(`${file} → `) && sameTarget(key.split(' → ')[1]!, to)).flatMap(([, names]) => names)
    if (rule === null) expect(spoken).toEqual([])
    else expect(spoken).toContain(rule)
  })
})

/** A package is reported by its file, a module of Node without its prefix. */
function sameTarget(reported: string, to: string): boolean {
  return reported === to || reported === to.replace(/^node:/, '') || reported.startsWith(`node_modules/${to}/`)
}

/** The form of an agent is made of the very table that its file is checked by, and of what that table stands on. */
const SCHEMA_OF_AGENTS = [
  ...['config', 'lines', 'presets', 'schema', 'toml'].map(name => `src/agent/config/${name}.ts`),
  'src/agent/script/view.ts',
  ...['bytes', 'limits', 'names', 'result', 'taste/personalities'].map(name => `src/core/${name}.ts`)
]

it('the bundle of the page holds no code of core, node, agent or simulator but the schema of an agent, which comes late: over all files on the way', async () => {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const { output } = await cruise(['src/app'], { ...rules.options, baseDir: root })
  const modules = new Map((output as ICruiseResult).modules.map(each => [each.source, each]))
  expect(modules.has('src/app/main.ts')).toBe(true)
  const inner = (late: boolean): string[] => {
    const reached = new Set(['src/app/main.ts'])
    for (const source of reached) {
      for (const { dependencyTypes, dynamic, resolved } of modules.get(source)?.dependencies ?? [])
        if (!dependencyTypes.includes('type-only') && (late || !dynamic)) reached.add(resolved)
    }
    expect(reached.size).toBeGreaterThan(1)
    return [...reached].filter(source => /^src\/(core|node|agent|sim)\//.test(source)).sort()
  }
  expect(inner(false)).toEqual([])
  expect(inner(true)).toEqual(SCHEMA_OF_AGENTS.sort())
})
