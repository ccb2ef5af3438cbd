import { describe, expect, it } from 'vitest'
import { agentGlyph, GLYPHS } from './glyphs'
import { fakeHash } from './testing/fakeBackend'

describe('agentGlyph', () => {
  it('is a pure function of the public key', () => {
    // The last four bytes decide: 0x10 % 6 = 4.
    expect(agentGlyph('ff'.repeat(28) + '00000010')).toBe(GLYPHS[4])
    expect(agentGlyph('00'.repeat(28) + '00000010')).toBe(GLYPHS[4])
  })

  it('gives each of the six shapes its share of 6,000 keys', () => {
    const counts = new Map(GLYPHS.map(glyph => [glyph.id, 0]))
    for (let i = 0; i < 6000; i++) {
      const { id } = agentGlyph(fakeHash(`key ${i}`))
      counts.set(id, counts.get(id)! + 1)
    }
    expect(GLYPHS).toHaveLength(6)
    for (const count of counts.values()) expect(count).toBeGreaterThan(850)
  })

  it('has a stable glyph for a peer whose key is not known', () => {
    expect(agentGlyph('')).toBe(GLYPHS[0])
    expect(agentGlyph('not hex')).toBe(GLYPHS[0])
  })
})
