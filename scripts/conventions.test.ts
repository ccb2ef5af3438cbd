/** What the documents promise about this repository, held against the repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, extname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'
import { WORKER_DEPENDENCIES } from '../vite.config'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

interface LockedPackage {
  resolved?: string
  integrity?: string
  optionalDependencies?: Record<string, string>
}

const MAX_WORKER_LINES = 40
const SOURCE_FOLDERS = ['src', 'workers', 'headless', 'e2e', 'bench', 'scripts']
const SOURCE_EXTENSIONS = ['.ts', '.mjs', '.svelte']

/** Paths relative to the top folder, sorted; empty when the folder is not there. */
function filesUnder(folder: string): string[] {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .sort()
}

const sources = SOURCE_FOLDERS.flatMap(filesUnder).filter(path => SOURCE_EXTENSIONS.includes(extname(path)))

describe('one tsconfig per runtime', () => {
  const solution = ts.parseConfigFileTextToJson('tsconfig.json', read('tsconfig.json')).config as { references: { path: string }[] }
  const svelte: ts.FileExtensionInfo = { extension: '.svelte', isMixedContent: true, scriptKind: ts.ScriptKind.Deferred }
  const host: ts.ParseConfigFileHost = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: diagnostic => {
      throw new Error(ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'))
    }
  }
  const programs = solution.references.map(({ path }) => {
    const parsed = ts.getParsedCommandLineOfConfigFile(join(root, path), {}, host, undefined, undefined, [svelte])!
    return { path, parsed, files: new Set(parsed.fileNames.map(file => relative(root, file))) }
  })

  it('covers each source file exactly once', () => {
    const owners = sources.map(file => ({ file, in: programs.filter(program => program.files.has(file)).map(program => program.path) }))
    expect(owners.filter(owner => owner.in.length !== 1)).toEqual([])
    expect(sources.length).toBeGreaterThan(0)
  })

  it('lists every tsconfig of a runtime', () => {
    const present = readdirSync(root).filter(name => /^tsconfig\.\w+\.json$/.test(name) && name !== 'tsconfig.base.json')
    expect(solution.references.map(({ path }) => path.slice(2)).sort()).toEqual(present.sort())
  })

  it.each(['./tsconfig.core.json', './tsconfig.sim.json'])('%s knows neither DOM nor Node', path => {
    const options = programs.find(program => program.path === path)!.parsed.options
    expect(options.lib).toEqual(['lib.es2023.d.ts'])
    expect(options.types).toEqual([])
  })
})

describe('documents', () => {
  const documents = ['README.md', 'CONTRIBUTING.md', ...filesUnder('docs').filter(path => path.endsWith('.md'))].filter(path => existsSync(join(root, path)))
  const withoutCode = (text: string) => text.replaceAll(/^(```|~~~)[\s\S]*?^\1/gm, '').replaceAll(/`[^`\n]*`/g, '')
  /** A heading's id as code hosts make it: lower case, punctuation dropped, spaces as hyphens. */
  const anchors = (path: string) =>
    [...read(path).matchAll(/^#{1,6}\s+(.+)$/gm)].map(([, title]) =>
      title!
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(/\s/g, '-')
    )

  it.each(documents)('%s: every relative link leads somewhere', path => {
    const targets = [...withoutCode(read(path)).matchAll(/\]\(\s*<?([^)\s>]+)/g)].map(match => match[1]!).filter(target => !/^[a-z][a-z0-9+.-]*:/i.test(target))
    const dead = targets.filter(target => {
      const [file = '', anchor] = target.split('#')
      const where = file === '' ? path : relative(root, join(root, dirname(path), decodeURIComponent(file)))
      if (!existsSync(join(root, where))) return true
      return anchor !== undefined && where.endsWith('.md') && !anchors(where).includes(anchor)
    })
    expect(dead).toEqual([])
  })

  it.each(documents)('%s: every npm command that it shows exists', path => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const shown = [...read(path).matchAll(/\bnpm (?:run ([\w:-]+)|(start|test)\b)/g)].map(([, run, short]) => (run ?? short)!)
    expect(shown.filter(name => !(name in scripts))).toEqual([])
  })
})

describe('package', () => {
  it('scripts start files that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const files = Object.values(scripts).flatMap(command => command.split(' ').filter(word => /^[\w./-]+\/[\w./-]+\.(mjs|ts)$/.test(word)))
    expect(files.length).toBeGreaterThan(0)
    expect(files.filter(file => !existsSync(join(root, file)))).toEqual([])
  })

  const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, LockedPackage> }

  it('lock file names no registry, and a checksum for each package', () => {
    const addresses = Object.values(packages).flatMap(each => each.resolved ?? [])
    expect(addresses).toEqual([])
    const unchecked = Object.entries(packages).filter(([path, each]) => path !== '' && !each.integrity)
    expect(unchecked.map(([path]) => path)).toEqual([])
  })

  it('lock file knows the binaries of every platform: with one left out, npm 11 refuses to install anywhere', () => {
    const names = new Set(Object.keys(packages).map(path => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)))
    const missing = Object.values(packages).flatMap(each => Object.keys(each.optionalDependencies ?? {}).filter(name => !names.has(name)))
    expect(missing).toEqual([])
  })
})

