/** What a light node says that has seen two certificates contradict each other. */
export const forkText = {
  alarm: 'Two certificates of one height contradict each other: more than a third of the validators have lied. This tab believes nobody any more.',
  save: 'Save both certificates',
  file: 'quorumble-fork.json',
  saved: 'Saved. Show it to whoever opened the room.'
}
