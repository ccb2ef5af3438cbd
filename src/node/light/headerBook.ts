/**
 * The state headers that a full node keeps for light ones: one for each change of the validator sets, so that neighbours always link (docs/PROTOCOL.md, "Light client"). They are
 * made while the states are at hand, when a block becomes final.
 */
import { isLastOfEpoch } from '../../core/consensus/validatorSet'
import { MAX_DESCENDANTS, StateHeader } from '../../core/light/schema'
import { equalSets, genesisTrust, inspectStateHeader, lightNetwork, linkStateHeader, makeStateHeader } from '../../core/light/stateHeader'
import type { Inspected, LightNetwork, TrustedState } from '../../core/light/stateHeader'
import type { HeaderQuery } from '../../core/light/headerSync'
import type { BlockEntry } from '../../core/chain/blockTree'
import { decode, encode } from '../../core/codec'
import type { Certificate, Genesis, Transaction } from '../../core/schema'
import { TX_REANCHOR } from '../../core/state/transactions'
import type { StoredStateHeader } from '../ports'

/** Headers in memory; beyond that, those are let go that their neighbours can do without. */
const MAX_KEPT_HEADERS = 512

/** A final block, the certificate that makes it final, and the blocks between them. */
export interface Shown {
  entry: BlockEntry
  header: StateHeader
}

export class HeaderBook {
  readonly #network: LightNetwork
  readonly #genesis: Genesis
  /** Ascending; each links to the one before it, the first to genesis or to where this node began. */
  #kept: Inspected[] = []
  #newest: { entry: BlockEntry; certificate: Certificate; descendants: BlockEntry[] } | null = null
  #shown: Shown | null = null
  #trusted: TrustedState | null = null
  /** The newest final block before the ones that come next. */
  #previous: BlockEntry
  /** An anchor that became final since the last header. */
  #anchor: Transaction | null = null

  constructor(genesis: Genesis, final: BlockEntry) {
    this.#genesis = genesis
    this.#network = lightNetwork(genesis)
    this.#previous = final
  }

  /** Headers that are kept, ascending. */
  get kept(): readonly StateHeader[] {
    return this.#kept.map(({ header }) => header)
  }

