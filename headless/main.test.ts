/** The real program, as `npm start` runs it: what a person sees who gets something wrong. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const main = fileURLToPath(new URL('main.ts', import.meta.url))
let data = ''
beforeAll(async () => {
  data = await mkdtemp(join(tmpdir(), 'quorumble-main-'))
})
afterAll(() => rm(data, { recursive: true, force: true }))

function runMain(env: Record<string, string>, args: string[] = []): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], { env: { ...process.env, QUORUMBLE_DATA: data, ...env } })
  let [out, err] = ['', '']
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()))
  return new Promise(resolve => child.once('close', code => resolve({ code, out, err })))
}

/** One line, a cause and an action, nothing of the program's insides. */
function expectOneSentence(err: string): void {
  expect(err.trim().split('\n')).toHaveLength(1)
  expect(err).not.toMatch(/\bat .*:\d+|Error:|node:/)
}

describe('npm start with a mistake', () => {
  it.each([
    ['a PORT that is no number', { PORT: 'eighty' }, /not a number/],
    ['a PORT out of range', { PORT: '70000' }, /out of range/],
    ['a HOST that is not ours', { PORT: '18099', HOST: '203.0.113.7' }, /no address of this machine/],
    ['a data folder that is a file', { PORT: '18098', QUORUMBLE_DATA: main }, /not a directory/]
  ])('tells %s in one sentence and ends with 1', async (_, env, message) => {
    const { code, out, err } = await runMain(env)
    expect(err).toMatch(message)
    expectOneSentence(err)
    expect([code, out]).toEqual([1, ''])
  })

  it('tells a taken PORT in one sentence and ends with 1', async () => {
    const other = createServer()
    await new Promise<void>(resolve => other.listen(0, '127.0.0.1', resolve))
    const { code, err } = await runMain({ PORT: String((other.address() as AddressInfo).port) })
    await new Promise(resolve => other.close(resolve))
    expect(err).toMatch(/taken by another program.*PORT=/)
    expectOneSentence(err)
    expect(code).toBe(1)
  })

  it('explains itself with --help', async () => {
    const { code, out, err } = await runMain({}, ['--help'])
    expect([code, err]).toEqual([0, ''])
    for (const name of ['PORT', 'HOST', 'QUORUMBLE_DATA', '--new-network', '--block-interval']) expect(out).toContain(name)
  })
})
