/** The language in use. A second one is a second object of type `Messages`, and a choice here (and in `room.ts`, which is loaded later). */
import type { Messages } from './en'
import { en } from './en'

export const t: Messages = en
