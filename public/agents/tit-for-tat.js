/*
 * Tit for tat. It is kind at first. If the last opinions on its own blocks were mostly bad, it answers in kind: it takes along
 * only few transactions and judges by the letter; as soon as others are pleased again, so is it.
 * Opinions are all that the view tells of what others think; gifts and alliances are not in it.
 */
function decide(view) {
  const mine = view.opinions.filter(opinion => opinion.maker === view.me.key && opinion.judge !== view.me.key)
  const last = mine.filter(opinion => opinion.height === mine[0]?.height)
  const pleased = last.filter(opinion => opinion.approves).length
  const kind = 2 * pleased >= last.length
  const { technical, social, meme, extra } = view.limits.weights
  const shift = Math.min(kind ? technical : social, view.limits.weightShift)
  return {
    produce: true,
    maxTransactions: kind ? view.limits.maxTransactions : Math.ceil(view.limits.maxTransactions / 10),
    weights: kind
      ? { technical: technical - shift, social: social + shift, meme, extra }
      : { technical: technical + shift, social: social - shift, meme, extra },
    note: last.length === 0 ? 'kind at first' : `${pleased} of ${last.length} were pleased: ${kind ? 'kind' : 'strict'}`
  }
}
