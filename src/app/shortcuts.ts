/** Single-key shortcuts. They can be switched off, and never fire while somebody types or a dialog is open (WCAG 2.1.4). */
import type { App } from './context'
import { ENTRIES } from './screenTable'

export function onShortcut(event: KeyboardEvent, app: App): void {
  if (!app.session.settings.shortcuts || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
  // The code editor lives in a shadow root: seen from outside, its host is what was typed into.
  const target = event.composedPath()[0] as HTMLElement
  if (target.closest('input, select, textarea, dialog, [contenteditable="true"]')) return
  const entry = ENTRIES.find(({ key }) => key === event.key)
  if (event.key === '?') app.overlay.open = 'help'
  else if (entry !== undefined) app.router.go(entry.href)
  // Space on a button or link is that button's.
  else if (event.key === ' ' && !app.session.live && app.router.route.screen === 'now' && !target.closest('button, a, summary, [tabindex="0"]')) {
    event.preventDefault()
    void app.session.simPlay(!app.session.sim.playing)
  }
}
