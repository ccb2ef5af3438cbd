import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseRoute } from '../routes'
import { pack, unpack, UNPACKED_LENGTH } from './share'

const deflate = async (text: string): Promise<string> => {
  const packed = await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'))).arrayBuffer()
  return Buffer.from(packed).toString('base64url')
}

describe('an agent in a link', () => {
  it('comes back as it was, through the address bar', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), fc.option(fc.string({ unit: 'grapheme' })), async (toml, script) => {
        const route = parseRoute(`#/agent/shared/${await pack({ toml, script })}`)
        expect(route).toMatchObject({ screen: 'agent' })
        expect(await unpack((route as { shared: string }).shared)).toEqual({ toml, script })
      }),
      { numRuns: 50 }
    )
  })

  it('what is none gives nothing, and takes no longer for it', async () => {
    for (const text of ['', 'x', '!!!', await deflate('null'), await deflate('[]'), await deflate('{"toml":1}'), await deflate('{"toml":"","script":{}}')])
      expect(await unpack(text)).toBeNull()
    await fc.assert(
      fc.asyncProperty(fc.base64String(), async text => {
        const found = await unpack(text)
        if (found !== null) expect(typeof found.toml).toBe('string')
      })
    )
  })

  it('a few bytes that claim to be megabytes are cut off', async () => {
    const bomb = await deflate(JSON.stringify({ toml: '#'.repeat(50 * UNPACKED_LENGTH) }))
    expect(bomb.length).toBeLessThan(UNPACKED_LENGTH / 4)
    expect(await unpack(bomb)).toBeNull()
  })
})
