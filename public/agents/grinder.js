/*
 * The grinder. It would like to be first in line more often, so it tries out block contents: another order of
 * transactions at every height. For each order it counts how often it was first in line at the next height.
 * The counts come out alike, for no family looks at a block's content to decide who is next.
 */
const ORDERS = ['fee', 'age', 'own', 'small']

function decide(view) {
  const { tried = {}, last = null } = view.memory ?? {}
  const counts = Object.fromEntries(ORDERS.map(order => [order, { ...(tried[order] ?? { first: 0, all: 0 }) }]))
  if (last !== null) {
    counts[last].all++
    if (view.turn?.rank === 0) counts[last].first++
  }
  const order = ORDERS[view.height % ORDERS.length]
  const note = 'first in line after ' + ORDERS.map(each => `${each} ${counts[each].first}/${counts[each].all}`).join(', ')
  return { produce: true, order, note, memory: { tried: counts, last: order } }
}
