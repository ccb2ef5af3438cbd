/** The newest log lines of a node, for the Node screen. No keys, no payloads. */
/** Lines kept: some ten minutes of a busy room. */
const LOG_LINES = 500

export interface LogLine {
  at: number
  level: 'info' | 'warn' | 'error'
  scope: string
  text: string
}

export class LogBook {
  readonly #lines: LogLine[] = []

  add(at: number, level: LogLine['level'], scope: string, text: string): void {
    this.#lines.push({ at, level, scope, text })
    if (this.#lines.length > LOG_LINES) this.#lines.shift()
  }

  lines(): LogLine[] {
    return [...this.#lines]
  }
}
