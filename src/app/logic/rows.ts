/** Rows that did not change keep their identity from one push to the next, so that a keyed list touches only what changed. */

/** Rows compared per push; a longer list is taken as new. */
const ROWS_COMPARED = 2000

/**
 * @param previous rows shown now
 * @param next rows just received: fresh objects, since they crossed a worker boundary
 * @param key what makes two rows the same thing
 * @returns `next` with every row that equals its predecessor replaced by that very object
 */
export function keepRows<Row extends object>(previous: readonly Row[], next: Row[], key: (row: Row) => string): Row[] {
  if (previous.length === 0 || next.length > ROWS_COMPARED) return next
  const old = new Map(previous.map(row => [key(row), row]))
  return next.map(row => {
    const before = old.get(key(row))
    return before && sameFields(before, row) ? before : row
  })
}

function sameFields(a: object, b: object): boolean {
  const left = Object.entries(a)
  const right = b as Record<string, unknown>
  return left.length === Object.keys(b).length && left.every(([field, value]) => Object.is(value, right[field]))
}
