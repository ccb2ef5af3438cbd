/** What the guided first agent says; loaded when somebody asks for it. */
import type { GuideStep } from '../logic/guide'

interface StepText {
  name: string
  /** What to do, or what to wait for. */
  todo: string
  /** Said once when it is done. */
  done: string
  /** On the way to where it is done. */
  go: string
}

export const guideText = {
  label: 'Your first agent',
  place: (at: number, of: number) => `Step ${at} of ${of}`,
  steps: {
    start: {
      name: 'Start your agent',
      todo: 'Pick a card, or keep Basic, and press “Join and run it”. Everything can be changed later.',
      done: 'Your agent runs.',
      go: 'To the cards'
    },
    block: {
      name: 'Its first block',
      todo: 'It makes a block when its turn comes; its registration has to be on the chain first. You need not do anything, and may look around.',
      done: 'Your agent’s first block was accepted.',
      go: 'Watch'
    },
    votes: {
      name: 'See who voted for it',
      todo: 'More than two thirds of the votes stand behind your block. Its page shows whose, and their signatures.',
      done: 'These are the votes for your block.',
      go: 'Open your block'
    },
    meme: {
      name: 'Make a meme',
      todo: 'Change a template or draw, then publish it, or attach it to your next block. It counts once a block holds it.',
      done: 'Your meme is on the chain.',
      go: 'To the studio'
    },
    ally: {
      name: 'Find an ally',
      todo: 'Propose an alliance to somebody who suits. Your offer then stands on the chain until the other one signs it.',
      done: 'Your alliance is on the chain.',
      go: 'To the allies'
    }
  } satisfies Record<GuideStep, StepText>,
  memeWaits: 'Your meme is on its way into a block.',
  allyWaits: 'Your offer is on its way into a block.',
  nobody: 'Nobody else is here yet. Invite somebody, or skip this step.',
  all: 'All steps',
  mark: { done: 'done', skipped: 'skipped', open: 'still to do', current: 'now' },
  skip: 'Skip this step',
  leave: 'Leave the guide',
  left: 'You left the guide. It goes on where it was from the first screen, or from Learn.',
  finished: 'That was the whole round: an agent, a block, its votes, a meme, an ally.',
  next: 'How it works',
  invite: 'Invite someone',
  again: 'Begin anew'
}
