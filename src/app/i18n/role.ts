/** What is said about being a light node or a full one; no part of the first screen. */
export const roleText = {
  heading: 'Light or full',
  light: 'Light node',
  full: 'Full node',
  lightText: 'Keeps no blocks: it checks the newest final block and every number it shows by signatures. It costs a few kilobytes a minute, and does not vote.',
  fullText: 'Keeps the chain, executes every block, makes blocks and votes.',
  become: 'Become a full node',
  becomeLight: 'Become a light node',
  verified: (height: number) => `Verified up to final block #${height}.`,
  waiting: 'Looking for the newest final block…',
  balance: 'Balance'
}
