import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { FamilyRules } from '../../bridge/views'
import { NO_SERVER, type Bootstrap } from '../bootstrap'
import { quorumbleConsole } from '../console'
import { FakeWorlds, INTERVAL_MS } from '../testing/fakeBackend'
import { AgentPrograms } from './agentPrograms'
import { EVENTS_KEPT, NodeState, ROUNDS_KEPT } from './nodeState.svelte'
import { Session, UPDATE_LISTENERS } from './session.svelte'
import { Settings } from './settings.svelte'
import { FIRST_RULES, rulesOf, seedOf, simulationQuery } from './simState.svelte'

const SERVER: Bootstrap = { networkId: 'aa'.repeat(32), genesis: '0102', relays: ['/server'], iceServers: [] }

class MemoryStorage implements Pick<Storage, 'getItem' | 'setItem'> {
  readonly items = new Map<string, string>()
  getItem = (key: string) => this.items.get(key) ?? null
  setItem = (key: string, value: string) => void this.items.set(key, value)
}

let worlds: FakeWorlds
let storage: MemoryStorage
const settingsOf = (search = '') => new Settings(storage as unknown as Storage, search)

function session(server: Bootstrap = SERVER, search = '', rules: FamilyRules | null = null): Session {
  return new Session({
    backend: worlds.backend(),
    bootstrap: async () => server,
    rtcWire: async () => null,
    programs: async () => new AgentPrograms(storage as unknown as Storage),
    keepData: null,
    page: { secureContext: true, origin: 'http://host' },
    settings: settingsOf(search),
    small: false,
    seed: 0x7f3,
    rules
  })
}

beforeEach(() => {
  worlds = new FakeWorlds()
  storage = new MemoryStorage()
})

describe('a tab from visitor to node', () => {
  it('shows the simulation before, the live node after', async () => {
    const tab = session()
    await tab.watch()
    expect(tab.sim.nodes).toHaveLength(5)
    expect(tab.view).toBe(tab.sim)
    await tab.join()
    expect(tab.phase).toBe('live')
    expect(tab.view).toBe(tab.node)
    expect(tab.view.agents).toHaveLength(6)
  })

  it('joins the server’s network with its genesis and relays', async () => {
    await session().join()
    expect(worlds.options).toMatchObject({
      networkId: SERVER.networkId,
      genesis: SERVER.genesis,
      relays: ['/server'],
      name: null,
      page: { secureContext: true, origin: 'http://host' }
    })
  })

  it('leaves network and genesis open where there is no server', async () => {
    await session(NO_SERVER).join()
    expect(worlds.options).toMatchObject({ networkId: null, genesis: null, relays: [] })
  })

  it('joins exactly the room of a link, through its relays first, and never with another network’s genesis', async () => {
    const room = { networkId: 'bb'.repeat(32), relays: ['/room'] }
    await session().join(room, 'Moth-42')
    expect(worlds.options).toMatchObject({ networkId: room.networkId, genesis: null, relays: ['/room', '/server'], name: 'Moth-42' })
  })

  it('begins light at the checkpoint of a link, also after a refresh, until the person begins at genesis', async () => {
    const checkpoint = { height: 33, hash: 'cc'.repeat(32) }
    const tab = session()
    await tab.join({ networkId: 'bb'.repeat(32), relays: [], checkpoint })
    expect(worlds.options).toMatchObject({ checkpoint, role: 'light' })
    const after = session()
    await after.join()
    expect(worlds.options).toMatchObject({ checkpoint, role: 'light' })
    after.forgetCheckpoint()
    await after.restart()
    expect(worlds.options).toMatchObject({ checkpoint: null, networkId: 'bb'.repeat(32) })
  })

  it('a checkpoint that its own chain contradicts is refused once, and not tried again', async () => {
    worlds.refuse = { ok: false, code: 'checkpoint-contradicts', message: 'two chains' }
    const tab = session()
    await tab.join({ networkId: 'bb'.repeat(32), relays: [], checkpoint: { height: 33, hash: 'cc'.repeat(32) } })
    expect(tab).toMatchObject({ phase: 'failed', failure: { code: 'checkpoint-contradicts' } })
    worlds.refuse = null
    await tab.join()
    expect(worlds.options).toMatchObject({ checkpoint: null, networkId: 'bb'.repeat(32) })
  })

  it('comes back to the same room and under the same name after a refresh', async () => {
    await session().join({ networkId: 'bb'.repeat(32), relays: ['/room'] })
    expect(settingsOf()).toMatchObject({ wasNode: true, name: worlds.live.status(0).name, room: { networkId: 'bb'.repeat(32), relays: ['/room'] } })
    await session().join()
    expect(worlds.options?.networkId).toBe('bb'.repeat(32))
  })

  it('says why it could not start, keeps the simulation, and can try again', async () => {
    worlds.refuse = { ok: false, code: 'denied', message: 'Storage is denied. Allow it and try again.' }
    const tab = session()
    await tab.watch()
    await tab.join()
    expect(tab.phase).toBe('failed')
    expect(tab.failure?.message).toBe('Storage is denied. Allow it and try again.')
    expect(tab.view).toBe(tab.sim)
    expect(tab.settings.wasNode).toBe(false)
    worlds.refuse = null
    await tab.join()
    expect(tab.phase).toBe('live')
  })

  it('stops: back to the simulation, and not a node at the next visit', async () => {
    const tab = session()
    await tab.join()
    await tab.stop()
    expect(tab.phase).toBe('simulation')
    expect(tab.api).toBeNull()
    expect(settingsOf().wasNode).toBe(false)
    expect(tab.sim.nodes).toHaveLength(5)
  })

  it('uses the transports of the address before those that were stored', async () => {
    const tab = session(SERVER, '?transports=relay')
    await tab.join()
    expect(worlds.options?.transports).toEqual({ tab: false, webrtc: false, relay: true })
  })
})

