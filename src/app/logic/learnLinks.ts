/** Addresses within the Learn screen: apart from the other routes, because only that screen links there, and the first one has a budget. */
export const LEARN_HREF = '#/learn'
export const MESSAGES_HREF = '#/learn/messages'
export const messageHref = (entry: string) => `${MESSAGES_HREF}/${entry}`
