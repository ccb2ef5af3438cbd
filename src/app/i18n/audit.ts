/** Texts of the audit trail on the page of a block. */
const FIELDS: Record<string, string> = {
  lastActivity: 'last active at',
  blocksMade: 'blocks made',
  lastHeartbeat: 'last heartbeat',
  registeredAt: 'registered at',
  depositedAt: 'deposit since',
  publicKey: 'public key',
  traitsHash: 'traits',
  txRoot: 'transactions root',
  stateRoot: 'state root',
  parentHash: 'parent',
  previousSeed: 'seed before',
  fameAt: 'fame as of',
  from: 'trusted by (place)',
  at: 'as of',
  next: 'next in order'
}

export const audit = {
  heading: 'What it changed',
  note: 'Worked out anew from the block and the state before it, by comparing the two states. No one has to be believed.',
  show: 'Show every change, step by step',
  loading: 'Running the block once more…',
  nothing: 'Nothing.',
  part: { start: 'Before the transactions', end: 'After them: rewards, turns, epochs' },
  column: { record: 'Record', field: 'Field', before: 'Before', after: 'After' },
  subject: {
    agent: 'agent',
    relation: 'trust in',
    treasury: 'treasury',
    plot: 'plot',
    blockRecord: 'block record',
    history: 'history of blocks',
    chain: 'chain',
    config: 'rules',
    validators: 'validator sets',
    alliance: 'alliance',
    memeInfluence: 'what came of a meme',
    drama: 'drama',
    conflict: 'conflict',
    agenda: 'agenda',
    custom: 'custom kind',
    meme: 'meme',
    sketch: 'sketch of a meme',
    counter: 'counter'
  },
  fieldName: (field: string): string => FIELDS[field] ?? field
}
