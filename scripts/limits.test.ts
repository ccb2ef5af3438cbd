/** docs/LIMITS.md against the source: no limit is missing there, none has another value, none is left over. */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { MESSAGES } from '../src/core/wire'
import { ConstantReader } from './lib/constants'
import type { NamedNumber } from './lib/constants'

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Every number with a name is a limit here unless it stands below. The page and the tests are left out: rows about them are checked, not demanded. */
const DEMANDED = /^(src\/(?!app\/)|workers\/|headless\/)/
const SKIPPED = /\.test\.ts$|\/(contract|testing)\//

/** Named numbers that bound nothing, by what they are. A name stands for all its members. */
const NOT_LIMITS: Record<string, readonly string[]> = {
  'numbers of kinds, statuses, families and versions': [
    'src/core/consensus/validatorSet.ts MEMBERSHIP_OPEN MEMBERSHIP_INVITED MEMBERSHIP_STAKE MEMBERSHIP_SPACE',
    'headless/openNode.ts MEMBERSHIPS',
    'src/node/keepMembership.ts MEMBERSHIP_KINDS',
    'src/node/payloads.ts LEAF_FUNCTION',
    'src/core/families/chaos/rules.ts FAMILY_CHAOS',
    'src/core/families/midnight/rules.ts FAMILY_MIDNIGHT',
    'src/core/families/midnight/parameters.ts REWARDS_TO_PROPOSER REWARDS_BY_TIER',
    'src/core/families/spacetime/rules.ts FAMILY_SPACETIME',
    'src/core/families/vision/rules.ts FAMILY_VISION',
    'src/core/memes/recipe.ts FORMAT_TEXT FORMAT_ASCII FORMAT_TEMPLATE FORMAT_DRAWN FORMAT_REMIX LAYER_TEXT LAYER_STICKER LAYER_STROKE RECIPE_VERSION',
    'src/core/families/spacetime/plot.ts LEAF_FUNCTION',
    'src/core/state/version.ts STATE_VERSION',
    'src/node/civicIntents.ts STATUSES',
    'src/sim/simulation.ts SOCIAL_SUBMIT',
    'src/core/schema.ts VOTE_NOTARISE VOTE_FINALISE AGENT_ACTIVE AGENT_LEFT AGENT_PENALISED AGENT_INACTIVE AGENT_MAINTENANCE',
    'src/core/schema.ts ALLIANCE_OFFERED ALLIANCE_ACTIVE ALLIANCE_EXPIRED ALLIANCE_BROKEN ALLIANCE_LAPSED',
    'src/core/schema.ts STRATEGY_MAJORITY STRATEGY_PERSONALITY STRATEGY_SOCIAL',
    'src/core/schema.ts VERDICT_APPROVE VERDICT_REJECT ROLE_FULL ROLE_LIGHT',
    'src/core/taste/judge.ts REASON_CODES',
    'src/core/state/transactions.ts TX_REGISTER TX_TRANSFER TX_HEARTBEAT TX_LEAVE TX_EVIDENCE TX_VOTE_EVIDENCE TX_DEPOSIT',
    'src/core/state/transactions.ts TX_WITHDRAW TX_PRODUCER TX_PLOT TX_INVITE TX_CONFIGURE TX_REANCHOR TX_PROFILE TX_MEME TX_REACT',
    'src/core/state/transactions.ts TX_ALLIANCE TX_ALLIANCE_SIGN TX_ALLIANCE_BREAK TX_SOCIAL TX_CONFLICT TX_CONFLICT_OPINION TX_CUSTOM',
    'src/core/state/agenda.ts DUE_ALLIANCE DUE_CONFLICT',
    'src/core/state/conflicts.ts CONFLICT_DIVERGENT CONFLICT_INCONSISTENT CONFLICT_CLASH CHOICE_FIRST CHOICE_SECOND CHOICE_VOID',
    'src/core/state/memes.ts FORMAT_REMIX REACTION_REFERENCE REACTION_DISLIKE',
    'src/core/state/poll.ts POLL_ASK POLL_ANSWER',
    'src/core/state/rules/social.ts SOCIAL_SUPPORT SOCIAL_OFFER',
    'src/core/wire.ts PROTOCOL_MAJOR',
    'src/core/proof/file.ts PROOF_VERSION PROOF_VERSION_ERA',
    'src/platform/libp2p/peerExchange.ts PEERS',
    'src/platform/libp2p/requests.ts ASK ANSWER REFUSED TOO_LARGE',
    'src/platform/browser/idbSchema.ts SCHEMA_VERSION',
    'src/platform/headless/levelStore.ts FORMAT_VERSION',
    'src/node/nodeFile.ts KEY_NONE KEY_PLAIN KEY_SEALED',
    'src/platform/promiseMark.ts NO_PROMISES',
    'src/node/signatures.ts NO_SIGNATURES',
    'src/platform/browser/originDb.ts SCHEMA_VERSION'
  ],
  'lengths that a format fixes': [
    'src/core/bytes.ts PERCENT',
    'src/core/crypto/ed25519.ts KEY_BYTES SIGNATURE_BYTES',
    'src/core/crypto/hash.ts HASH_BYTES',
    'src/core/schema.ts POINTS_OFFSET TRUST_OFFSET',
    'src/core/crypto/vrf.ts VRF_PROOF_BYTES VRF_OUTPUT_BYTES CHALLENGE_BYTES',
    'src/core/crypto/curve.ts POINT_BYTES',
    'src/core/crypto/checkBatch.ts FIXED_BYTES',
    'src/core/bodyRoot.ts CHUNK PAIR',
    'src/core/chain/execute.ts OFFSET_BYTES',
    'src/agent/config/toml.ts DECIMALS',
    'src/agent/social/effectiveness.ts REACTION_WORTH',
    'src/sim/presetRoom.ts MINUTE_MS PRESET_ROOM',
    'src/platform/browser/idbStore.ts NETWORK_ID_DIGITS',
    'src/core/crypto/seal.ts SEAL_SALT_BYTES SEAL_NONCE_BYTES SEAL_RANDOM_BYTES TAG_BYTES',
    'src/node/markName.ts NETWORK_ID_DIGITS',
    'src/platform/promiseMark.ts RECORD_BYTES SECOND_AT',
    'src/platform/headless/markFiles.ts FILE_BYTES',
    'src/platform/headless/levelStore.ts HEIGHT_DIGITS NUMBER_BYTES',
    'src/platform/libp2p/frames.ts HEADER_BYTES',
    'src/platform/libp2p/libp2pNetwork.ts NONCE_BYTES',
    'src/platform/libp2p/peerIds.ts KEY_BYTES',
    'src/platform/storeRules.ts SECRET_KEY_BYTES',
    'headless/openNode.ts SALT_BYTES',
    'headless/serverKey.ts SEED_BYTES',
    'headless/terminal.ts QR_BORDER',
    'headless/responses.ts FOR_EVER_S'
  ],
  'weights, and the time at which simulations begin': [
    'src/core/state/agents.ts FIRST_REPUTATION',
    'src/agent/allies.ts CHAOTIC_VIEW CHAOTIC_REST PROPOSE_ABOVE ACCEPT_ABOVE DEFAULT_DURATION_MS GREEDY_SHARE',
    'src/agent/taste.ts MIDDLE',
    'src/core/state/trust.ts TRUST_OF PER_ALLIANCE DECAY_PART FAME_PART',
    'src/core/state/memes.ts PER_REACTION PER_TAG IMPACT_PART',
    'src/core/state/conflicts.ts TWO_FACED FALSE_CLAIM PLAIN_WEIGHT EQUAL_WEIGHT MEDIANS SPLIT_UP_TO',
    'src/platform/libp2p/gossip.ts TOPIC_SCORE COUNTER_DECAY',
    'src/sim/simGenesis.ts SIM_EPOCH_MS',
    'src/core/taste/judge.ts POINTS_PER_SLOT UNDECIDED_BELOW NO_MEME_TO_MEMETIC NO_MEME SLIGHT_POINTS MOOD_POINTS ALLY_POINTS CONTROVERSY_BONUS SPLIT_FROM SPLIT_TO',
    'src/core/families/spacetime/difficulty.ts MILLI'
  ],
  'who plays which part in the lab, and the figures of its unsound rules, which never run live': [
    'src/sim/asWritten/chaos.ts CHEAT DISLIKED LONGEST_TASTE',
    'src/sim/asWritten/midnight.ts GRINDER VARIANTS DEAD COLLECT_MS',
    'src/sim/asWritten/shared.ts RUN_MS HEAL_MS LIAR',
    'src/sim/asWritten/spacetime.ts LEAVES GRINDER VARIANTS TARGET RANKS_PER_EPOCH FORGER INVENTED',
    'src/sim/asWritten/vision.ts DRAWS DEAD TRIED_HEIGHTS UNLUCKY_HEIGHT ROOMS TICK_MS SNAPSHOT_MS JITTER_MIN_MS JITTER_SPAN_MS',
    'src/sim/mutants.ts PLOT_LEAVES',
    'src/sim/explore.ts HONEST TOGGLE_CUT',
    'src/sim/exploreSeat.ts SEATS LIAR QUORUM INTERVAL_MS SLOT_MS START_MS'
  ]
}

