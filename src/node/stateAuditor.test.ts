import { describe, expect, it } from 'vitest'
import { toHex } from '../core/bytes'
import { Room } from '../core/testing/room'
import { StateAuditor } from './stateAuditor'

describe('the node looks after its own state (T084)', () => {
  /** A clock that moves on by two at every look, so that a slice has few steps. */
  function auditor() {
    let now = 0
    const alarms: string[] = []
    const slices = {
      auditor: new StateAuditor(
        () => (now += 2),
        text => alarms.push(text)
      ),
      alarms
    }
    return slices
  }

  it('in slices, every so many final blocks, and without a word as long as all is well', () => {
    const room = new Room(60)
    const { auditor: own, alarms } = auditor()
    let slices = 0
    while (own.view().checkedHeight === null) {
      own.step(room.tip)
      slices++
    }
    expect(slices, 'not at once').toBeGreaterThan(1)
    expect(own.view()).toEqual({ checkedHeight: 0, checks: 1, mismatch: null })
    room.mine()
    own.step(room.tip)
    expect(own.view().checks, 'not at every block').toBe(1)
    expect(alarms).toEqual([])
  })

  it('an alarm with both roots when the state is not what a quorum has signed', () => {
    const room = new Room(4)
    const { auditor: own, alarms } = auditor()
    const header = { ...room.tip.header, stateRoot: new Uint8Array(32) }
    while (own.view().checkedHeight === null) own.step({ ...room.tip, header })
    expect(alarms).toHaveLength(1)
    expect(alarms[0]).toContain(toHex(room.state.root).slice(0, 8))
    expect(own.view().mismatch).toEqual({ height: 0, expected: '0'.repeat(64), computed: toHex(room.state.root) })
  })
})
