/** An agent's run as people read it. */
import type { AttemptView } from '../../bridge/views'

/** @param milli thousandths of the whole: `7 %`, `0.4 %` */
export function percent(milli: number): string {
  return `${milli > 0 && milli < 10 ? (milli / 10).toFixed(1) : Math.round(milli / 10)} %`
}

/** The steps of an attempt with the time since its start, ms. */
export function stepTimes({ startedAt, steps }: AttemptView): { name: AttemptView['steps'][number]['name']; ms: number }[] {
  return steps.map(({ name, at }) => ({ name, ms: at - startedAt }))
}