describe('the family of the simulation', () => {
  const LEADER = { family: 'midnight', mode: 'leader' }
  const SPACE = { family: 'spacetime', mode: 'space' }

  it('is midnight for who has never chosen', async () => {
    const tab = session()
    await tab.watch()
    expect(worlds.simStarts).toHaveLength(1)
    expect(worlds.simStarts[0]).toMatchObject({ ...FIRST_RULES, seed: 0x7f3 })
  })

  it('starts anew with the same seed when another is chosen, and is remembered', async () => {
    const tab = session()
    await tab.watch()
    const before = tab.sim
    await tab.simulate(SPACE)
    expect(worlds.simStarts.at(-1)).toMatchObject({ ...SPACE, seed: 0x7f3 })
    expect(tab.sim).not.toBe(before)
    expect(tab.sim.rules).toEqual(SPACE)
    expect(settingsOf().simulated).toEqual(SPACE)
    const next = session()
    await next.watch()
    expect(worlds.simStarts.at(-1)).toMatchObject(SPACE)
  })

  it('shows the old one until the new one has something to show, and of several choices the last', async () => {
    const tab = session()
    await tab.watch()
    const before = tab.sim
    const choices = [tab.simulate(SPACE), tab.simulate(LEADER)]
    expect(tab.sim).toBe(before)
    expect(tab.simRules).toEqual(LEADER)
    await Promise.all(choices)
    expect(tab.sim.rules).toEqual(LEADER)
    expect(tab.simFailure).toBeNull()
  })

  it('is that of the address before the one that was chosen, without being remembered', async () => {
    storage.items.set('quorumble.settings', JSON.stringify({ simulated: SPACE }))
    const tab = session(SERVER, '', rulesOf('?seed=7f3&family=midnight&mode=leader'))
    await tab.watch()
    expect(worlds.simStarts.at(-1)).toMatchObject(LEADER)
    expect(settingsOf().simulated).toEqual(SPACE)
  })

  it('is the first one where the remembered one does not exist any more', async () => {
    storage.items.set('quorumble.settings', JSON.stringify({ simulated: { family: 'yesterday', mode: '' } }))
    const tab = session()
    await tab.watch()
    expect(worlds.simStarts.map(({ family }) => family)).toEqual(['yesterday', 'midnight'])
    expect(tab.sim.nodes).toHaveLength(5)
    expect(tab.simFailure).toBeNull()
    expect(settingsOf().simulated).toBeNull()
  })

  it('leaves the mode to the family where an address names none', async () => {
    const tab = session(SERVER, '', rulesOf('?family=tomorrow'))
    await tab.watch()
    expect(worlds.simStarts[0]).not.toHaveProperty('mode')
    expect(tab.sim.rules).toEqual({ family: 'tomorrow', mode: 'byLot' })
  })

  it('is part of a link to this very simulation', () => {
    const query = simulationQuery(0x7f3, LEADER)
    expect([seedOf(query), rulesOf(query)]).toEqual([0x7f3, LEADER])
    expect(rulesOf('?seed=7f3')).toBeNull()
  })
})

