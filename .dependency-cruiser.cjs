// @ts-check
/**
 * "Who may import whom" of docs/ARCHITECTURE.md, as rules. Each layer names all that it may import; everything else is an error.
 * Type-only imports vanish in the build, so a layer that may see another's types only is told apart by `dependencyTypesNot`.
 */

/** Test files and contract suites may reach for whatever they test; they are never part of a bundle. */
const TESTS = '[.]test[.]ts$'
/** Command line drivers of the simulator: they start threads and print. */
const SIM_DRIVERS = '^src/sim/(cli|fuzz)[.]ts$'

const npm = (/** @type {string[]} */ ...names) => names.map(name => `^node_modules/${name}`)
/** Hashing, signature and codec libraries; `buffer` is the shim that the codec library wants (as npm package, or built into Node). */
const CORE_LIBRARIES = [...npm('@noble/(ciphers|ed25519|hashes)/', '@chainsafe/(ssz|persistent-merkle-tree|as-sha256)/', 'buffer/'), '^buffer$']
/** Gossip names a message by its hash, at once: hence a synchronous one beside libp2p. */
const P2P_LIBRARIES = npm('libp2p/', '@libp2p/', '@multiformats/', '@noble/hashes/')
/**
 * The pure rules that an adapter must apply itself: the vote guard runs inside the store's own transaction (R6), so it cannot be
 * called from outside. `bytes` is hex and comparison, `generationMap` the bounded map of every cache.
 */
const CORE_FOR_ADAPTERS = ['^src/core/consensus/voteGuard[.]ts$', '^src/core/bytes[.]ts$', '^src/core/crypto/generationMap[.]ts$']
/** One schema value is at once the type: "core types" of the table. */
const SCHEMA = '^src/core/schema[.]ts$'
/** What the configuration of an agent is checked by: bounds, names and personalities are core's, and there is one definition of each. */
const RULES_OF_CONFIG = '^src/core/(limits|result|names|bytes|taste/personalities)[.]ts$'
/** What a script sees, and how much memory it has to look at it. */
const SCRIPT_VIEW = '^src/agent/script/view[.]ts$'
/** The interpreter that people's scripts run in. */
const SANDBOX_LIBRARIES = npm('quickjs-emscripten-core/', '@jitl/quickjs-wasmfile-release-sync/')
/** The shapes that page and node agree on: view slices, intents, answers. */
const BRIDGE_TYPES = ['^src/bridge/(views|api|audit|hex|memes|alliances|conflicts)[.]ts$']
/** The interfaces between a node and its platform; the clock's is apart because pure drivers need it alone. */
const PORTS = '^src/node/(ports|clock)[.]ts$'
/** Adapters that need Node itself. */
const HEADLESS = '^src/platform/(headless/|crypto/nodeFast[.]ts$)'
/** The one file of the page that wires the rtc bridge. */
const RTC_WIRE = '^src/app/[^.]*rtcWire[.]ts$'

/**
 * One row of the table: a layer may import `to` (values and types), `types` (types only), Node's own modules if it says so, and nothing else.
 * @param {string} name
 * @param {string} comment
 * @param {{path: string, pathNot?: string[]}} from
 * @param {{to: string[], types?: string[], node?: boolean}} allowed
 */
