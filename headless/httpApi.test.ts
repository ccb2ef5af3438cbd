import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { request } from 'node:http'
import { FakeNode, fakeBlock, fakeCheck, fakeMining, fakeSlices, fakeStatus } from './testing/fakeNode'
import { FrontServer } from './frontServer'
import { createHttpApi, MAX_TICK_AGE_MS } from './httpApi'
import { createMetrics } from './metrics'
import type { HeadlessNode } from './node'
import { RelayGate } from './relayGate'

let node: HeadlessNode | null
let fake: FakeNode
let now = 0
let base = ''
let front: FrontServer

beforeAll(async () => {
  const current = (): HeadlessNode | null => node
  const metrics = createMetrics(current, () => 3)
  front = new FrontServer({ files: new Map(), gate: new RelayGate(() => null), handler: createHttpApi({ node: current, metrics, now: () => now }) })
  base = `http://127.0.0.1:${await front.listen('127.0.0.1', 0)}`
})
afterAll(() => front.close())
beforeEach(() => {
  fake = new FakeNode()
  node = fake
  now = 0
})

const get = async (path: string): Promise<{ status: number; body: Record<string, unknown>; headers: Headers }> => {
  const answer = await fetch(base + path)
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, headers: answer.headers }
}

describe('GET /api', () => {
  it('tells the status, to every origin', async () => {
    const { status, body, headers } = await get('/api/status')
    expect(status).toBe(200)
    expect(body).toEqual(fakeStatus)
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('V073–V087: tells who may make the next block, and what became of own claims', async () => {
    const { body } = await get('/api/mining/status')
    expect(body).toEqual({ ...fakeMining, reason: fakeStatus.reason, reasonCode: 'eligible', candidates: fakeSlices.round?.candidates })
    const demanded = ['next_height', 'current_winner', 'backups', 'my_node_id', 'my_slot', 'eligible', 'sync_state', 'local_height', 'network_height']
    expect(Object.keys(body)).toEqual(
      expect.arrayContaining([...demanded, 'lag_blocks', 'eligible_pool_size', 'ready_peers', 'eligible_streak', 'recent_claims'])
    )
    fake.slicesNow = { ...fakeSlices, round: null }
    fake.miningNow = { ...fakeMining, my_slot: null, network_height: null, sync_state: 'Isolated' }
    expect((await get('/api/mining/status')).body).toMatchObject({ my_slot: null, network_height: null, sync_state: 'Isolated', candidates: [] })
  })

  it.each([
    ['10', 10],
    ['d'.repeat(64), 'd'.repeat(64)],
    ['D'.repeat(64), 'd'.repeat(64)]
  ])('finds block %s', async (id, asked) => {
    expect((await get(`/api/blocks/${id}`)).body).toEqual(fakeBlock)
    expect(fake.asked).toEqual([asked])
  })

  it.each(['11', 'f'.repeat(64)])('answers 404 for block %s, which it does not have', async id => {
    const { status, body } = await get(`/api/blocks/${id}`)
    expect([status, body]).toEqual([404, { code: 'unknown-block', message: 'No such block here.' }])
  })

  it.each(['', 'abc', '-1', '1.5', '0x10', '9'.repeat(17), 'g'.repeat(64), 'd'.repeat(63), '%31', '1%20'])(
    'answers 400 for block id "%s" and never asks the node',
    async id => {
      const { status, body } = await get(`/api/blocks/${id}`)
      expect([status, body.code]).toEqual([400, 'bad-block-id'])
      expect(fake.asked).toEqual([])
    }
  )

  it('hands out proofs as files, and says by a code why there is none (T045)', async () => {
    expect((await get('/api/proof/head')).body).toEqual({ format: 'quorumble-proof' })
    const unknown = await get(`/api/proof/agent/${'00'.repeat(32)}`)
    expect([unknown.status, unknown.body.code]).toEqual([404, 'unknown-agent'])
    const nonsense = await get('/api/proof/nonsense')
    expect([nonsense.status, nonsense.body.code]).toEqual([400, 'bad-subject'])
  })

  it('hands out a block with its witness, and what came of running it without the state (T041)', async () => {
    const found = await get('/api/witness/10')
    expect(found.status).toBe(200)
    expect(found.body).toEqual({ networkId: 'a'.repeat(64), check: fakeCheck, witness: '07ff' })
    const gone = await get('/api/witness/9')
    expect([gone.status, gone.body.code]).toEqual([404, 'state-gone'])
    const nonsense = await get('/api/witness/nonsense')
    expect([nonsense.status, nonsense.body.code]).toEqual([400, 'bad-block-id'])
  })

  it.each(['/api', '/api/', '/api/nothing', '/api/status/', '/api/blocks/1/2'])('answers 404 at %s', async path => {
    const { status, body, headers } = await get(path)
    expect([status, body.code]).toEqual([404, 'no-such-endpoint'])
    expect(headers.get('access-control-allow-origin')).toBe('*')
  })

  it('answers 503 while the node starts', async () => {
    node = null
    const { status, body } = await get('/api/status')
    expect([status, body.code]).toEqual([503, 'starting'])
  })
})

describe('GET /api/bootstrap', () => {
  const bootstrap = (headers: Record<string, string>): Promise<{ status: number; body: unknown }> =>
    new Promise((resolve, reject) => {
      const sent = request(`${base}/api/bootstrap`, { headers }, response => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) }))
      })
      sent.on('error', reject)
      sent.end()
    })

  it.each([
    [{ host: '127.0.0.1:8080' }, '/ip4/127.0.0.1/tcp/8080/ws/p2p/12D3KooWFake'],
    [{ host: 'class.test:9000' }, '/dns4/class.test/tcp/9000/ws/p2p/12D3KooWFake'],
    [{ host: 'LOCALHOST' }, '/dns4/localhost/tcp/80/ws/p2p/12D3KooWFake'],
    [{ host: '[::1]:8080' }, '/ip6/::1/tcp/8080/ws/p2p/12D3KooWFake'],
    [{ host: 'room.example', 'x-forwarded-proto': 'https' }, '/dns4/room.example/tcp/443/tls/ws/p2p/12D3KooWFake']
  ])('names the relay under the address the client used (%j)', async (headers, relay) => {
    expect(await bootstrap(headers)).toEqual({ status: 200, body: { networkId: 'a'.repeat(64), genesis: '0102ff', relays: [relay], version: '0.1.0' } })
  })

  it.each(['a/b', 'a b', '<script>', 'x:0', 'x:99999', '1.2.3', '::1', '[zz]', 'a..b', '-a', `${'a'.repeat(64)}.test`, 'a@b'])(
    'refuses the Host "%s"',
    async host => {
      expect(await bootstrap({ host })).toMatchObject({ status: 400, body: { code: 'bad-host' } })
    }
  )
})

