/** Memes and alliances between real nodes on a table: from what a person asks for to what everybody sees. */
import { beforeEach, describe, expect, it } from 'vitest'
import type { TransactionIntent } from '../../bridge/api'
import type { MemeDraft } from '../../bridge/memes'
import { toHex } from '../../core/bytes'
import { decodeMessage } from '../../core/wire'
import { VerificationCache } from '../../core/crypto/verificationCache'
import { createSyncVerifier } from '../../core/crypto/verifier'
import { TX_MEME } from '../../core/state/transactions'
import { createNodeFast } from '../../platform/crypto/nodeFast'
import { Narrator } from '../narrator'
import { NodeTable } from '../testing/table'
import { Gallery } from './gallery'
import { parseSocialIntent } from './intents'
import { SocialBook } from './socialView'

const verifier = createSyncVerifier({ cache: new VerificationCache(), fast: createNodeFast() })
const NODES = 4

let table: NodeTable
beforeEach(() => {
  table = new NodeTable({ verify: check => verifier.verify(check), founders: NODES, parameters: { minCommittee: 1, heartbeatTtl: 100_000 } })
  table.run(3000)
})

const keyOf = (node: number) => table.cores[node]!.publicKey
const hexOf = (node: number) => toHex(keyOf(node))
const galleryOf = (node: number) =>
  new Gallery(table.cores[node]!, {
    range: async (from, count) => [...table.disks[node]!.blocks.values()].filter(({ height }) => height >= from && height < from + count)
  })
const socialOf = (node: number) => new SocialBook(table.cores[node]!).view()
const draftOf = (text: string, change: Partial<MemeDraft> = {}): MemeDraft => ({
  content: { format: 'text', text },
  caption: 'so true',
  tags: ['fork'],
  references: [],
  targets: [],
  ...change
})

/** As the runtime does it. @returns the code of the refusal, or null */
function ask(node: number, intent: TransactionIntent): string | null {
  const parsed = parseSocialIntent(intent as Parameters<typeof parseSocialIntent>[0], keyOf(node))
  if (!parsed.ok) return parsed.code
  table.submit(node, parsed.value)
  const { result } = table.submitted.at(-1)!
  return result.ok ? null : result.code
}

/** What this node's feed says of memes and alliances, oldest first. */
function toldTo(node: number) {
  const narrator = new Narrator('owner')
  for (const event of table.events[node]!) if (event.kind === 'social') narrator.tell(table.cores[node]!, event, 0)
  return narrator.since(0)
}

async function only(node: number) {
  const page = await galleryOf(node).page(null)
  if (!page.ok || page.value.memes.length !== 1) throw new Error('one meme is on the chain')
  return page.value.memes[0]!
}

