import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { isStale } from './freshness.mjs'
import { isInstalled, nodeComplaint } from './setup.mjs'

describe('nodeComplaint', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.1.0'])('has nothing against Node %s', version => expect(nodeComplaint(version)).toBeNull())
  it.each(['20.18.9', '18.20.0', '4.0.0'])('tells what to do about Node %s', version => {
    expect(nodeComplaint(version)).toMatch(/20\.19.*nodejs\.org/)
  })
})

describe('isInstalled', () => {
  const wanted = { '': {}, 'node_modules/a': { version: '1.0.0', resolved: 'r' }, 'node_modules/win': { version: '1.0.0', optional: true } }
  it('holds when every package is there in its version', () => {
    expect(isInstalled(wanted, { 'node_modules/a': { version: '1.0.0', resolved: 'r' } })).toBe(true)
    expect(isInstalled(null, {})).toBe(true)
  })
  it.each([
    ['there is no node_modules', null],
    ['a package is missing', {}],
    ['a package has another version', { 'node_modules/a': { version: '1.0.1', resolved: 'r' } }],
    ['a package came from elsewhere', { 'node_modules/a': { version: '1.0.0', resolved: 'fork' } }],
    ['an optional package has another version', { 'node_modules/a': { version: '1.0.0', resolved: 'r' }, 'node_modules/win': { version: '0.9.0' } }]
  ])('does not when %s', (_, installed) => {
    expect(isInstalled(wanted, installed)).toBe(false)
  })
})

describe('isStale', () => {
  let root = ''
  const touch = async (name: string, seconds: number): Promise<string> => {
    const path = join(root, name)
    await writeFile(path, '')
    await utimes(path, seconds, seconds)
    return path
  }
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'quorumble-fresh-'))
    await mkdir(join(root, 'src', 'deep'), { recursive: true })
  })
  afterEach(() => rm(root, { recursive: true, force: true }))
  const settle = (seconds: number): Promise<unknown> => Promise.all(['src', 'src/deep'].map(name => utimes(join(root, name), seconds, seconds)))

  it('holds without a build, and when a source is newer, however deep', async () => {
    const [target, source] = [await touch('index.html', 2000), await touch('src/deep/a.ts', 1000)]
    await settle(1000)
    expect(isStale(join(root, 'none'), [join(root, 'src')])).toBe(true)
    expect(isStale(target, [join(root, 'src'), join(root, 'missing')])).toBe(false)
    await utimes(source, 3000, 3000)
    expect(isStale(target, [join(root, 'src')])).toBe(true)
  })

  it('notices a removed file, and overlooks tests', async () => {
    const target = await touch('index.html', 2000)
    await touch('src/deep/a.test.ts', 3000)
    await settle(1000)
    expect(isStale(target, [join(root, 'src')])).toBe(false)
    await settle(3000)
    expect(isStale(target, [join(root, 'src')])).toBe(true)
  })
})
