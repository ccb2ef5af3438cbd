/** What the terminal says at the start. */
import { networkInterfaces } from 'node:os'
import type { NetworkInterfaceInfo } from 'node:os'
import { encodeQR } from 'qr'

/** Light modules around the code; the standard asks for four, two are enough for every phone tried on a dark terminal with a light frame. */
const QR_BORDER = 2
const ANY_HOST = new Set(['0.0.0.0', '::'])

export interface Terminal {
  isTTY: boolean
  columns: number
  /** QR=1: also where the output is no terminal. */
  forceQr: boolean
}

/** The addresses under which the page can be opened, the one to hand around first. */
export function pageUrls(host: string, port: number, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]> = networkInterfaces()): string[] {
  const url = (name: string): string => `http://${name.includes(':') ? `[${name}]` : name}:${port}/`
  if (!ANY_HOST.has(host)) return [url(host)]
  const local = Object.values(interfaces).flatMap(list => list ?? [])
  const reachable = local.filter(address => !address.internal && address.family === 'IPv4').map(address => address.address)
  return [...reachable, '127.0.0.1'].map(url)
}

/** Two modules per character, black on white whatever the terminal's theme. @returns null when the terminal is too narrow, or is none */
export function qrCode(url: string, terminal: Terminal): string | null {
  if (!terminal.isTTY && !terminal.forceQr) return null
  const rows = encodeQR(url, 'raw', { border: QR_BORDER, ecc: 'low' })
  const width = rows[0]?.length ?? 0
  if (terminal.isTTY && terminal.columns < width) return null
  const lines: string[] = []
  for (let y = 0; y < rows.length; y += 2) {
    const line = Array.from({ length: width }, (_, x) => halfBlock(rows[y]?.[x] ?? false, rows[y + 1]?.[x] ?? false)).join('')
    lines.push(terminal.isTTY ? `\u001b[30;107m${line}\u001b[0m` : line)
  }
  return lines.join('\n')
}

const halfBlock = (upper: boolean, lower: boolean): string => (upper ? (lower ? '█' : '▀') : lower ? '▄' : ' ')

/** All that a person needs to know when the server is up. */
export function banner(init: { urls: readonly string[]; dataDirectory: string; networkId: string; pageIsBuilt: boolean }, terminal: Terminal): string {
  const [first = '', ...others] = init.urls
  const lines = [
    '',
    `  Quorumble is running at ${first}`,
    ...others.map(url => `                          ${url}`),
    '',
    '  One port for the page, the relay, the bootstrap list, an archive node and the HTTP API (api/status).',
    `  Network ${init.networkId.slice(0, 16)}, data in ${init.dataDirectory}.`
  ]
  if (!init.pageIsBuilt) lines.push('  The page is not built: run "npm run build", or start with "npm start".')
  if (init.urls.length === 1 && /\/\/(127\.|localhost|\[::1\])/.test(first))
    lines.push('  Only this machine can open it. HOST=0.0.0.0 npm start lets the local network in.')
  lines.push('  Ctrl-C stops it.', '')
  const code = qrCode(first, terminal)
  if (code !== null) lines.push(code, '')
  return lines.join('\n')
}