describe('window.quorumble', () => {
  it('has no status before the tab is a node, and the node’s after', async () => {
    const tab = session()
    const api = quorumbleConsole(tab)
    expect(await api.status()).toBeNull()
    expect(await api.submit({ kind: 'leave' })).toMatchObject({ ok: false, code: 'not-a-node' })
    expect((await api.join())?.name).toBe(worlds.live.status(0).name)
    expect(await api.block(3)).toMatchObject({ ok: true, value: { height: 3 } })
    await api.cut(['peer'])
    expect(worlds.cuts).toEqual([['peer']])
  })

  it('hands every update to subscribers until they unsubscribe', async () => {
    const tab = session()
    await tab.watch()
    await tab.join()
    const seen = vi.fn()
    const stop = quorumbleConsole(tab).subscribe(seen)
    worlds.advance(100)
    expect(seen).toHaveBeenCalledOnce()
    expect(seen.mock.calls[0]![0].slices.status.name).toBe(worlds.live.status(0).name)
    stop()
    worlds.advance(100)
    expect(seen).toHaveBeenCalledOnce()
  })

  it('refuses more listeners than a script can mean', () => {
    const api = quorumbleConsole(session())
    for (let i = 0; i < UPDATE_LISTENERS; i++) api.subscribe(() => undefined)
    expect(() => api.subscribe(() => undefined)).toThrow(RangeError)
  })

  it('names each of its commands in its help', () => {
    const api = quorumbleConsole(session())
    for (const name of Object.keys(api).filter(key => key !== 'help')) expect(api.help()).toContain(`quorumble.${name}(`)
  })
})

describe('NodeState', () => {
  const update = { version: 1, slices: {}, events: [], pulses: [], droppedPulses: 0 }

  it('replaces only the slices that came, and keeps rows that did not change', () => {
    const state = new NodeState()
    state.apply({ ...update, slices: worlds.live.slices(worlds.live.options.startAt + 5 * INTERVAL_MS) })
    const [agents, blocks] = [state.agents, state.chain!.blocks]
    state.apply({ ...update, slices: { chain: worlds.live.slices(worlds.live.options.startAt + 6 * INTERVAL_MS).chain } })
    expect(state.agents).toBe(agents)
    expect(state.chain!.headHeight).toBe(6)
    expect(state.chain!.blocks[0]).toBe(blocks[0])
  })

  it('keeps the order of past rounds, at most ROUNDS_KEPT', () => {
    const state = new NodeState()
    for (let height = 1; height <= ROUNDS_KEPT + 10; height++) state.apply({ ...update, slices: { round: worlds.live.round(0, height) } })
    expect(state.lines.size).toBe(ROUNDS_KEPT)
    expect(state.lines.has(10)).toBe(false)
    expect(state.lines.get(11)?.candidates).toHaveLength(6)
    expect(state.lines.get(11)?.rules).toEqual(worlds.live.rules)
  })

  it('keeps at most EVENTS_KEPT events, the newest', () => {
    const state = new NodeState()
    const events = Array.from({ length: EVENTS_KEPT + 50 }, (_, i) => ({
      seq: i,
      at: 0,
      kind: 'peer' as const,
      text: '',
      height: null,
      hash: null,
      agents: []
    }))
    state.apply({ ...update, events })
    expect(state.events).toHaveLength(EVENTS_KEPT)
    expect(state.events.at(-1)!.seq).toBe(EVENTS_KEPT + 49)
  })
})

describe('Settings', () => {
  it('survives whatever stands in storage', () => {
    for (const rubbish of ['', '{', 'null', '7', '{"theme":"pink","wasNode":"yes","room":{"networkId":1},"simulated":{"family":7},"transports":null}']) {
      storage.items.set('quorumble.settings', rubbish)
      expect(settingsOf()).toMatchObject({ theme: 'auto', wasNode: false, room: null, simulated: null, transports: { tab: true, webrtc: true, relay: true } })
    }
  })

  it('works, and says so, where storage is denied', () => {
    const settings = new Settings(null, '')
    settings.change({ theme: 'dark' })
    expect(settings.theme).toBe('dark')
    expect(settings.kept).toBe(false)
  })
})

describe('seedOf', () => {
  it('reads a hexadecimal seed and draws one otherwise', () => {
    expect(seedOf('?seed=7f3')).toBe(0x7f3)
    expect(seedOf('?seed=zz')).toBeLessThan(2 ** 32)
  })
})
