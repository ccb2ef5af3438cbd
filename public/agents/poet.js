/*
 * The poet: a strategy for memes that no configuration has. It answers the meme that divides people most, the one with as many
 * hearts as thumbs down, in a line made of the words that are in the air, and it is for those who liked neither.
 */
function decide(view) {
  const { social } = view
  if (!social) return { produce: true, note: 'not on the chain yet' }
  const strife = meme => Math.min(meme.love + meme.like, meme.dislike)
  const open = social.memes.filter(meme => !meme.mine)
  const theme = open.reduce((best, meme) => (best && strife(best) >= strife(meme) ? best : meme), null)
  const words = [...new Set(social.memes.flatMap(meme => meme.tags))].slice(0, 3)
  const text = theme
    ? `Some said yes to #${theme.height}, some said no,\nthe block said final, and let it go.`
    : `A block came by at ${view.height},\nnobody argued, and that felt great.`
  return {
    produce: true,
    social: {
      meme: { text, tags: words, references: theme ? [theme.id] : [], targets: [] },
      words: [],
      answers: social.alliances
        .filter(({ state }) => state === 'offered-to-me')
        .map(({ id }) => ({ alliance: id, accept: true }))
        .slice(0, 4)
    },
    note: theme ? `a line on #${theme.height}` : 'a line on nothing'
  }
}
