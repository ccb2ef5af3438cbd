/** The address bar as state. Hash routes: the browser's own back, forward and bookmarks work on any static host. */
import type { Route } from '../routes'
import { parseRoute } from '../routes'

export class Router {
  route = $state.raw<Route>(parseRoute(globalThis.location.hash))

  /** @param onMove called after a change of screen, so that focus can follow @returns stop */
  start(onMove: () => void): () => void {
    const changed = () => {
      this.route = parseRoute(location.hash)
      onMove()
    }
    addEventListener('hashchange', changed)
    return () => removeEventListener('hashchange', changed)
  }

  go(hash: string): void {
    location.hash = hash
  }
}
