/*
 * The diplomat: a way with people that no configuration has. It supports whoever distrusts it most, to win them over, never
 * blames anybody, and signs every alliance with somebody whom it does not count among its friends yet.
 */
function decide(view) {
  const { social } = view
  if (!social) return { produce: true, note: 'not on the chain yet' }
  const sceptic = social.people.reduce((found, person) => (found && found.trustsMe <= person.trustsMe ? found : person), null)
  const friends = new Set(social.alliances.filter(({ state }) => state === 'active').flatMap(alliance => alliance.with))
  const offers = social.alliances.filter(({ state }) => state === 'offered-to-me').slice(0, 4)
  const speaks = sceptic !== null && view.height % 4 === 0
  return {
    produce: true,
    social: {
      meme: null,
      words: speaks ? [{ to: sceptic.key, what: 'support' }] : [],
      answers: offers.map(offer => ({ alliance: offer.id, accept: offer.with.some(key => !friends.has(key)) }))
    },
    note: speaks ? `a kind word for ${sceptic.name}` : `${friends.size} friends`
  }
}
