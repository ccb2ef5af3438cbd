/** Texts of the proof screen, in English; loaded with it. */
import type { StepKind } from '../../core/proof/check'
import type { GroupKind } from '../logic/proofGroups'

export const proofText = {
  heading: 'Proof',
  intro:
    'Every number of the chain leads to signatures. Bring a proof file, and this page climbs from the value to the signatures and on to the beginning of the chain: here in this browser, without a server.',
  paste: 'Paste a proof file',
  pasteHint: 'Paste the text here, or drop a file anywhere on this page.',
  open: 'Open a file…',
  check: 'Check it',
  head: 'Prove the newest final block',
  byHeight: 'A block by its height',
  proveBlock: 'Prove it',
  byHeightNote:
    'However old it is: every state keeps the roots of all eras. For the oldest blocks somebody has to have their records still, as the archive does.',
  noNode: 'While this tab is a node, “why?” beside a number brings its proof here.',
  asking: 'Asking for the proof…',
  checking: 'Checking…',
  failed: 'There is no proof to show',
  again: 'Try again',
  another: 'Another proof',
  save: 'Save file',
  copy: 'Copy the file',
  file: 'The proof file',
  holds: 'This holds',
  broken: 'This does not hold',
  tampered: (count: number) => (count === 1 ? 'One byte was altered by you.' : `${count} bytes were altered by you.`),
  /** @param height of the state */
  verdict: (what: string, height: number, steps: number) => `${what} as of final block #${height}. All ${steps} steps hold.`,
  verdictBad: (step: number, steps: number) => `Step ${step} of ${steps} is the first that fails. Nothing above it can be trusted.`,
  toStep: 'Go to it',
  ownNetwork: 'It ends at the genesis of the network that this tab is in.',
  otherNetwork: (id: string) => `It ends at the genesis of network ${id}. Whether that is the network you mean is for you to say.`,
  fromCheckpoint: (height: number) => `It begins at block #${height}, which the file asks you to take on trust.`,
  what: {
    transaction: 'This transaction is in the final chain',
    head: 'This block is final',
    block: (height: number) => `Block #${height} is on the final chain`,
    state: (path: string) => `${path} is what is shown below`
  },
  value: 'What is proved',
  ladder: 'From the value to the beginning',
  back: 'Step back',
  next: 'Next step',
  position: (step: number, of: number) => `Step ${step} of ${of}`,
  keys: 'Keys: , and . step back and on',
  tamper: 'Tamper with a byte',
  tamperHint: 'Flips one byte of what this step reads. Or press any byte below.',
  undo: 'Undo',
  bytes: (count: number) => (count === 1 ? '1 byte' : `${count.toLocaleString('en')} bytes`),
  holdsShort: 'holds',
  failsShort: 'does not hold',
  gives: 'gives',
  steps: (count: number) => (count === 1 ? '1 step' : `${count} steps`),
  group: {
    value: ['The value', 'Its bytes, hashed, are a leaf of the tree.'],
    branch: ['Up the tree', 'Each hash is paired with its sibling and hashed again, up to the root.'],
    era: ['Up its era', 'The records of each 256 blocks have one root together, and every later state keeps it. So a block of any age has its place.'],
    block: ['The block', 'The root stands in the header of a block, and the header’s hash is the block’s name.'],
    ancestor: ['On the final chain', 'The final state keeps the hashes of the blocks below it.'],
    sets: ['Who may sign', 'The same state names its validators: another branch of the same tree.'],
    signatures: ['Who has signed', 'Each signature is by a validator, over this very block. More than two thirds have to be there.'],
    link: ['Why just these validators', 'They were named by a state that was trusted before, or enough of those who were have signed.'],
    trust: ['Where it begins', 'The genesis lists the first validators. Its hash is the name of the network.']
  } satisfies Record<GroupKind, readonly [string, string]>,
  step: {
    path: 'Where it stands in the tree',
    value: 'Bytes to leaf',
    pair: 'A pair of hashes',
    root: 'Arrived at the root',
    block: 'Header to block hash',
    ancestor: 'Its place among the blocks',
    descendant: 'Its child',
    signature: 'Signature',
    quorum: 'More than two thirds',
    anchor: 'The authority’s anchor',
    link: 'Link to what was trusted',
    checkpoint: 'The checkpoint',
    genesis: 'Genesis to network id'
  } satisfies Record<StepKind, string>,
  /** @param below the hash that comes from below */
  pair: (below: string, siblingLeft: boolean) => (siblingLeft ? `hash(sibling, ${below})` : `hash(${below}, sibling)`),
  links: {
    'known-set': 'The state before has named this very set for this height.',
    third: 'More than a third of a set that was trusted has signed, so at least one honest member has.',
    anchor: 'The network’s authority has named these validators.'
  } as Record<string, string>
}
