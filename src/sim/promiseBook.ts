/** S5: every promise that an honest node ever made, by its disk or by its signature. Nothing is forgotten in a crash here, and nothing is read from a node. */
import { Violation } from './violation'

/** Heights kept below the newest final one; nobody votes that far back. */
const KEPT_HEIGHTS = 512

interface Given {
  notarise: Set<string>
  finalise: string | null
  /** The block proposed, by parent. */
  proposed: Map<string, string>
}

export class PromiseBook {
  /** By height, then by node. */
  readonly #given = new Map<number, Map<number, Given>>()

  #of(node: number, height: number): Given {
    let nodes = this.#given.get(height)
    if (nodes === undefined) this.#given.set(height, (nodes = new Map<number, Given>()))
    let given = nodes.get(node)
    if (given === undefined) nodes.set(node, (given = { notarise: new Set(), finalise: null, proposed: new Map() }))
    return given
  }

  /** @throws Violation S5 when the vote contradicts an earlier one (R5) */
  voted(node: number, kind: 'notarise' | 'finalise', height: number, hash: string): void {
    const given = this.#of(node, height)
    const clash = (): never => {
      throw new Violation('S5', `node ${node} signed ${kind} for ${hash.slice(0, 8)} at ${height} against an earlier promise`)
    }
    if (given.finalise !== null && given.finalise !== hash) clash()
    if (kind === 'notarise') given.notarise.add(hash)
    else {
      for (const other of given.notarise) if (other !== hash) clash()
      given.finalise = hash
    }
  }

  /** @throws Violation S5 for a second block on one parent: evidence against itself */
  proposed(node: number, height: number, parent: string, hash: string): void {
    const { proposed } = this.#of(node, height)
    const known = proposed.get(parent)
    if (known !== undefined && known !== hash)
      throw new Violation('S5', `node ${node} proposed ${hash.slice(0, 8)} at ${height}, and ${known.slice(0, 8)} on the same parent before`)
    proposed.set(parent, hash)
  }

  /** Has this node voted so at that height? Null: nothing is known of it there, as of a liar. */
  gave(node: number, kind: 'notarise' | 'finalise', height: number, hash: string): boolean | null {
    const given = this.#given.get(height)?.get(node)
    if (given === undefined) return null
    return kind === 'notarise' ? given.notarise.has(hash) : given.finalise === hash
  }

  forgetBelow(final: number): void {
    for (const height of this.#given.keys()) {
      if (height >= final - KEPT_HEIGHTS) return
      this.#given.delete(height)
    }
  }
}
