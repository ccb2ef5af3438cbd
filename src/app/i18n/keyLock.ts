/** Texts of the passphrase over a key: only the Node screen and a locked start say them. */
import type { KeyProtection } from '../../bridge/api'

export const keyLockText = {
  field: 'Key on this device',
  state: {
    open: 'In the open',
    passphrase: 'Under a passphrase',
    memory: 'Only in memory, until this tab closes'
  } satisfies Record<KeyProtection, string>,
  role: {
    open: 'Its key lies on this device in the open: whoever can read this browser’s files can be this agent.',
    passphrase: 'Its key lies on this device under a passphrase, which each start asks for.',
    memory: 'Its key is kept in memory only.'
  } satisfies Record<KeyProtection, string>,
  protect: 'Put under a passphrase',
  change: 'Change passphrase',
  title: { protect: 'A passphrase for this agent’s key', change: 'The passphrase of this agent’s key' },
  why: 'Whoever copies this browser’s files, or borrows the device later, then needs the passphrase to be this agent. While the node runs, its key is in memory.',
  lost: 'Nobody can recover a passphrase. Save the key as a file first, and keep that somewhere safe.',
  residue: 'Browsers overwrite files late: for a while an older copy of the key may still be found on the disk.',
  current: 'Present passphrase',
  next: 'New passphrase',
  note: 'At least 8 characters; several words are better.',
  again: 'The same once more',
  differs: 'The two are not the same.',
  save: 'Set the passphrase',
  saving: 'Making it slow to guess…',
  open: 'Back into the open',
  done: { open: 'The key is in the open now.', passphrase: 'The key is under the passphrase now.', memory: '' } satisfies Record<KeyProtection, string>,
  unlockTitle: (name: string) => `${name} is locked`,
  unlockText: (name: string) => `The key of ${name} is under a passphrase. Nothing has started yet.`,
  passphrase: 'Passphrase',
  unlock: 'Unlock and join',
  unlocking: 'Opening…',
  notNow: 'Only watch',
  forgot: 'I do not know it',
  forgetTitle: (name: string) => `Give up ${name}?`,
  forgetText: (name: string) =>
    `Without its passphrase the key of ${name} cannot be opened, by anybody. Giving up erases it and this tab’s chain, and a new agent begins; the chain comes back from peers.`,
  forgetKey: 'If you have its key as a file, begin anew and import that file: you are the same agent again.',
  forget: (name: string) => `Erase ${name} and begin anew`
}
