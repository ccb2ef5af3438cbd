/** Title and icon of the tab show glyph and height, so that ten tabs of a local testnet can be told apart. */
import type { Status } from '../bridge/views'
import { agentGlyph } from './glyphs'
import { t } from './i18n'

/** @param status of the live node; null: this tab only watches */
export function tabMark(document: Document, status: Status | null, publicKey: string): void {
  document.title = status ? `${agentGlyph(publicKey).char} ${status.name} · #${status.height}` : `${t.title}: ${t.tagline}`
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]')
  const href = status ? glyphIcon(publicKey) : './favicon.svg'
  if (icon && icon.getAttribute('href') !== href) icon.setAttribute('href', href)
}

function glyphIcon(publicKey: string): string {
  const { path, light, dark } = agentGlyph(publicKey)
  const style = `path{fill:${light}}@media(prefers-color-scheme:dark){path{fill:${dark}}}`
  return `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><style>${style}</style><path d="${path}"/></svg>`)}`
}
