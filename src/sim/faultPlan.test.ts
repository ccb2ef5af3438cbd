import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { checkPlan, describeFault, FAULT_KINDS, planFaults } from './faultPlan'
import type { Fault } from './faultPlan'
import { CALM, STANDARD } from './scenario'
import type { Scenario } from './scenario'

const scenario = (change: Partial<Scenario> & { seed: number }): Scenario => ({ ...STANDARD, nodes: 4, byzantine: 1, ...change })

describe('planFaults', () => {
  it('is a function of scenario and seed, passes its own check, and survives JSON', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 12 }), fc.nat(3), (seed, nodes, byzantine) => {
        const plan = planFaults(scenario({ seed, nodes, byzantine: Math.min(byzantine, nodes - 1) }))
        expect(planFaults(scenario({ seed, nodes, byzantine: Math.min(byzantine, nodes - 1) }))).toEqual(plan)
        expect(checkPlan(JSON.parse(JSON.stringify(plan)), nodes)).toEqual(plan)
        for (const fault of plan) expect(describeFault(fault)).toContain(fault.kind)
      }),
      { numRuns: 40 }
    )
  })

  it('a calm scenario has no faults; a rate above 0 brings at least one of its kind', () => {
    expect(planFaults(scenario({ ...CALM, seed: 1 }))).toEqual([])
    const rare = { partitionMilli: 1, clogMilli: 1, crashMilli: 1, wipeMilli: 1, freezeMilli: 1, clockMilli: 1 }
    const plan = planFaults(scenario({ ...CALM, ...rare, byzantine: 0, healAtMs: 30_000, seed: 1 }))
    expect(plan.map(({ kind }) => kind)).toEqual(['partition', 'clog', 'crash', 'wipe', 'freeze', 'clock'])
  })

  it('databases are wiped of liars, and of so many honest nodes as f < n/3 has room for', () => {
    const wiped = (nodes: number, byzantine: number) => {
      const plan = planFaults(scenario({ seed: 5, nodes, byzantine, wipeMilli: 500 }))
      return new Set(plan.flatMap(fault => (fault.kind === 'wipe' ? [fault.node] : [])))
    }
    expect(wiped(4, 1)).toEqual(new Set([3]))
    expect(wiped(3, 0).size).toBe(0)
    expect([...wiped(7, 1)].filter(node => node !== 6)).toHaveLength(1)
    expect(wiped(4, 0).size).toBe(1)
  })
})

describe('checkPlan', () => {
  it.each<[string, unknown]>([
    ['a list', {}],
    ['an object', [1]],
    ['no fault', [{ kind: 'flood', at: 0, until: 1 }]],
    ['whole milliseconds', [{ kind: 'freeze', node: 0, at: 2, until: 1 }]],
    ['hits a node', [{ kind: 'freeze', node: 4, at: 0, until: 1 }]],
    ['known lie', [{ kind: 'liar', node: 1, lie: 'exaggerate' }]],
    ['chance in 1000', [{ kind: 'loss', milli: -1, at: 0, until: 1 }]],
    ['time in ms', [{ kind: 'delay', milli: 1, at: 0, until: 1 }]],
    ['one side', [{ kind: 'partition', left: [9], oneWay: true, at: 0, until: 1 }]],
    ['from and to', [{ kind: 'clog', from: 0, to: 'all', at: 0, until: 1 }]],
    ['kept, torn, lost', [{ kind: 'crash', node: 0, writes: 'half', at: 0, until: 1 }]],
    ['backup', [{ kind: 'wipe', node: 0, at: 0, until: 1 }]],
    ['rate', [{ kind: 'clock', node: 0, rateMilli: 1000, at: 0, until: 1 }]]
  ])('refuses what is not %s', (_, plan) => {
    expect(() => checkPlan(plan, 4)).toThrow(/fault/)
  })

  it('takes one of each kind', () => {
    const plan = planFaults(scenario({ seed: 2 }))
    const each = FAULT_KINDS.map(kind => plan.find(fault => fault.kind === kind)).filter((fault): fault is Fault => fault !== undefined)
    expect(checkPlan(each, 4)).toHaveLength(FAULT_KINDS.length)
  })
})
