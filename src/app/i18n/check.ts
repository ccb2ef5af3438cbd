/** Texts of the check of a block without its state. */
const FINDINGS: Record<string, string> = {
  'bad-signature': 'a signature of an agent does not hold',
  'bad-transaction': 'a transaction cannot be read',
  'rule-broken': 'a rule is broken',
  'wrong-new-root': 'the rules lead to another state root than the header names'
}

export const check = {
  heading: 'Check it without the state',
  note: 'A peer sends the block and the few nodes of the state tree that it reads. This tab holds those against the root before the block, runs every rule and signature on them, and comes to the root after it by itself.',
  own: 'What a light node would do: this tab takes the block and the few nodes of the state tree that it reads, no more of its own state, and comes from the root before it to the root after it.',
  start: 'Check this block without the state',
  again: 'Check again',
  running: 'Running the block on its witness…',
  holds: 'It holds: from the old root to the new one, by the rules.',
  broken: (code: string, detail: string) =>
    `It does not hold: ${FINDINGS[code] ?? code}${detail === '' ? '' : ` (${detail})`}. It is final all the same, so more than two thirds of the validators have signed it. Tell the room.`,
  field: {
    height: 'Height',
    hash: 'Block hash',
    oldRoot: 'State root before',
    newRoot: 'State root after',
    work: 'Run again',
    read: 'Read of the state',
    place: 'Its place on the chain'
  },
  work: (transactions: number, signatures: number) =>
    `${transactions === 1 ? '1 transaction' : `${transactions} transactions`}, ${signatures === 1 ? '1 signature' : `${signatures} signatures`}`,
  read: (nodes: number, bytes: string) => `${nodes} hashes and values, ${bytes}`,
  place: (height: number) => `proved under the state of final block #${height}`,
  placeWhat: 'its place on the chain'
}
