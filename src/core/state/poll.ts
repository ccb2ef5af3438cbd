/** A question to the room, and who answers what: the custom kind that comes with the playground (T001). One poll at a time; a new one replaces an old one that is over. */
import { PollAction, PollMemory } from '../schema'
import { isText } from '../text'
import type { CustomKind } from './customKind'

export const POLL_ASK = 1
export const POLL_ANSWER = 2
/** Blocks for which a question is open. */
export const POLL_BLOCKS = 128
/** Characters of a question and of an answer to choose: what fits a phone. */
const MAX_QUESTION = 140
const MAX_OPTION = 40

function isOver({ askedAt, options }: PollMemory, height: number): boolean {
  return options.length === 0 || askedAt + POLL_BLOCKS < height
}

export const poll: CustomKind<PollMemory, PollAction> = {
  number: 1,
  name: 'poll',
  memory: PollMemory,
  action: PollAction,
  initial: { question: new Uint8Array(0), options: [], askedBy: 0, askedAt: 0, answers: [] },
  check(memory, action, { height }) {
    if (action.step === POLL_ASK) {
      if (!isOver(memory, height)) return 'another question is open'
      if (!isText(action.question, MAX_QUESTION)) return `a question is 1…${MAX_QUESTION} characters of text`
      return action.options.length >= 2 && action.options.every(option => isText(option, MAX_OPTION))
        ? null
        : `two or more answers of 1…${MAX_OPTION} characters`
    }
    if (action.step !== POLL_ANSWER) return 'neither a question nor an answer'
    if (isOver(memory, height)) return 'no question is open'
    return action.option < memory.options.length ? null : 'there is no such answer'
  },
  step(memory, { step, question, options, option }, { sender, height }) {
    if (step === POLL_ASK) return { question, options, askedBy: sender, askedAt: height, answers: [] }
    const others = memory.answers.filter(({ agent }) => agent !== sender)
    return { ...memory, answers: [...others, { agent: sender, option }].sort((a, b) => a.agent - b.agent) }
  }
}