const layer = (name, comment, from, { to, types = [], node = false }) => {
  const source = { path: from.path, pathNot: [TESTS, ...(from.pathNot ?? [])] }
  const nodeToo = node ? { dependencyTypesNot: ['core'] } : {}
  const only = { name, severity: 'error', comment, from: source, to: { pathNot: [...to, ...types], ...nodeToo } }
  if (types.length === 0) return [only]
  const typesOnly = {
    name: `${name}-types-only`,
    severity: 'error',
    comment,
    from: source,
    to: { path: types, pathNot: to, dependencyTypesNot: ['type-only'] }
  }
  return [only, typesOnly]
}

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...layer('core', 'Core imports core and the hashing, signature and codec libraries.', { path: '^src/core/' }, { to: ['^src/core/', ...CORE_LIBRARIES] }),
    {
      name: 'families-apart',
      severity: 'error',
      comment: 'A family imports shared rules of core, never another family.',
      from: { path: '^src/core/families/([^/]+)/' },
      to: { path: '^src/core/families/([^/]+)/', pathNot: '^src/core/families/$1/' }
    },
    {
      name: 'core-knows-no-family',
      severity: 'error',
      comment: 'The shared rules ask the family interface; which families exist is known to src/core/families/*.ts alone.',
      from: { path: '^src/core/', pathNot: ['^src/core/families/', '^src/core/testing/', TESTS] },
      to: { path: '^src/core/families/[^/]+/', dependencyTypesNot: ['type-only'] }
    },
    ...layer(
      'agent',
      'An agent sees core types and views, and returns intents in the words of the bridge. Its configuration is a TOML file.',
      { path: '^src/agent/' },
      { to: ['^src/agent/', SCHEMA, RULES_OF_CONFIG, ...npm('smol-toml/')], types: ['^src/core/', ...BRIDGE_TYPES] }
    ),
    ...layer(
      'node',
      'The node imports core and agent; what it shows to a page it shapes as the types of the bridge say.',
      { path: '^src/node/' },
      { to: ['^src/node/', '^src/core/', '^src/agent/'], types: BRIDGE_TYPES }
    ),
    ...layer(
      'sim',
      'The simulator drives core, agent and node.',
      { path: '^src/sim/', pathNot: [SIM_DRIVERS] },
      { to: ['^src/sim/', '^src/core/', '^src/agent/', '^src/node/'] }
    ),
    ...layer(
      'sim-drivers',
      'The command line of the simulator is an entry point: it adds Node, and hands the fast signature check of Node to what it drives.',
      { path: SIM_DRIVERS },
      { to: ['^src/sim/', '^src/core/', '^src/agent/', '^src/node/', '^src/platform/crypto/nodeFast[.]ts$'], node: true }
    ),
    ...layer(
      'platform-browser',
      'Browser adapters import the ports, core types, libp2p and idb.',
      { path: '^src/platform/', pathNot: [HEADLESS, '^src/platform/contract/', '/testing/'] },
      {
        to: ['^src/platform/(?!headless/|contract/)', PORTS, SCRIPT_VIEW, ...CORE_FOR_ADAPTERS, ...P2P_LIBRARIES, ...SANDBOX_LIBRARIES, ...npm('idb/')],
        types: ['^src/core/']
      }
    ),
    ...layer(
      'platform-headless',
      'Headless adapters import the ports, core types, libp2p, the embedded store, and Node itself.',
      { path: HEADLESS },
      {
        to: ['^src/platform/(?!browser/|contract/)', PORTS, ...CORE_FOR_ADAPTERS, ...P2P_LIBRARIES, ...npm('classic-level/', 'prom-client/', 'ws/')],
        types: ['^src/core/'],
        node: true
      }
    ),
    ...layer(
      'bridge',
      'The bridge imports types of core, agent and node, and Comlink.',
      { path: '^src/bridge/' },
      { to: ['^src/bridge/', ...npm('comlink/')], types: ['^src/core/', '^src/agent/', '^src/node/'] }
    ),
    ...layer(
      'app',
      'The page imports the bridge, the schema of an agent (its form), and core types; one file wires the rtc bridge.',
      { path: '^src/app/', pathNot: [RTC_WIRE] },
      {
        to: [
          '^src/app/',
          '^src/bridge/',
          '^src/agent/config/',
          SCRIPT_VIEW,
          '^src/core/taste/personalities[.]ts$',
          ...npm('svelte/', 'comlink/', 'qr/', 'virtua/', '@codemirror/', '@lezer/'),
          '[.]css$'
        ],
        types: ['^src/core/']
      }
    ),
    ...layer('app-rtc-wire', 'The one file that wires the rtc bridge.', { path: RTC_WIRE }, { to: ['^src/app/', '^src/bridge/', '^src/platform/browser/'] }),
    {
      name: 'nobody-imports-the-page',
      severity: 'error',
      comment: 'Workers, server and libraries know nothing of the page.',
      from: { pathNot: '^src/app/' },
      to: { path: '^src/app/' }
    },
    {
      name: 'entry-points-are-ends',
      severity: 'error',
      comment: 'Workers and the server wire everything; nothing imports them.',
      from: { path: '^(src|e2e|bench)/' },
      to: { path: '^(workers|headless)/', dependencyTypesNot: ['type-only'] }
    },
    {
      name: 'workers-have-no-server',
      severity: 'error',
      comment: 'What runs in a tab cannot import what needs Node.',
      from: { path: '^(workers|src/app|src/bridge|src/platform/browser)/' },
      to: { path: [HEADLESS, '^headless/'] }
    },
    {
      name: 'e2e-sees-the-product-only',
      severity: 'error',
      comment: 'End-to-end tests know what a user can see, never the code.',
      from: { path: '^e2e/' },
      to: { path: '^(src|workers|headless|bench)/' }
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle means that two files have one subject.',
      from: {},
      to: { circular: true }
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'Nothing imports this file and it imports nothing: dead, or an entry point that belongs in the list.',
      from: { orphan: true, pathNot: [TESTS, '[.]d[.]ts$', '^scripts/[^/]+[.](mjs|ts)$', '^src/platform/libp2p/leftOut/', '^[^/]+$'] },
      to: {}
    },
    {
      name: 'no-import-of-tests',
      severity: 'error',
      comment: 'What two tests share is a helper with a name of its own.',
      from: {},
      to: { path: '[.](test|spec)[.]ts$' }
    },
    { name: 'resolvable', severity: 'error', comment: 'The import leads nowhere.', from: {}, to: { couldNotResolve: true } },
    {
      name: 'declared',
      severity: 'error',
      comment: 'A package must stand in package.json, or it vanishes with the next update of another.',
      from: {},
      to: { dependencyTypes: ['unknown', 'undetermined', 'npm-no-pkg', 'npm-unknown'] }
    },
    {
      name: 'shipped-code-needs-no-dev-dependency',
      severity: 'error',
      comment: 'What runs in a tab or on the server stands under dependencies.',
      from: { path: '^(src|workers|headless)/', pathNot: [TESTS, '^src/platform/contract/'] },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] }
    }
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|[.]cache|data)/' },
    tsPreCompilationDeps: true,
    detectJSDocImports: false,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'browser', 'default', 'types'], mainFields: ['module', 'main', 'types'] }
  }
}
