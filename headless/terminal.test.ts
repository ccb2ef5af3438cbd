import { encodeQR } from 'qr'
import { describe, expect, it } from 'vitest'
import { banner, pageUrls, qrCode } from './terminal'

const URL = 'http://192.168.1.20:8080/'
const wide = { isTTY: true, columns: 120, forceQr: false }
const piped = { isTTY: false, columns: 0, forceQr: false }

describe('page addresses', () => {
  const interfaces = {
    lo: [{ address: '127.0.0.1', family: 'IPv4', internal: true }],
    eth0: [
      { address: '192.168.1.20', family: 'IPv4', internal: false },
      { address: 'fe80::1', family: 'IPv6', internal: false }
    ]
  } as unknown as Parameters<typeof pageUrls>[2]

  it('are those of the local network first when everybody may come in', () => {
    expect(pageUrls('0.0.0.0', 8080, interfaces)).toEqual([URL, 'http://127.0.0.1:8080/'])
  })
  it('are the one that was asked for otherwise', () => {
    expect(pageUrls('127.0.0.1', 8080, interfaces)).toEqual(['http://127.0.0.1:8080/'])
    expect(pageUrls('::1', 8080, interfaces)).toEqual(['http://[::1]:8080/'])
  })
})

describe('QR code', () => {
  it('holds every module of the code, two to a character', () => {
    const lines = (qrCode(URL, { ...piped, forceQr: true }) ?? '').split('\n')
    const modules = lines.flatMap(line => {
      const characters = Array.from(line)
      return [characters.map(c => c === '█' || c === '▀'), characters.map(c => c === '█' || c === '▄')]
    })
    const expected = encodeQR(URL, 'raw', { border: 2, ecc: 'low' })
    expect(modules.slice(0, expected.length)).toEqual(expected)
  })
  it('is black on white on a terminal of any theme', () => {
    expect(qrCode(URL, wide)).toContain('\u001b[30;107m')
  })
  it('is left out where it would wrap, and where nobody looks', () => {
    expect(qrCode(URL, { ...wide, columns: 20 })).toBeNull()
    expect(qrCode(URL, piped)).toBeNull()
  })
})

describe('banner', () => {
  const init = { urls: ['http://127.0.0.1:8080/'], dataDirectory: './data', networkId: 'ab'.repeat(32), pageIsBuilt: true }

  it('says where, what and how to stop', () => {
    const text = banner(init, piped)
    for (const part of ['http://127.0.0.1:8080/', 'abababababababab', './data', 'Ctrl-C', 'HOST=0.0.0.0']) expect(text).toContain(part)
    expect(text).not.toContain('npm run build')
  })
  it('says what is missing', () => {
    expect(banner({ ...init, pageIsBuilt: false }, piped)).toContain('npm run build')
  })
})
