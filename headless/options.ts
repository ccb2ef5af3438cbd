/** What the server may be told, by flag or environment; a flag wins. Whatever is wrong is one sentence with cause and action. */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'

export interface ServerOptions {
  host: string
  port: number
  dataDirectory: string
  /** Put the present data aside and open a new network. */
  newNetwork: boolean
  /** Milliseconds between two blocks of a network that is opened now; null: the protocol's default. A running network keeps its own. */
  blockIntervalMs: number | null
  /** Family and mode: of a network that is opened now; a running one changes to it from the next possible epoch on. Null: as it is. */
  family: { name: string; mode: string | null } | null
  /** Who counts in votes, for a new network. */
  membership: Membership
  /** Public key (hex) that may change, invite and anchor a new network; null: the server's own. */
  authority: string | null
  /** R12: heights without a final block after which those who are here go on by themselves, for a new network without an authority; null: never. */
  leakAfter: number | null
  /** Keeps all blocks, or prunes those below its oldest snapshot. */
  role: Role
  /** The quorum is gone for good: once the node is up, its chain counts and those who are here validate. */
  reanchor: boolean
  /** Write the node in the data folder to this file, or take it in from there, and end; null: be a server. */
  transfer: { kind: 'export'; file: string; withKey: boolean } | { kind: 'import'; file: string } | null
  /** Over this node's own key, and over the key in such a file; null: none. Never a flag: other users of a machine see those. */
  passphrase: string | null
  /** A key that is under the passphrase goes back into the open. */
  openKey: boolean
}

export const MEMBERSHIP_NAMES = ['open', 'invited', 'stake', 'space'] as const
export type Membership = (typeof MEMBERSHIP_NAMES)[number]
const ROLES = ['archive', 'full'] as const
type Role = (typeof ROLES)[number]

/** A mistake of the person at the terminal, or of the machine: said in one sentence, without a stack, exit code 1. */
export class StartError extends Error {}

const MAX_PORT = 65_535
/** What a genesis may hold. Below, a round is shorter than a message across a room takes; above, a day passes without a block. */
const BLOCK_INTERVAL_MS = { min: 100, max: 86_400_000 }
/** What a genesis with a playground's epochs and heartbeats may hold (checkGenesis); a test holds both against each other. */
export const LEAK_HEIGHTS = { min: 36, max: 56 }

export const HELP = `Quorumble server: serves the page, relays between tabs, and takes part as a node that keeps all blocks.

  npm start -- [options]        or by environment

  --port <number>               PORT                       TCP port, default 8080
  --host <address>              HOST                       default 127.0.0.1; 0.0.0.0 lets the whole local network in
  --data <folder>               QUORUMBLE_DATA             keys and blocks, default ./data
  --new-network                 QUORUMBLE_NEW_NETWORK=1    put the old data aside and open a new network
  --block-interval <ms>         QUORUMBLE_BLOCK_INTERVAL   for a new network, or with --family
  --family <name[:mode]>        QUORUMBLE_FAMILY           chaos, midnight, spacetime or vision; a running network changes to it
  --membership <kind>           QUORUMBLE_MEMBERSHIP       open, invited, stake or space; for a new network only
  --authority <public key>      QUORUMBLE_AUTHORITY        who may change a new network; default: this server
  --leak <heights>              QUORUMBLE_LEAK             a new network without an authority: after so many heights (36 to 56) without
                                                           a final block, those who are here vote alone. If the others were merely
                                                           cut off for that long, there are two chains afterwards
  --role <archive|full>         QUORUMBLE_ROLE             archive keeps all blocks (default), full those since its oldest snapshot
  --re-anchor                                              go on with those who are here, when the others will not come back
  --export <file>               write the whole node to a file and end; with --with-key its key, too
  --import <file>               take a whole node in from such a file and end; all of it is checked before
  --open-key                                               the key has been under a passphrase; from now on it is in the open
                                QUORUMBLE_PASSPHRASE       over the key: in the data folder, from this start on, and in such a file
                                QUORUMBLE_PASSPHRASE_FILE  a file whose first line is the passphrase
  --help                        this text`

/**
 * @param args without node and script
 * @returns null when --help was asked for
 * @throws StartError
 */
export function readOptions(args: readonly string[], env: Readonly<Record<string, string | undefined>>): ServerOptions | null {
  const flags = readFlags(args)
  if (flags.help) return null
  const interval = flags['block-interval'] ?? env.QUORUMBLE_BLOCK_INTERVAL
  return {
    host: readHost(flags.host ?? env.HOST),
    port: readPort(flags.port ?? env.PORT),
    dataDirectory: (flags.data ?? env.QUORUMBLE_DATA) || './data',
    newNetwork: flags['new-network'] ?? env.QUORUMBLE_NEW_NETWORK === '1',
    blockIntervalMs: interval ? readInterval(interval) : null,
    family: readFamily(flags.family ?? env.QUORUMBLE_FAMILY),
    membership: readMembership(flags.membership ?? env.QUORUMBLE_MEMBERSHIP),
    authority: readAuthority(flags.authority ?? env.QUORUMBLE_AUTHORITY),
    leakAfter: readLeak(flags.leak ?? env.QUORUMBLE_LEAK, flags.authority ?? env.QUORUMBLE_AUTHORITY),
    role: readRole(flags.role ?? env.QUORUMBLE_ROLE),
    reanchor: flags['re-anchor'] ?? false,
    transfer: readTransfer(flags.export, flags.import, flags['with-key'] ?? false),
    passphrase: readPassphrase(env),
    openKey: flags['open-key'] ?? false
  }
}

