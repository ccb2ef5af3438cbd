/** Amounts as people write them. The chain counts in thousandths; nobody else should have to. */

const THOUSANDTHS = 3
/** As many digits before the point as the node takes: 18 in all. */
const AMOUNT = /^(\d{1,15})(?:[.,](\d{1,3}))?$/

/** @param milli thousandths, decimal digits @returns for example `12.5`; no trailing zeros */
export function amountText(milli: string): string {
  const digits = milli.padStart(THOUSANDTHS + 1, '0')
  const fraction = digits.slice(-THOUSANDTHS).replace(/0+$/, '')
  const whole = digits.slice(0, -THOUSANDTHS)
  return fraction === '' ? whole : `${whole}.${fraction}`
}

/** @param text for example `12.5` or `12,5` @returns thousandths above zero as decimal digits, or null for anything else */
export function amountOf(text: string): string | null {
  const match = AMOUNT.exec(text.trim())
  if (!match) return null
  const milli = BigInt(match[1]! + (match[2] ?? '').padEnd(THOUSANDTHS, '0'))
  return milli > 0n ? String(milli) : null
}
