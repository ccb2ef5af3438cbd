/**
 * What a light client reads instead of blocks (T057). A *state header* shows a state root under a finality certificate, together with the validator sets that this very state
 * names: they prove the certificate now, and later headers after it.
 */
import { MAX_LOOKAHEAD_EPOCHS } from '../limits'
import type { ValidatorSets } from '../schema'
import { Certificate, Header, Transaction, ValidatorList } from '../schema'
import { ByteVectorType, ContainerType, ListCompositeType, UintNumberType } from '../ssz'
import type { ValueOf } from '../ssz'

/**
 * Headers between a state and the block whose certificate makes it final. None, as a rule; one where the state's own block ends an epoch, because it names only later sets;
 * more when several heights become final at once.
 */
export const MAX_DESCENDANTS = 16
/** Siblings on the way from the validator sets to the state root; the schema says how many there are. */
const MAX_SETS_BRANCH = 16

const Bytes32 = new ByteVectorType(32)
/** The set of the next height, and those that are decided in advance. */
const SETS = MAX_LOOKAHEAD_EPOCHS + 1

/**
 * The validator sets of the coming epochs, each list once: `order[i]` is the place in `lists` of the set of `epoch` + i. Most epochs have the set of the one before, and a
 * light client pays by the byte.
 */
export const PackedSets = new ContainerType({
  epoch: new UintNumberType(4),
  lists: new ListCompositeType(ValidatorList, SETS),
  order: new ListCompositeType(new ContainerType({ list: new UintNumberType(1) }), SETS)
})
export type PackedSets = ValueOf<typeof PackedSets>

/**
 * `header` is the block whose state is shown, `descendants` the headers from its child to the certified block, ascending. `certificate` finalises the last of them, or `header`
 * itself. `branch` are the siblings of the validator sets up to `header.stateRoot`. `anchor`: where the authority has replaced the sets, the transaction by which it did.
 */
export const StateHeader = new ContainerType({
  header: Header,
  descendants: new ListCompositeType(Header, MAX_DESCENDANTS),
  certificate: Certificate,
  validators: PackedSets,
  branch: new ListCompositeType(Bytes32, MAX_SETS_BRANCH),
  anchor: new ListCompositeType(Transaction, 1)
})
export type StateHeader = ValueOf<typeof StateHeader>

/** T057. The stored state header with the greatest height in (above, height]; if there is none, the lowest above `above`. */
export const StateHeaderRequest = new ContainerType({ above: new UintNumberType(4), height: new UintNumberType(4) })
export type StateHeaderRequest = ValueOf<typeof StateHeaderRequest>
/** None: nothing above `above` is known. */
export const StateHeaderReply = new ContainerType({ headers: new ListCompositeType(StateHeader, 1) })

export function packSets({ epoch, sets }: ValidatorSets): PackedSets {
  const lists: PackedSets['lists'] = []
  const places = new Map<string, number>()
  const order = sets.map(set => {
    const key = set.map(({ publicKey, weight }) => `${publicKey.join()}:${weight}`).join(';')
    const place = places.get(key) ?? lists.push(set) - 1
    places.set(key, place)
    return { list: place }
  })
  return { epoch, lists, order }
}

/** Null unless each list is used, in the order of first use: one value has one packing. */
export function unpackSets({ epoch, lists, order }: PackedSets): ValidatorSets | null {
  let used = 0
  for (const { list } of order) {
    if (list > used || list >= lists.length) return null
    if (list === used) used++
  }
  return used === lists.length ? { epoch, sets: order.map(({ list }) => lists[list]!) } : null
}
