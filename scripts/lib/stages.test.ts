import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { runCommand, tool } from './stages.mjs'

const AMPLE_MS = 20_000
const node = (code: string) => [process.execPath, '-e', code]

it('tells success from failure, by exit code and for what cannot be started', async () => {
  expect(await runCommand(node(''), { timeoutMs: AMPLE_MS })).toMatchObject({ ok: true, timedOut: false })
  expect(await runCommand(node('process.exit(3)'), { timeoutMs: AMPLE_MS })).toMatchObject({ ok: false, timedOut: false })
  expect(await runCommand(['/nowhere/at/all'], { timeoutMs: AMPLE_MS })).toMatchObject({ ok: false, timedOut: false })
})

it('hands over the environment', async () => {
  const command = node('process.exit(process.env.STAGE_TEST === "given" ? 0 : 1)')
  expect(await runCommand(command, { timeoutMs: AMPLE_MS, env: { STAGE_TEST: 'given' } })).toMatchObject({ ok: true })
})

it('ends a stage that takes too long, with everything that it started', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'quorumble-stages-'))
  const pidFile = join(folder, 'pid')
  // The grandchild ignores SIGTERM: only SIGKILL to the group ends it.
  const stubborn = `process.on('SIGTERM', () => {}); require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000)`
  const parent = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(stubborn)}], { stdio: 'ignore' }); setInterval(() => {}, 1000)`
  const result = await runCommand(node(parent), { timeoutMs: 4_000 })
  expect(result).toMatchObject({ ok: false, timedOut: true })
  const pid = Number(readFileSync(pidFile, 'utf8'))
  await vi.waitFor(() => expect(isRunning(pid)).toBe(false), AMPLE_MS)
  rmSync(folder, { recursive: true })
})

it('finds the program of an installed package, and says which package is missing', () => {
  expect(tool('typescript', 'tsc')[1]).toMatch(/typescript\/bin\/tsc$/)
  expect(() => tool('not-a-package-of-ours')).toThrow(/"not-a-package-of-ours" is not installed/)
  expect(() => tool('typescript', 'nothing')).toThrow(/no program "nothing"/)
})

/** A process that has ended but was not waited for yet is a zombie: it runs no more. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}