function readRole(text: string | undefined): Role {
  const role = ROLES.find(each => each === (text || 'archive'))
  if (role === undefined) throw new StartError(`The role "${text}" is not known. Choose one of: ${ROLES.join(', ')}.`)
  return role
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: 'string' },
        host: { type: 'string' },
        data: { type: 'string' },
        'new-network': { type: 'boolean' },
        'block-interval': { type: 'string' },
        family: { type: 'string' },
        membership: { type: 'string' },
        authority: { type: 'string' },
        leak: { type: 'string' },
        role: { type: 'string' },
        're-anchor': { type: 'boolean' },
        export: { type: 'string' },
        import: { type: 'string' },
        'with-key': { type: 'boolean' },
        'open-key': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' }
      }
    }).values
  } catch (error) {
    throw new StartError(`${(error as Error).message.split('. ')[0]}. Run "npm start -- --help" for the options.`)
  }
}

function readPort(text: string | undefined): number {
  if (!text) return 8080
  const port = Number(text)
  if (!/^\d+$/.test(text)) throw new StartError(`PORT is "${text}", which is not a number. Give a number from 1 to ${MAX_PORT}, for example PORT=8080.`)
  if (port < 1 || port > MAX_PORT) throw new StartError(`PORT is ${text}, which is out of range. Give a number from 1 to ${MAX_PORT}, for example PORT=8080.`)
  return port
}

function readHost(text: string | undefined): string {
  const host = text || '127.0.0.1'
  if (/[\s/]/.test(host))
    throw new StartError(`HOST is "${host}", which is not an address. Give 127.0.0.1 for this machine only, or 0.0.0.0 for the local network.`)
  return host
}

function readInterval(text: string): number {
  const { min, max } = BLOCK_INTERVAL_MS
  const interval = Number(text)
  if (/^\d+$/.test(text) && interval >= min && interval <= max) return interval
  throw new StartError(`The block interval is "${text}". Give whole milliseconds from ${min} to ${max}, for example --block-interval 2000.`)
}

function readLeak(text: string | undefined, authority: string | undefined): number | null {
  if (!text) return null
  const heights = Number(text)
  if (!/^\d+$/.test(text) || heights < LEAK_HEIGHTS.min || heights > LEAK_HEIGHTS.max)
    throw new StartError(`The leak is "${text}". Give whole heights from ${LEAK_HEIGHTS.min} to ${LEAK_HEIGHTS.max}, for example --leak 40.`)
  if (authority) throw new StartError('A network goes on without a quorum by its authority or by a leak, not by both: leave out --authority or --leak.')
  return heights
}

/** Names are judged when the node's rules are loaded. */
function readFamily(text: string | undefined): ServerOptions['family'] {
  if (!text) return null
  const [name, mode, ...rest] = text.split(':')
  if (name && rest.length === 0) return { name, mode: mode ? mode : null }
  throw new StartError(`The family is "${text}". Give a name, or name:mode, for example --family midnight:leader.`)
}

function readMembership(text: string | undefined): Membership {
  if (!text) return 'open'
  const known = MEMBERSHIP_NAMES.find(name => name === text)
  if (known !== undefined) return known
  throw new StartError(`The membership is "${text}". Known are ${MEMBERSHIP_NAMES.join(', ')}.`)
}

function readTransfer(exported: string | undefined, imported: string | undefined, withKey: boolean): ServerOptions['transfer'] {
  if (exported !== undefined && imported !== undefined) throw new StartError('--export and --import are two commands. Give one of them.')
  if (withKey && exported === undefined) throw new StartError('--with-key belongs to --export. Give --export <file>, or leave it out.')
  if (exported !== undefined) return { kind: 'export', file: exported, withKey }
  return imported === undefined ? null : { kind: 'import', file: imported }
}

function readPassphrase(env: Readonly<Record<string, string | undefined>>): string | null {
  const file = env.QUORUMBLE_PASSPHRASE_FILE
  if (!file) return env.QUORUMBLE_PASSPHRASE || null
  if (env.QUORUMBLE_PASSPHRASE) throw new StartError('QUORUMBLE_PASSPHRASE and QUORUMBLE_PASSPHRASE_FILE are both set. Set one of them.')
  let line: string
  try {
    line = readFileSync(file, 'utf8').split(/\r?\n/, 1)[0]!
  } catch (error) {
    throw new StartError(`The passphrase cannot be read from ${file} (${(error as NodeJS.ErrnoException).code}). Look at QUORUMBLE_PASSPHRASE_FILE.`)
  }
  if (line === '') throw new StartError(`The first line of ${file} is empty. It should be the passphrase.`)
  return line
}

function readAuthority(text: string | undefined): string | null {
  if (!text) return null
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase()
  throw new StartError('The authority is named by the 64 hex digits of its public key; the Node screen of its tab shows them.')
}
