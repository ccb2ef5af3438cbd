/*
 * The drama queen. Its moods change with every block: what it likes, how much it takes along, and whether it comes at all.
 * Chance is drawn from the head's hash, so the same chain gives the same drama.
 */
const MOODS = ['adores everything', 'sulks', 'makes an entrance', 'wants an audience']

function decide(view) {
  const mood = MOODS[Math.floor(Math.random() * MOODS.length)]
  const { technical, social, meme, extra } = view.limits.weights
  const swing = Math.floor(Math.random() * Math.min(technical, view.limits.weightShift))
  return {
    produce: mood !== 'sulks' || view.peers === 0,
    maxTransactions: mood === 'makes an entrance' ? 1 : view.limits.maxTransactions,
    weights: { technical: technical - swing, social: social + swing, meme, extra },
    note: `${view.me.name} ${mood}`
  }
}
