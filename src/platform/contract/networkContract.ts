import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Delivery, Network, NetworkHandlers, PeerLink, Topic, Verdict } from '../../node/ports'
import { RequestError } from '../../node/ports'

/** What an adapter under test must say of itself. */
export interface NetworkFixture {
  /** Networks of different peers in one room, in any topology that connects them, not started. */
  create(count: number): Promise<Network[]>
  /** Three networks in a row, so that a message from the first reaches the last only by forwarding; null if every peer hears every other. */
  createLine: (() => Promise<Network[]>) | null
  /** Called after the networks of a test were stopped. */
  dispose(): Promise<void>
  /** The largest request that must pass. */
  maxRequestBytes: number
}

/** Generous, because a wait ends as soon as its condition holds; only a failure takes this long. */
const PATIENCE_MS = 20_000
const eventually = { timeout: PATIENCE_MS, interval: 20 }
/** A request across processes on a busy machine. */
const REQUEST_MS = 10_000

interface Heard {
  from: string
  topic: Topic
  text: string
}

/** A network with what came in over it. */
class Peer {
  readonly heard: Heard[] = []
  readonly linkLists: PeerLink[][] = []
  verdict: Verdict = 'accept'
  answer: (from: string, bytes: Uint8Array) => Promise<Uint8Array> = async (_from, bytes) => bytes

  constructor(readonly network: Network) {}

  get id(): string {
    return this.network.peerId
  }

  start(): Promise<void> {
    const handlers: NetworkHandlers = {
      onGossip: async (from, topic, bytes) => {
        this.heard.push({ from, topic, text: new TextDecoder().decode(bytes) })
        return this.verdict
      },
      onRequest: (from, bytes) => this.answer(from, bytes),
      onLinks: links => this.linkLists.push(links)
    }
    return this.network.start(handlers)
  }

  texts(): string[] {
    return this.heard.map(({ text }) => text)
  }

  say(text: string, topic: Topic = 'announce'): Promise<Delivery> {
    return this.network.publish(topic, new TextEncoder().encode(text))
  }

  sees(other: Peer): boolean {
    return this.network.links().some(({ peerId }) => peerId === other.id)
  }
}

