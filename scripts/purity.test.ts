/** The lint rules that keep the core pure, tried on code that breaks them. */
import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'
import tseslint from 'typescript-eslint'
import { describe, expect, it } from 'vitest'

// The snippets belong to no program, so the rules that need types are off; those for purity need none.
const eslint = new ESLint({
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  overrideConfig: [{ languageOptions: { parserOptions: { projectService: false } } }, tseslint.configs.disableTypeChecked]
})

const PURITY = ['no-restricted-globals', 'no-restricted-properties', 'no-restricted-imports', 'no-restricted-syntax']

/** Ids of the purity rules that speak about `code` in that file. */
async function spoken(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(code, { filePath: file })
  return result!.messages.flatMap(message => (message.ruleId !== null && PURITY.includes(message.ruleId) ? message.ruleId : []))
}

const OUTSIDE = [
  'Date.now()',
  'new Date(0)',
  'performance.now()',
  'setTimeout(f, 1)',
  'setInterval(f, 1)',
  'queueMicrotask(f)',
  'fetch("/")',
  'crypto.getRandomValues(f)',
  'process.env.X',
  'window.x',
  'self.x',
  'globalThis.x',
  'console.log(1)',
  'navigator.onLine',
  'localStorage.x',
  'indexedDB.open("x")',
  'new WebSocket("x")',
  'new Worker("x")',
  'new TextEncoder()',
  'Buffer.from("x")',
  'new Intl.Collator()'
]
const UNPORTABLE = ['Math.random()', 'Math.sin(1)', 'Math.pow(2, 3)', '"a".localeCompare("b")', '(1).toLocaleString()']

describe.each(['src/core/chain/example.ts', 'src/agent/example.ts', 'src/node/example.ts', 'src/sim/example.ts', 'src/core/families/midnight/example.ts'])(
  '%s',
  file => {
    it.each(OUTSIDE)('may not reach outside: %s', async code => {
      expect(await spoken(file, `declare const f: () => void\nexport const x = ${code}\n`)).toContain('no-restricted-globals')
    })

    it.each(UNPORTABLE)('may not differ between machines: %s', async code => {
      expect(await spoken(file, `export const x = ${code}\n`)).toEqual(['no-restricted-properties'])
    })

    it('has no Node', async () => {
      expect(await spoken(file, "import { readFile } from 'node:fs/promises'\nexport const x = readFile\n")).toEqual(['no-restricted-imports'])
    })

    it('may use the language itself', async () => {
      const code = 'export const x = Math.floor(7 / 2) + new Map([[1, 2n]]).size + Math.max(1, Number("3")) + [3, 1].sort((a, b) => a - b).length\n'
      expect(await spoken(file, code)).toEqual([])
    })
  }
)

it.each(['src/core/example.ts', 'src/agent/example.ts', 'src/node/nodeCore.ts'])('%s is synchronous', async file => {
  expect(await spoken(file, 'export async function f() { return 1 }\n')).toEqual(['no-restricted-syntax'])
  expect(await spoken(file, 'export const f = async () => 1\n')).toEqual(['no-restricted-syntax'])
  expect(await spoken(file, "export const f = () => import('./other')\n")).toEqual(['no-restricted-syntax'])
})

it.each(['src/sim/cli.ts', 'src/sim/fuzz.ts', 'src/core/example.test.ts', 'src/platform/browser/example.ts', 'headless/example.ts'])(
  '%s may have a clock',
  async file => {
    expect(await spoken(file, 'export const x = Date.now() + performance.now() + Math.random()\n')).toEqual([])
  }
)
