/**
 * An agent in a link: configuration and script, deflated, in the characters that a hash carries as they are. Everything in it is somebody else's: it is bounded while it is unpacked, and
 * only shown until the person takes it.
 */
import type { AgentProgram } from '../../agent/config/config'

/** Characters of JSON that a link may unpack to: the longest file and script. A few bytes can claim to hold more; they are cut off. */
export const UNPACKED_LENGTH = 64_000

/** @returns what goes behind `#/agent/shared/` */
export async function pack({ toml, script }: AgentProgram): Promise<string> {
  const plain = new Blob([JSON.stringify(script === null ? { toml } : { toml, script })])
  const packed = new Uint8Array(await new Response(plain.stream().pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer())
  return btoa(Array.from(packed, byte => String.fromCharCode(byte)).join(''))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

/** @returns null for what is no agent. Never rejects. */
export async function unpack(text: string): Promise<AgentProgram | null> {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), character => character.charCodeAt(0))
    const json = await bounded(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')))
    const { toml, script = null } = JSON.parse(json ?? 'null') as Record<string, unknown>
    return typeof toml === 'string' && (script === null || typeof script === 'string') ? { toml, script } : null
  } catch {
    return null
  }
}

/** @returns null when there is more than UNPACKED_LENGTH of it */
async function bounded(stream: ReadableStream<Uint8Array>): Promise<string | null> {
  const reader = stream.getReader()
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    text += decoder.decode(value, { stream: true })
    if (text.length <= UNPACKED_LENGTH) continue
    await reader.cancel()
    return null
  }
}
