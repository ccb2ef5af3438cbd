/** What is said about a room link that names a block to begin at: by whoever shares it, whoever opens it, and the light node that has begun there. */
import { duration, shortHash } from '../logic/format'

export const checkpointText = {
  share: 'With a checkpoint',
  shareNote: 'The link also names a final block. Whoever opens it starts light, trusts that block, and checks only what came after it.',
  shared: (height: number, hash: string) => `It names block #${height} (${shortHash(hash, 16)}).`,
  meaning:
    'You vouch for this block: whoever opens the link takes your word that it is final, and no longer depends on what former validators do with their old keys. Everything newer is proved from there on.',
  until: (blocks: number, ms: number) =>
    `Good for ${blocks} blocks, about ${duration(ms)}. Then the nodes here have let go of what a newcomer needs to begin at it: make a new link.`,
  looking: 'Looking for a block that the others keep, too…',
  heading: 'Checkpoint',
  block: (height: number) => `block #${height}`,
  trusts:
    'Your tab begins at this block as a light node. It takes the word of whoever gave you the link that the block is final, and proves everything newer from there on. If you can, compare the first digits with theirs.',
  damaged: 'The checkpoint in this link cannot be read: it has to be a height and 64 hex digits. Ask for the link again, or join without it.',
  without: 'Join without the checkpoint',
  running: 'You are in this network already. Your tab goes on with the chain that it has; the link’s checkpoint changes nothing.',
  trust: {
    genesis: 'Trust begins at genesis, which the room’s name is the hash of.',
    link: (height: number, hash: string) => `Trust begins at the link’s checkpoint: block #${height} (${shortHash(hash, 16)}).`,
    waiting: (height: number, hash: string) =>
      `Asking for the link’s checkpoint: block #${height} (${shortHash(hash, 16)}). Until it is shown, nothing is believed.`
  },
  fromGenesis: 'Begin at genesis instead'
}
