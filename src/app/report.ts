/**
 * What a person can send when something is wrong: plain text, put together from named facts only. It never holds a secret: keys are not
 * reachable from here, and nothing is copied from a place where one could be.
 */
import type { PageClock } from './state/pageClock.svelte'
import type { Session } from './state/session.svelte'

/** Events and log lines in a report: enough to see what led up to it, short enough for a message. */
const REPORT_EVENTS = 30
const REPORT_LOG_LINES = 200

export async function reportText(session: Session, clock: PageClock): Promise<string> {
  const { status, storage, info, peers, events } = session.node
  const log = (await session.api?.log()) ?? []
  const facts = {
    version: __APP_VERSION__,
    browser: navigator.userAgent,
    secureContext: isSecureContext,
    online: navigator.onLine,
    phase: session.phase,
    step: session.phase === 'starting' ? session.step : undefined,
    failure: session.failure ?? undefined,
    transports: session.settings.transports,
    pageWorstGapMs: clock.worstGapMs,
    status,
    storage,
    info,
    links: peers.map(p => `${p.transport} ${p.peerId} final ${p.finalHeight ?? '?'} ${p.cut ? 'cut' : ''}`.trim())
  }
  return [
    'Quorumble report (no keys inside)',
    JSON.stringify(facts, null, 2),
    ...events.slice(-REPORT_EVENTS).map(e => `${new Date(e.at).toISOString()} ${e.kind}: ${e.text}`),
    ...log.slice(-REPORT_LOG_LINES).map(l => `${new Date(l.at).toISOString()} ${l.level} ${l.scope}: ${l.text}`)
  ].join('\n')
}