describe('a meme', () => {
  it('is inspected before it is sent, and is on every node what the inspection said (P058, D-03, D-04)', async () => {
    const draft = draftOf('Roses are red,\nblocks are final')
    const looked = galleryOf(0).inspect(draft)
    if (!looked.ok) throw new Error(looked.code)
    expect(looked.value).toMatchObject({ sizeBytes: 31, published: false, quality: { creativity: 1000, relevance: 0, virality: 300, quality: 390 } })
    expect(ask(0, { kind: 'meme', draft, attach: false })).toBeNull()
    table.run(8000)
    for (let node = 0; node < NODES; node++) {
      const meme = await only(node)
      expect(meme).toMatchObject({
        id: looked.value.id,
        content: draft.content,
        caption: 'so true',
        tags: ['fork'],
        creator: hexOf(0),
        mine: node === 0,
        final: true,
        quality: looked.value.quality
      })
      expect(meme.suggestion === null).toBe(node === 0)
    }
    expect(galleryOf(1).inspect(draft)).toMatchObject({ ok: true, value: { published: true } })
    expect(ask(1, { kind: 'meme', draft, attach: false })).toBe('already-published')
  })

  it('attached, stays with its maker until that makes a block, and is in this one (P002)', async () => {
    expect(ask(2, { kind: 'meme', draft: draftOf('patience'), attach: true })).toBeNull()
    const spoken = () =>
      table.published.filter(({ bytes }) => {
        const message = decodeMessage(bytes, ['transaction'])
        return message.ok && message.value.value.kind === TX_MEME
      })
    table.run(30_000)
    const shown = table.published.findIndex(({ bytes }) => {
      const message = decodeMessage(bytes, ['announce'])
      return message.ok && message.value.value.body[0]?.some(({ kind }) => kind === TX_MEME) === true
    })
    expect(table.published[shown]?.node).toBe(2)
    // Should that block have lost its place, the meme was handed on like any other, and not before.
    for (const message of spoken()) expect(table.published.indexOf(message)).toBeGreaterThan(shown)
    expect((await only(0)).final).toBe(true)
  })

  it('is answered once by each, never by its maker, and a remix counts as an answer (T031, F-20)', async () => {
    ask(0, { kind: 'meme', draft: draftOf('original'), attach: false })
    table.run(8000)
    const { id } = await only(0)
    expect(ask(1, { kind: 'react', meme: id, reaction: 'love' })).toBeNull()
    expect(ask(2, { kind: 'react', meme: id, reaction: 'neutral' })).toBeNull()
    expect(ask(0, { kind: 'react', meme: id, reaction: 'love' })).toBe('own-meme')
    expect(ask(3, { kind: 'meme', draft: draftOf('answer', { references: [id] }), attach: false })).toBeNull()
    table.run(8000)
    expect(ask(1, { kind: 'react', meme: id, reaction: 'like' })).toBe('already-reacted')
    const seen = await galleryOf(1).meme(id)
    if (!seen.ok) throw new Error(seen.code)
    expect(seen.value).toMatchObject({ reactions: { love: 1, like: 0, neutral: 1, dislike: 0 }, myReaction: 'love' })
    expect(seen.value.referredBy).toHaveLength(1)
    expect(seen.value.virality).toBe(300 + 3 * 200)
    expect(seen.value.influence).toBeGreaterThan(0)
    // D-14: love is +60, a neutral word moves nothing, and a reference counts as a like.
    const trust = new Map(
      socialOf(0)
        .trust.filter(({ to }) => to === hexOf(0))
        .map(({ from, trust: value }) => [from, value])
    )
    expect(trust).toEqual(
      new Map([
        [hexOf(1), 60],
        [hexOf(3), 30]
      ])
    )
  })

  it('is told by every feed with its block, and one that carries many by the first four', () => {
    ask(0, { kind: 'meme', draft: draftOf('hello', { caption: 'see #1' }), attach: false })
    table.run(8000)
    for (let node = 0; node < NODES; node++) {
      const [told, ...more] = toldTo(node)
      expect(more).toEqual([])
      expect(told).toMatchObject({ kind: 'social', agents: [hexOf(0)] })
      expect(told!.text).toMatch(new RegExp(`^#${told!.height}: .+ publishes a meme \\(text\\): “see #1”\\.$`))
    }
    for (let i = 0; i < 20; i++) expect(ask(1, { kind: 'meme', draft: draftOf(`meme ${i}`), attach: false })).toBeNull()
    table.run(8000)
    const perBlock = new Map<number, number>()
    for (const { height } of toldTo(2)) perBlock.set(height!, (perBlock.get(height!) ?? 0) + 1)
    expect(Math.max(...perBlock.values())).toBe(4)
  })

  it('pages from the newest to the oldest, each once', async () => {
    const count = 30
    for (let i = 0; i < count; i++) expect(ask(i % NODES, { kind: 'meme', draft: draftOf(`meme ${i}`), attach: false })).toBeNull()
    table.run(20_000)
    const numbers: number[] = []
    for (let before: number | null = null; ;) {
      const page = await galleryOf(3).page(before)
      if (!page.ok) throw new Error(page.code)
      expect(page.value.total).toBe(count)
      numbers.push(...page.value.memes.map(({ number }) => number))
      before = page.value.next
      if (before === null) break
    }
    expect(numbers).toEqual(Array.from({ length: count }, (_, i) => count - 1 - i))
  })

  it.each<[string, TransactionIntent, string]>([
    ['a reaction without a name', { kind: 'react', meme: 'ab'.repeat(32), reaction: 'adore' as never }, 'bad-meme'],
    ['a reference as a reaction', { kind: 'react', meme: 'ab'.repeat(32), reaction: 'reference' as never }, 'bad-meme'],
    ['a meme that is none', { kind: 'react', meme: 'zz', reaction: 'love' }, 'bad-meme'],
    ['an unknown meme', { kind: 'react', meme: 'ab'.repeat(32), reaction: 'love' }, 'unknown-meme'],
    ['an unknown alliance', { kind: 'accept-alliance', alliance: 'ab'.repeat(32) }, 'unknown-alliance'],
    ['an empty draft', { kind: 'meme', draft: draftOf(''), attach: false }, 'empty-text']
  ])('%s is refused with a code', (_, intent, code) => expect(ask(1, intent)).toBe(code))
})