const isLimit = exceptFor(Object.values(NOT_LIMITS).flat())

/** From lines `file NAME NAME` to a filter that drops them. */
function exceptFor(lines: readonly string[]): (number: NamedNumber) => boolean {
  const dropped = new Set(
    lines.flatMap(line =>
      line
        .split(' ')
        .slice(1)
        .map(name => `${line.split(' ')[0]} ${name}`)
    )
  )
  return ({ file, name }) => !dropped.has(`${file} ${name.split('.')[0]}`)
}

function sources(): string[] {
  return ['src', 'workers', 'headless']
    .flatMap(folder => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter(entry => entry.isFile() && /\.(ts|svelte)$/.test(entry.name))
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .filter(path => !SKIPPED.test(path))
    .sort()
}

interface Row {
  file: string
  name: string
  value: number
  reason: string
}

/** Rows `| NAME | value | reason |` below a heading that names their file. The value may be followed by the same in other words. */
function rowsOf(page: string): Row[] {
  let file = ''
  const rows: Row[] = []
  for (const line of page.split('\n')) {
    file = /^### \[(.+?)\]/.exec(line)?.[1] ?? file
    const [, name, value, reason] = /^\| `([\w.]+)` \| (-?[\d,.]+)[^|]* \| (.*) \|$/.exec(line) ?? []
    if (name !== undefined) rows.push({ file, name, value: Number(value!.replaceAll(',', '')), reason: reason! })
  }
  return rows
}

describe('docs/LIMITS.md', () => {
  const reader = new ConstantReader(root)
  const numbers = sources().flatMap(file => reader.numbersOf(file))
  const rows = rowsOf(read('docs/LIMITS.md'))
  const key = ({ file, name }: { file: string; name: string }) => `${file} ${name}`
  const listed = new Map(rows.map(row => [key(row), row]))

  it('lists every limit of the source (S10); what is missing is shown as the row to add', () => {
    const missing = numbers.filter(number => DEMANDED.test(number.file) && isLimit(number) && !listed.has(key(number)))
    expect(missing.map(({ file, name, value, comment }) => `${file}: | \`${name}\` | ${value.toLocaleString('en-US')} | ${comment} |`)).toEqual([])
    expect(numbers.length).toBeGreaterThan(0)
  })

  it('gives each the value that it has in the source, and lists none that is gone', () => {
    const values = new Map(numbers.map(number => [key(number), number.value]))
    expect(rows.filter(row => values.get(key(row)) !== row.value).map(row => ({ ...row, inSource: values.get(key(row)) ?? 'gone' }))).toEqual([])
    expect(rows.length).toBe(listed.size)
  })

  it('gives a reason for each', () => {
    expect(rows.filter(({ reason }) => reason.trim().split(' ').length < 3).map(key)).toEqual([])
  })

  it('the list of exceptions names nothing that is gone', () => {
    const names = new Set(numbers.map(({ file, name }) => `${file} ${name.split('.')[0]}`))
    const excepted = Object.values(NOT_LIMITS)
      .flat()
      .flatMap(line =>
        line
          .split(' ')
          .slice(1)
          .map(name => `${line.split(' ')[0]} ${name}`)
      )
    expect(excepted.filter(name => !names.has(name))).toEqual([])
  })
})

describe('docs/PROTOCOL.md', () => {
  it('lists every message of the wire with its number and cap', () => {
    const table = [...read('docs/PROTOCOL.md').matchAll(/^\| (\d+) \| `(\w+)` \| ([\d,]+) \|/gm)].map(([, id, name, cap]) => ({
      id: Number(id),
      name,
      maxBytes: Number(cap!.replaceAll(',', ''))
    }))
    expect(table).toEqual(Object.entries(MESSAGES).map(([name, { id, maxBytes }]) => ({ id, name, maxBytes })))
  })
})