describe('sources', () => {
  it('the dev server knows beforehand which packages workers import', () => {
    const inWorkers = sources.filter(
      path => /^(workers|src\/(core|agent|node|sim|bridge|platform))\//.test(path) && !/\.test\.ts$|\/(headless|contract|testing)\/|nodeFast/.test(path)
    )
    const imported = inWorkers
      .filter(path => !['src/sim/cli.ts', 'src/sim/fuzz.ts'].includes(path))
      .flatMap(path => [
        ...read(path).matchAll(/^(?:import(?! type)|export(?! type)) [^'\n]*?from '([^.'][^']*)'|^import '([^.'][^']*)'|\bimport\('([^.'][^']*)'\)/gm)
      ])
      .map(([, from, bare, lazy]) => (from ?? bare ?? lazy)!)
    expect(imported.length).toBeGreaterThan(0)
    expect([...new Set(imported)].filter(name => !WORKER_DEPENDENCIES.includes(name))).toEqual([])
  })

  it('an eslint-disable says why', () => {
    const silent = sources.flatMap(path =>
      read(path)
        .split('\n')
        .map((line, index) => ({ line, at: `${path}:${index + 1}` }))
        .filter(({ line }) => /(\/\/|\/\*|<!--)\s*eslint-disable/.test(line) && !/ -- \S/.test(line))
        .map(({ at }) => at)
    )
    expect(silent).toEqual([])
  })

  it('a worker file wires and exposes, nothing else', () => {
    const long = filesUnder('workers').filter(path => path.endsWith('.worker.ts') && read(path).trimEnd().split('\n').length > MAX_WORKER_LINES)
    expect(long).toEqual([])
  })
})

describe('what the documents explain', () => {
  const vision = read('src/core/families/vision/README.md')
  const midnight = read('src/core/families/midnight/README.md')
  const section = (page: string, heading: string): string => page.split(`## ${heading}\n`)[1]!.split('\n## ')[0]!

  it.each([
    ['V135: why proof of sync', 'Proof of sync', ['Energy', 'Speed', 'Quality']],
    ['V136: why backups', 'Backups', ['Resilience', 'Fast failover', 'Graceful degradation']],
    ['V138: why hysteresis', 'Hysteresis', ['Stability', 'Against gaming', 'Noise']]
  ])('%s', (_, what, reasons) => {
    const point = section(vision, 'Why like this')
      .split('\n- ')
      .find(each => each.startsWith(`**${what}`))
    for (const reason of reasons) expect(point).toContain(`*${reason}*`)
  })

  it('M056: parallel creation, in the protocol and in the page of the family, mode by mode', () => {
    expect(read('docs/PROTOCOL.md')).toContain('Midnight lets all propose at that moment')
    for (const mode of ['lowestHash', 'vrf', 'firstToQuorum', 'leader']) expect(section(midnight, 'Four modes')).toContain(`\`${mode}\``)
    expect(section(midnight, 'Four modes')).toMatch(/A is the default because/)
  })
})

describe('V006, V057: nothing blocks and nothing waits inside the rules', () => {
  /** Drivers around the rules; everything else in these folders is synchronous. */
  const DRIVERS = [
    'src/node/runtime.ts',
    'src/node/light/lightRuntime.ts',
    'src/node/light/beginning.ts',
    'src/node/light/eras.ts',
    'src/node/light/proofDesk.ts',
    'src/node/light/keptHeaders.ts',
    'src/node/storeKeeper.ts',
    'src/node/nodeFile.ts',
    'src/node/keyLock.ts',
    'src/node/serveRange.ts',
    'src/node/social/gallery.ts',
    'src/node/publisher.ts',
    'src/node/agentRunner.ts',
    'src/node/ownAgent.ts',
    'src/node/ports.ts'
  ]

  it('no rule awaits: between reading a state and writing one, nobody else can come in', () => {
    const files = ['src/core', 'src/agent', 'src/node'].flatMap(filesUnder).filter(path => path.endsWith('.ts') && !/\.test\.ts$|\/testing\//.test(path))
    expect(files.length).toBeGreaterThan(60)
    const waiting = files.filter(path => !DRIVERS.includes(path) && /\bawait\b|\basync\b/.test(read(path).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))
    expect(waiting).toEqual(['src/core/crypto/verifier.ts'].filter(path => waiting.includes(path)))
  })
})
