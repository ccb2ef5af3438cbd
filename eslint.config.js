// @ts-check
import eslint from '@eslint/js'
import svelte from 'eslint-plugin-svelte'
import { defineConfig, globalIgnores } from 'eslint/config'
import globals from 'globals'
import tseslint from 'typescript-eslint'

/** Code that must give the same result on every machine, today and in a replay: time, chance and the outside come in as inputs. */
const PURE = ['src/core/**/*.ts', 'src/agent/**/*.ts', 'src/node/**/*.ts', 'src/sim/**/*.ts']
/** Their tests, the command line drivers of the simulator, which measure wall time and print, and the global that the codec library demands. */
const NOT_PURE = ['**/*.test.ts', 'src/sim/cli.ts', 'src/sim/fuzz.ts', 'src/core/bufferShim.ts']

const builtin = new Set(Object.keys(globals.builtin))
const environment = [globals.browser, globals.worker, globals.serviceworker, globals.node].flatMap(names => Object.keys(names))
/** Every global that is not part of the language itself, and those of the language that read the machine or its locale. */
const impureGlobals = [
  ...new Set([
    ...environment.filter(name => !builtin.has(name)),
    'Date',
    'Intl',
    'globalThis',
    'WeakRef',
    'FinalizationRegistry',
    'Atomics',
    'SharedArrayBuffer'
  ])
]

/** Engines may round these differently in the last bit, which would split a chain. */
const unportableMath = 'acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 fround hypot log log10 log1p log2 pow sin sinh sqrt tan tanh'.split(' ')
const localeMethods = ['localeCompare', 'toLocaleString', 'toLocaleLowerCase', 'toLocaleUpperCase', 'toLocaleDateString', 'toLocaleTimeString']

export default defineConfig(
  globalIgnores(['dist/', '.cache/', 'data/', 'coverage/', 'test-results/', 'vectors/', 'public/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // `== null` says "neither null nor undefined" in one word; everything else is `===`.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'error',
      'no-eval': 'error',
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // Numbers and booleans in a sentence are what they look like.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      // `noUncheckedIndexedAccess` is on: `!` after an index that the line above has proved is the honest spelling.
      '@typescript-eslint/no-non-null-assertion': 'off',
      // `onClick={() => stop()}` reads better than a block around it.
      '@typescript-eslint/no-confusing-void-expression': 'off',
      // `Hex | '*'` tells the reader what the compiler cannot.
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      // `NonNullable<unknown>` is how a constraint says "not null".
      '@typescript-eslint/no-generated-empty-object-type': 'off',
      // Ports and fakes fit by shape; that is what an interface is for.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      // An async method that has nothing to await keeps the shape of its interface.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' }]
    }
  },
  {
    name: 'quorumble/pure',
    files: PURE,
    ignores: NOT_PURE,
    rules: {
      'no-restricted-globals': ['error', ...impureGlobals.map(name => ({ name, message: 'Pure code: take it as an input or ask for it as an effect.' }))],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Pure code: draw from the seeded generator.' },
        ...unportableMath.map(property => ({ object: 'Math', property, message: 'Not the same bits in every engine: use integers.' })),
        ...localeMethods.map(property => ({ property, message: 'Depends on the locale of the machine: compare bytes or code units.' }))
      ],
      'no-restricted-imports': ['error', { patterns: [{ regex: '^node:', message: 'Pure code has no Node.' }] }],
      '@typescript-eslint/require-array-sort-compare': ['error', { ignoreStringArrays: true }]
    }
  },
  {
    // The core is synchronous (`handle(input) → effects`); src/node holds the runtime that performs effects and may wait.
    name: 'quorumble/synchronous',
    files: ['src/core/**/*.ts', 'src/agent/**/*.ts', 'src/node/nodeCore.ts'],
    // The verifier may wait for WebCrypto; ingress asks it before a message reaches the core (PROTOCOL §6).
    ignores: [...NOT_PURE, 'src/core/crypto/verifier.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        { selector: ':function[async=true]', message: 'Core is synchronous: return an effect and take its result as an input.' },
        { selector: 'ImportExpression', message: 'Core is synchronous and complete at load.' }
      ]
    }
  },
  {
    name: 'quorumble/page',
    files: ['src/app/**/*.ts', 'src/app/**/*.svelte', 'src/app/**/*.svelte.ts'],
    languageOptions: { globals: { ...globals.browser, __APP_VERSION__: 'readonly' } },
    rules: {
      // A slice of the view is one `$state.raw` that is replaced as a whole: the maps beside it are plain on purpose.
      'svelte/prefer-svelte-reactivity': 'off'
    }
  },
  {
    name: 'quorumble/components',
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: tseslint.parser, extraFileExtensions: ['.svelte'], svelteFeatures: { runes: true } } }
  },
  {
    // Components are checked by svelte-check; a typed lint of each would double that work.
    name: 'quorumble/components-untyped',
    files: ['**/*.svelte'],
    extends: [tseslint.configs.disableTypeChecked],
    rules: {
      // svelte-check knows names and types; templates assign in ways that these rules misread.
      'no-undef': 'off',
      'prefer-const': 'off',
      'svelte/prefer-const': 'error'
    }
  },
  {
    name: 'quorumble/tests',
    files: ['**/*.test.ts', 'src/platform/contract/**/*.ts', 'e2e/**/*.ts'],
    rules: {
      // Tests hand over wrong values on purpose and look into what came back.
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/unbound-method': 'off',
      // What `beforeAll` assigns is still undefined in `afterAll` when it has failed; the type does not say so.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      // A skipped test says why (TESTING).
      'no-console': 'off'
    }
  },
  {
    name: 'quorumble/command-line',
    files: ['scripts/**', 'bench/**/*.ts', 'headless/**/*.ts', 'src/sim/cli.ts', 'src/sim/fuzz.ts', 'e2e/**/*.ts', '*.js', '*.cjs', '*.config.ts'],
    languageOptions: { globals: globals.node },
    rules: { 'no-console': 'off' }
  },
  {
    name: 'quorumble/commonjs',
    files: ['**/*.cjs'],
    languageOptions: { sourceType: 'commonjs' },
    rules: { '@typescript-eslint/no-require-imports': 'off' }
  }
)