/** The port `Network`: every adapter runs this suite (TESTING "contract"). */
export function networkContract(name: string, fixture: NetworkFixture): void {
  describe(`${name} keeps the contract of Network`, () => {
    let peers: Peer[] = []

    const start = async (networks: Network[]): Promise<Peer[]> => {
      peers = networks.map(network => new Peer(network))
      await Promise.all(peers.map(peer => peer.start()))
      return peers
    }

    /** Starts peers and waits until a message of each reaches each other. */
    const room = async (count: number): Promise<Peer[]> => {
      await start(await fixture.create(count))
      await hearEachOther(peers, peers, 'hello')
      return peers
    }

    afterEach(async () => {
      await Promise.all(peers.map(({ network }) => network.stop()))
      await fixture.dispose()
      peers = []
    })

    it('delivers to every other peer, on the topic it was published on, and never to the author', async () => {
      const [a, b, c] = (await room(3)) as [Peer, Peer, Peer]
      void a.say('a vote', 'vote')
      void a.say('a transaction', 'tx')
      for (const peer of [b, c]) {
        await vi.waitFor(() => expect(peer.texts()).toEqual(expect.arrayContaining(['a vote', 'a transaction'])), eventually)
        expect(peer.heard.find(({ text }) => text === 'a vote')?.topic).toBe('vote')
        expect(peer.heard.find(({ text }) => text === 'a transaction')?.topic).toBe('tx')
      }
      expect(a.texts()).not.toContain('a vote')
    })

    it('V054: tells whom a message was handed to, and whom not', async () => {
      const [a, b, c] = (await room(3)) as [Peer, Peer, Peer]
      // Others may be there, too: a relay is a peer.
      await vi.waitFor(async () => expect((await a.say('to all')).sent).toEqual(expect.arrayContaining([b.id, c.id])), eventually)
      a.network.cut([c.id])
      const { sent, failed } = await a.say('to one')
      expect([sent.includes(b.id), sent.includes(c.id)]).toEqual([true, false])
      // A cut link may be down by now, and then there is nobody to fail.
      expect([c.id]).toEqual(expect.arrayContaining([...failed]))
      await vi.waitFor(() => expect(b.texts()).toContain('to one'), eventually)
    })

    it('delivers the same bytes again when they are published again (R7)', async () => {
      const [a, b] = (await room(2)) as [Peer, Peer]
      void a.say('once')
      await vi.waitFor(() => expect(b.texts()).toContain('once'), eventually)
      void a.say('once')
      await vi.waitFor(() => expect(b.texts().filter(text => text === 'once')).toHaveLength(2), eventually)
    })

    it('answers a request, with the asker named', async () => {
      const [a, b] = (await room(2)) as [Peer, Peer]
      b.answer = async (from, bytes) => new TextEncoder().encode(`${from} asked ${new TextDecoder().decode(bytes)}`)
      const answer = await a.network.request(b.id, new TextEncoder().encode('what?'), REQUEST_MS)
      expect(new TextDecoder().decode(answer)).toBe(`${a.id} asked what?`)
    })

    it('carries the largest request and a large answer, byte for byte', async () => {
      const [a, b] = (await room(2)) as [Peer, Peer]
      const request = Uint8Array.from({ length: fixture.maxRequestBytes }, (_, index) => index * 7)
      const large = Uint8Array.from({ length: 3 * 1024 * 1024 }, (_, index) => index * 13)
      let received = new Uint8Array()
      b.answer = async (_from, bytes) => {
        received = bytes.slice()
        return large
      }
      const answer = await a.network.request(b.id, request, REQUEST_MS)
      expect(Buffer.compare(received, request)).toBe(0)
      expect(Buffer.compare(answer, large)).toBe(0)
    })

    it('rejects a request with a code: unreachable, timeout, refused, too-large', async () => {
      const [a, b] = (await room(2)) as [Peer, Peer]
      const ask = (peer: string, bytes: Uint8Array, ms = REQUEST_MS) => a.network.request(peer, bytes, ms).then(() => 'answered', codeOf)
      expect(await ask('12D3KooWDpJ7As7BWAwRMfu1VU2WCqNjvq387JEYKDBj4kx6nXTN', Uint8Array.of(1))).toBe('unreachable')
      b.answer = () => new Promise(() => undefined)
      expect(await ask(b.id, Uint8Array.of(1), 150)).toBe('timeout')
      b.answer = () => Promise.reject(new Error('not for you'))
      expect(await ask(b.id, Uint8Array.of(1))).toBe('refused')
      expect(await ask(b.id, new Uint8Array(fixture.maxRequestBytes + 1))).toBe('too-large')
      b.answer = async () => new Uint8Array(4 * 1024 * 1024 + 1)
      expect(await ask(b.id, Uint8Array.of(1))).toBe('too-large')
      b.answer = async (_from, bytes) => bytes
      expect(await ask(b.id, Uint8Array.of(1))).toBe('answered')
    })

    it('answers many requests at once', async () => {
      const [a, b] = (await room(2)) as [Peer, Peer]
      const answers = await Promise.all(Array.from({ length: 12 }, (_, index) => a.network.request(b.id, Uint8Array.of(index), REQUEST_MS)))
      expect(answers.map(([first]) => first)).toEqual(Array.from({ length: 12 }, (_, index) => index))
    })

    it('lists its links, and tells of each change', async () => {
      const [a, b] = (await room(2)) as [Peer, Peer]
      await vi.waitFor(() => expect(a.sees(b) && b.sees(a)).toBe(true), eventually)
      const link = a.network.links().find(({ peerId }) => peerId === b.id)!
      expect(['webrtc', 'websocket', 'tab', 'relayed']).toContain(link.transport)
      expect(link.since).toBeGreaterThan(Date.now() - 2 * PATIENCE_MS)
      expect(a.linkLists.at(-1)).toEqual(a.network.links())
      await b.network.stop()
      await vi.waitFor(() => expect(a.linkLists.at(-1)?.some(({ peerId }) => peerId === b.id)).toBe(false), eventually)
      expect(a.sees(b)).toBe(false)
    })

    it('drops everything to and from cut peers, though only one side cuts, and heals', async () => {
      const [a, b, c] = (await room(3)) as [Peer, Peer, Peer]
      // Whatever stands between a and b in this topology must not carry it around either: c forwards nothing.
      c.verdict = 'ignore'
      a.network.cut([b.id])
      // So far b and c may have heard each other through a only: they repeat until the link of their own is ready.
      await hearEachOther([a, b], [c], 'cut')
      expect(await a.network.request(b.id, Uint8Array.of(1), 500).then(() => 'answered', codeOf)).not.toBe('answered')
      expect(await b.network.request(a.id, Uint8Array.of(1), 500).then(() => 'answered', codeOf)).not.toBe('answered')
      // Requests went unanswered meanwhile; what was published before them had all the time to arrive.
      expect(a.texts()).not.toContain(`cut from ${b.id}`)
      expect(b.texts()).not.toContain(`cut from ${a.id}`)
      a.network.cut([])
      c.verdict = 'accept'
      await hearEachOther([a], [b], 'healed')
      await vi.waitFor(async () => expect(await a.network.request(b.id, Uint8Array.of(9), REQUEST_MS)).toEqual(Uint8Array.of(9)), eventually)
      await vi.waitFor(async () => expect(await b.network.request(a.id, Uint8Array.of(8), REQUEST_MS)).toEqual(Uint8Array.of(8)), eventually)
    })

    it.runIf(fixture.createLine)('forwards a message only after it was accepted', async () => {
      const [a, b, c] = (await start(await fixture.createLine!())) as [Peer, Peer, Peer]
      await hearEachOther(peers, peers, 'hello')
      b.verdict = 'ignore'
      void a.say('ignored in the middle')
      await vi.waitFor(() => expect(b.texts()).toContain('ignored in the middle'), eventually)
      b.verdict = 'accept'
      void a.say('accepted in the middle')
      await vi.waitFor(() => expect(c.texts()).toContain('accepted in the middle'), eventually)
      expect(c.texts()).not.toContain('ignored in the middle')
      expect(c.heard.find(({ text }) => text === 'accepted in the middle')?.from).toBe(b.id)
    })
  })
}

/** Repeats a greeting until it got through: a room takes a moment to come together, and the port may lose messages. */
async function hearEachOther(speakers: Peer[], listeners: Peer[], greeting: string): Promise<void> {
  const text = (peer: Peer) => `${greeting} from ${peer.id}`
  await vi.waitFor(
    () => {
      for (const speaker of speakers) {
        const deaf = listeners.filter(listener => listener !== speaker && !listener.texts().includes(text(speaker)))
        if (deaf.length > 0) void speaker.say(text(speaker))
        expect(deaf.map(({ id }) => id)).toEqual([])
      }
    },
    { timeout: PATIENCE_MS, interval: 100 }
  )
}

function codeOf(error: unknown): string {
  expect(error).toBeInstanceOf(RequestError)
  return (error as RequestError).code
}
