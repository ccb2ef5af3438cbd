/** How far the guided first agent has come; a reload changes nothing about it. */
import type { TransactionIntent } from '../../bridge/api'
import type { Hex } from '../../bridge/views'
import { advance, currentStep, GUIDE_START, notice, saneProgress, skip } from '../logic/guide'
import type { GuideFacts, GuideProgress, GuideStep } from '../logic/guide'

const STORAGE_KEY = 'quorumble.guide'

export class Guide {
  progress = $state.raw<GuideProgress>(GUIDE_START)
  readonly step = $derived(currentStep(this.progress))
  readonly #storage: Storage | null

  /** @param storage `localStorage`, or null where it is denied: then it lasts as long as the tab */
  constructor(storage: Storage | null) {
    this.#storage = storage
    this.progress = read(storage)
  }

  /** @returns the steps that are done now and were not before */
  look(facts: GuideFacts): GuideStep[] {
    const before = this.progress
    const after = advance(before, facts)
    if (after === before) return []
    this.#put(after)
    return (Object.keys(after.passed) as GuideStep[]).filter(step => after.passed[step] === 'done' && before.passed[step] !== 'done')
  }

  notice(intent: TransactionIntent, meme: Hex | null): void {
    const next = notice(this.progress, intent, meme)
    if (next !== this.progress) this.#put(next)
  }

  skip(step: GuideStep): void {
    this.#put(skip(this.progress, step))
  }

  restart(): void {
    this.#put(GUIDE_START)
  }

  #put(progress: GuideProgress): void {
    this.progress = progress
    try {
      this.#storage?.setItem(STORAGE_KEY, JSON.stringify(progress))
    } catch {
      // Storage is full or was denied meanwhile: it lasts as long as the tab.
    }
  }
}

function read(storage: Storage | null): GuideProgress {
  try {
    return saneProgress(JSON.parse(storage?.getItem(STORAGE_KEY) ?? 'null'))
  } catch {
    return GUIDE_START
  }
}