describe('an alliance (P061–P072)', () => {
  /** To a node that is suggested to node 0, on the suggested terms. */
  function propose() {
    const [best] = socialOf(0).suggestions
    if (best === undefined) throw new Error('somebody is suggested')
    expect(ask(0, { kind: 'propose-alliance', members: [best.publicKey], purpose: 'blockProduction', label: '', terms: best.terms })).toBeNull()
    table.run(6000)
    return { best, target: [0, 1, 2, 3].find(node => hexOf(node) === best.publicKey)! }
  }

  it('is offered on the suggested terms, an hour long, signed by the other, and known to all', () => {
    const { best, target } = propose()
    expect(best.terms.durationBlocks).toBe(Math.ceil(3_600_000 / table.network.genesis.config.blockIntervalMs))
    const [offer] = socialOf(target).alliances
    expect(offer).toMatchObject({ status: 'offered', purpose: 'blockProduction', mine: true, signedByMe: false, terms: best.terms })
    // P064: whom one has asked is not suggested again.
    expect(socialOf(0).suggestions.some(({ publicKey }) => publicKey === best.publicKey)).toBe(false)
    expect(ask(target, { kind: 'accept-alliance', alliance: offer!.id })).toBeNull()
    table.run(6000)
    for (let node = 0; node < NODES; node++) {
      const { alliances, drama } = socialOf(node)
      expect(alliances[0]).toMatchObject({ id: offer!.id, status: 'active', mine: node === 0 || node === target })
      expect(drama[0]).toMatchObject({ kind: 'alliance-formed', refs: [offer!.id] })
      expect(toldTo(node).map(({ text }) => text)).toEqual([
        expect.stringContaining(' proposes an alliance to '),
        expect.stringContaining(' accepts an alliance.')
      ])
    }
  })

  it('that is broken costs reputation and trust, and everybody reads of it', () => {
    const { target } = propose()
    const [offer] = socialOf(target).alliances
    ask(target, { kind: 'accept-alliance', alliance: offer!.id })
    table.run(6000)
    const before = table.cores[0]!.agent(keyOf(target))!.reputation
    expect(ask(target, { kind: 'break-alliance', alliance: offer!.id })).toBeNull()
    table.run(6000)
    expect(table.cores[0]!.agent(keyOf(target))!.reputation).toBe(before - offer!.terms.breakPenalty)
    const { alliances, drama, trust } = socialOf(0)
    expect(alliances[0]).toMatchObject({ status: 'broken', brokenBy: hexOf(target) })
    expect(drama[0]).toMatchObject({ kind: 'alliance-broken', participants: [hexOf(target), hexOf(0)] })
    expect(trust.find(({ from, to }) => from === hexOf(0) && to === hexOf(target))!.trust).toBe(200 - 400)
  })

  it('that is declined has never been, and costs nobody anything', () => {
    const { target } = propose()
    const [offer] = socialOf(target).alliances
    expect(ask(target, { kind: 'decline-alliance', alliance: offer!.id })).toBeNull()
    table.run(6000)
    expect(socialOf(0).alliances[0]).toMatchObject({ status: 'lapsed', brokenBy: null })
    expect(socialOf(0).trust).toEqual([])
    expect(ask(target, { kind: 'accept-alliance', alliance: offer!.id })).toBe('not-open')
  })
})
