/** What the help says; loaded with it. */
export const helpText = {
  title: 'Help',
  learn: 'Learn',
  concepts: 'How it works',
  messages: 'All messages',
  guide: 'Your first agent, step by step',
  keys: 'Keyboard',
  rows: [
    ['?', 'this help'],
    ['1 … 9', 'Now, Chain, Node, Memes, Allies, Proofs, Turns, Agent, Learn'],
    ['Space', 'pause or play the simulation'],
    ['J K', 'older or newer block, on a block’s page'],
    ['Esc', 'close what is open']
  ] as [string, string][],
  shortcuts: 'Single-key shortcuts',
  announcements: 'Announce news (at most one message in five seconds)',
  borders: 'Borders of blocks',
  borderRows: [
    ['tentative', 'built without a quorum; may still change'],
    ['notarised', 'more than two thirds voted for it'],
    ['final', 'nothing can move it any more'],
    ['stale', 'another block of its height became final'],
    ['fault', 'its maker signed two blocks at one height']
  ] as ['tentative' | 'notarised' | 'final' | 'stale' | 'fault', string][],
  console: 'For scripts: open the console and type quorumble.help()'
}
