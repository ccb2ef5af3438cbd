import { expect, it } from 'vitest'
import { amountOf, amountText } from './amount'

it.each([
  ['5', '5000'],
  [' 12.5 ', '12500'],
  ['0,001', '1'],
  ['000000000000001', '1000'],
  ['123456789012345.678', '123456789012345678']
])('reads %j as %s thousandths', (text, milli) => expect(amountOf(text)).toBe(milli))

it.each(['', '0', '0.000', '-1', '1.2345', '1e3', '.5', '5.', '1234567890123456', 'five', '1 000'])('refuses %j', text => expect(amountOf(text)).toBeNull())

it.each([
  ['0', '0'],
  ['1', '0.001'],
  ['1000', '1'],
  ['12500', '12.5'],
  ['123456789012345678', '123456789012345.678']
])('writes %s thousandths as %s', (milli, text) => expect(amountText(milli)).toBe(text))