describe('GET /healthz', () => {
  it('is 200 while the node ticks', async () => {
    now = MAX_TICK_AGE_MS
    expect(await get('/healthz')).toMatchObject({ status: 200, body: { ok: true, height: 12, finalHeight: 10 } })
  })

  it('is 503 with the reason when it does not', async () => {
    now = MAX_TICK_AGE_MS + 1
    expect(await get('/healthz')).toMatchObject({ status: 503, body: { code: 'stalled' } })
    node = null
    expect(await get('/healthz')).toMatchObject({ status: 503, body: { code: 'starting' } })
  })
})

describe('GET /metrics', () => {
  it("shows the node's numbers as they are now, and the process's", async () => {
    const text = await (await fetch(`${base}/metrics`)).text()
    for (const line of [
      'quorumble_height 12',
      'quorumble_final_height 10',
      'quorumble_finality_lag_blocks 2',
      'quorumble_mempool_transactions 5',
      'quorumble_peers{transport="webrtc"} 1',
      'quorumble_peers{transport="websocket"} 2',
      'quorumble_round_votes{rank="2"} 3',
      'quorumble_messages_by_verdict{verdict="reject"} 1',
      'quorumble_deliveries_failed{topic="announce"} 1',
      'quorumble_messages_refused_by_reason{reason="too-large"} 1',
      'quorumble_events{event="votesCast"} 9',
      'quorumble_relay_sockets 3'
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    expect(text).toContain('process_cpu_user_seconds_total')
  })

  it('V129–V133, V144: the numbers of mining, the histogram cumulative as Prometheus wants it, and no block counted twice', async () => {
    const lines = async (): Promise<string[]> => (await (await fetch(`${base}/metrics`)).text()).split('\n')
    const expected = (more: number): string[] => [
      'quorumble_mining_eligible_nodes 8',
      'quorumble_mining_my_slot 2',
      'quorumble_mining_claims_total 4',
      'quorumble_mining_blocks_produced 3',
      `quorumble_mining_slot_distribution_bucket{le="0"} ${5 + more}`,
      `quorumble_mining_slot_distribution_bucket{le="1"} ${7 + more}`,
      `quorumble_mining_slot_distribution_bucket{le="6"} ${8 + more}`,
      `quorumble_mining_slot_distribution_bucket{le="+Inf"} ${9 + more}`,
      `quorumble_mining_slot_distribution_count ${9 + more}`
    ]
    expect(await lines()).toEqual(expect.arrayContaining(expected(0)))
    expect(await lines()).toEqual(expect.arrayContaining(expected(0)))
    fake.miningNow = { ...fakeMining, winning_slots: [8, 2, 0, 0, 0, 0, 1, 1] }
    expect(await lines()).toEqual(expect.arrayContaining(expected(3)))
    fake.miningNow = { ...fakeMining, my_slot: null }
    expect(await lines(), 'no slot is no number').toContain('quorumble_mining_my_slot -1')
  })

  it('answers before the node is there', async () => {
    node = null
    expect((await fetch(`${base}/metrics`)).status).toBe(200)
  })
})
