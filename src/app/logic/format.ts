/** Numbers as people read them. All functions are pure; the locale is the page's language, English. */

/** `03af91c2…` : enough of a hash to compare by eye; the whole of it is one copy button away. */
export const shortHash = (hash: string, digits = 8) => (hash.length > digits ? `${hash.slice(0, digits)}…` : hash)

/** @param ms a duration; rounded to what a person would say, e.g. `0.4 s`, `7 s`, `3 min`, `2 h` */
export function duration(ms: number): string {
  const seconds = Math.max(0, ms) / 1000
  if (seconds < 1) return `${seconds.toFixed(1)} s`
  if (seconds < 90) return `${Math.round(seconds)} s`
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`
  return `${Math.round(seconds / 3600)} h`
}

/** @param ms a configured time; exact as far as it is short, since 1.5 s are not 2 s: `1.5 s`, `10 s`, `2 min`, `24 h` */
export const interval = (ms: number): string => (ms < 90_000 ? `${ms / 1000} s` : duration(ms))

/** A countdown: `0:07`, or `1:02:07` for a daily midnight. Never below zero; the last started second counts. */
export function countdown(ms: number): string {
  const all = Math.ceil(Math.max(0, ms) / 1000)
  const pad = (n: number) => String(n).padStart(2, '0')
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60]
  return h > 0 ? `${h}:${pad(m)}:${pad(s)}` : `${m}:${pad(s)}`
}

/** @param bytes size; SI units as browsers show their quota */
export function byteSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  let value = bytes
  let unit = 0
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** Time of day with seconds, in the reader's own zone: feeds and logs. */
export function clockTime(ms: number): string {
  return new Date(ms).toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
}

/**
 * Two different hex strings, each cut right after the first digit in which they differ (at least three digits), so that a
 * reader sees why one is smaller: `03a…` and `9f2…`.
 */
export function telltale(a: string, b: string): [string, string] {
  let common = 0
  while (common < a.length && a[common] === b[common]) common++
  const digits = Math.max(3, common + 1)
  return [shortHash(a, digits), shortHash(b, digits)]
}
