/** What is said about further nodes: part of the messages, but kept apart, because only the Node screen says it and the first screen has a budget. */
export const testnetText = {
  note: 'Every further tab of this browser is a new agent with a key and a chain of its own. They find each other, with or without a server.',
  open: 'Open another node in a new tab',
  add: 'Start another node in this tab',
  addNote: 'It lives beside this one, in a worker of its own; when one dies, the others go on.',
  full: 'This tab has as many as it can carry. Open a new tab for more.',
  starting: 'starting',
  failed: (why: string) => `stopped: ${why}`,
  runs: 'Agent',
  default: 'default',
  again: 'Start again',
  stop: 'Stop'
}