  /**
   * @param finals blocks that have just become final, ascending, executed
   * @param certificate of the last of them; null where an anchor made it final
   * @returns headers to be kept on the disk: of new sets
   */
  note(finals: readonly BlockEntry[], certificate: Certificate | null): StoredStateHeader[] {
    const last = finals.at(-1)
    if (last === undefined) return []
    const authority = this.#network.authority
    for (const { transactions } of finals) this.#anchor = transactions?.find(({ kind }) => kind === TX_REANCHOR && authority !== null) ?? this.#anchor
    const previous = this.#previous
    this.#previous = last
    if (certificate === null) return []
    const parent = finals.at(-2) ?? previous
    // The state after the last block of an epoch names later sets only: then its parent's state is shown, under the same certificate.
    const atEnd = isLastOfEpoch(last.height, this.#genesis.epochLength)
    this.#newest = atEnd ? { entry: parent, certificate, descendants: [last] } : { entry: last, certificate, descendants: [] }
    this.#shown = null
    const before = this.#base().height
    if (this.#changed(this.#newest.entry)) this.#keep(previous, finals, certificate)
    return this.#kept.filter(({ state }) => state.height > before).map(stored)
  }

  /** What an earlier run has kept, ascending. Headers that do not link are left out: the disk is only a cache. */
  restore(headers: readonly Uint8Array[]): void {
    for (const bytes of headers) {
      const header = decode(StateHeader, bytes)
      const inspected = header.ok ? inspectStateHeader(this.#network, header.value) : header
      if (inspected.ok && linkStateHeader(this.#base(), inspected.value).ok) this.#append(inspected.value)
    }
  }

  /** This node has taken over the state of a later block. @param steps the headers that led there from what it knew, each linked to the one before, the last of them of `entry` */
  adopt(entry: BlockEntry, steps: readonly StateHeader[]): void {
    this.#previous = entry
    this.#anchor = null
    this.#newest = null
    this.#shown = null
    for (const step of steps) {
      const inspected = inspectStateHeader(this.#network, step)
      if (inspected.ok) this.#append(inspected.value)
    }
  }

  /** Does this state name a set that the newest kept header does not let one expect? */
  #changed({ state }: BlockEntry): boolean {
    if (state === null) return false
    if (this.#anchor !== null) return true
    const known = this.#base().sets
    return state.sets.some(set => !equalSets(known.find(({ epoch }) => epoch === set.epoch) ?? known.at(-1)!, set))
  }

  #base(): TrustedState {
    return this.#kept.at(-1)?.state ?? (this.#trusted ??= genesisTrust(this.#genesis))
  }

  #keep(previous: BlockEntry, finals: readonly BlockEntry[], certificate: Certificate): void {
    const { entry, descendants } = this.#newest!
    const inspected = this.#make(entry, certificate, descendants)
    if (inspected === null) return
    if (!linkStateHeader(this.#base(), inspected).ok) this.#keepBetween(previous, finals, certificate)
    this.#append(inspected)
    if (inspected.anchor !== null) this.#anchor = null
  }

  /** The end of an epoch was final before, and could not be shown by itself; now the blocks on top of it carry its certificate. */
  #keepBetween(previous: BlockEntry, finals: readonly BlockEntry[], certificate: Certificate): void {
    if (finals.length > MAX_DESCENDANTS || previous.state === null || previous.height === 0) return
    const between = this.#make(previous, certificate, [...finals])
    if (between !== null && between.state.height > this.#base().height) this.#append(between)
  }

  #append(inspected: Inspected): void {
    if (inspected.state.height <= this.#base().height) return
    this.#kept.push(inspected)
    if (this.#kept.length > MAX_KEPT_HEADERS) this.#thin()
  }

  /** Drops every header whose neighbours link to each other without it. */
  #thin(): void {
    const thinned: Inspected[] = []
    this.#kept.forEach((header, i) => {
      const before = thinned.at(-1)
      const after = this.#kept[i + 1]
      if (before !== undefined && after !== undefined && linkStateHeader(before.state, after).ok) return
      thinned.push(header)
    })
    this.#kept = thinned.slice(-MAX_KEPT_HEADERS)
  }

  #make(entry: BlockEntry, certificate: Certificate, descendants: readonly BlockEntry[]): Inspected | null {
    if (entry.state === null || entry.height === 0) return null
    const anchor = this.#anchor
    const headers = descendants.map(({ header }) => header)
    const inspected = inspectStateHeader(this.#network, makeStateHeader(entry.header, entry.state, certificate, headers, anchor))
    // Between an anchor and its block the certificates are under a set that no state names yet.
    return inspected.ok ? inspected.value : null
  }

  /** The newest state that can be shown, with its block. */
  newest(): Shown | null {
    if (this.#shown !== null || this.#newest === null) return this.#shown
    const { entry, certificate, descendants } = this.#newest
    const made = this.#make(entry, certificate, descendants)
    return made === null ? null : (this.#shown = { entry, header: made.header })
  }

  /** After a start: the final block that the store has brought back, with its certificate. */
  resume(entry: BlockEntry, certificate: Certificate): void {
    if (this.#newest === null && !isLastOfEpoch(entry.height, this.#genesis.epochLength)) this.#newest = { entry, certificate, descendants: [] }
  }

  /** T057: the stored state header with the greatest height in (above, height], or else the lowest one above `above`. */
  find({ above, height }: HeaderQuery): StateHeader | null {
    const newest = this.newest()
    if (newest !== null && newest.header.header.height <= height) return newest.header.header.height > above ? newest.header : null
    const later = this.#kept.filter(({ state }) => state.height > above)
    const kept = later.filter(({ state }) => state.height <= height).at(-1) ?? later[0]
    return kept?.header ?? (newest !== null && newest.header.header.height > above ? newest.header : null)
  }
}

/** The store keeps the first header of each `epoch`; here every header shows sets of its own, and an anchor can bring two into one epoch. */
function stored({ header, state }: Inspected): StoredStateHeader {
  return { height: state.height, epoch: state.height, bytes: encode(StateHeader, header) }
}
