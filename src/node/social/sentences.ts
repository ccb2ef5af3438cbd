/** Transactions about memes and alliances, in words. */
import { fromUtf8, toHex } from '../../core/bytes'
import { decode } from '../../core/codec'
import { AlliancePayload, MemePayload, ReactPayload } from '../../core/schema'
import type { Transaction } from '../../core/schema'
import { memeId, MEME_FORMATS, REACTIONS } from '../../core/state/memes'
import { TX_ALLIANCE, TX_ALLIANCE_SIGN, TX_MEME, TX_REACT } from '../../core/state/transactions'

/** Hex id of the meme that a transaction publishes or reacts to. */
export function memeOf({ kind, payload }: Transaction): string | null {
  if (kind === TX_MEME) {
    const meme = decode(MemePayload, payload)
    return meme.ok ? toHex(memeId(meme.value.format, meme.value.recipe)) : null
  }
  const reaction = kind === TX_REACT ? decode(ReactPayload, payload) : null
  return reaction?.ok ? toHex(reaction.value.meme) : null
}

export function socialSentence({ kind, payload }: Transaction, sender: string, nameOf: (publicKey: Uint8Array) => string): string {
  switch (kind) {
    case TX_MEME: {
      const meme = decode(MemePayload, payload)
      if (!meme.ok) return `${sender} publishes a meme`
      const format = MEME_FORMATS.find(({ number }) => number === meme.value.format)?.name ?? 'meme'
      const caption = fromUtf8(meme.value.caption) ?? ''
      return `${sender} publishes a meme (${format})${caption === '' ? '' : `: “${caption}”`}`
    }
    case TX_REACT: {
      const reaction = decode(ReactPayload, payload)
      const name = reaction.ok ? REACTIONS.find(({ number }) => number === reaction.value.reaction)?.name : undefined
      return `${sender} reacts to a meme${name === undefined ? '' : `: ${name}`}`
    }
    case TX_ALLIANCE: {
      const offer = decode(AlliancePayload, payload)
      if (!offer.ok) return `${sender} proposes an alliance`
      const others = offer.value.members.map(nameOf).filter(name => name !== sender)
      return `${sender} proposes an alliance to ${others.join(', ')}`
    }
    case TX_ALLIANCE_SIGN:
      return `${sender} accepts an alliance`
    default:
      return `${sender} ends an alliance or an offer`
  }
}
