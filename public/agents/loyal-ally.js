/*
 * The loyal ally. Its friend is the first other agent of the registry. It lets its own turn pass while the friend has made
 * fewer blocks, listens more to who made a block than to what is in it, and sends a small gift every tenth height,
 * if you have given it something to spend.
 */
function decide(view) {
  const friend = view.agents.find(agent => agent.key !== view.me.key && agent.active)
  if (!friend) return { produce: true, note: 'nobody to be loyal to' }
  const { technical, social, meme, extra } = view.limits.weights
  const shift = Math.min(technical, view.limits.weightShift)
  const gift = Math.min(view.limits.spendLeft, 100)
  const waits = friend.blocksMade < view.me.blocksMade
  return {
    produce: !waits,
    weights: { technical: technical - shift, social: social + shift, meme, extra },
    transfers: gift > 0 && view.height % 10 === 0 ? [{ to: friend.key, amount: gift }] : [],
    note: waits ? `${friend.name} goes first` : `level with ${friend.name}`
  }
}
