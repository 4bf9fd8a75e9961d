import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toMessageId } from '../../../src/core/ids.ts'
import { reportMessageId } from '../../../src/core/report/outgoing-id.ts'
import { oneReturnPath, tokenReturnPaths } from '../../../src/mail/send/return-paths.ts'

const plain = 'bot@ci.example'
const paths = tokenReturnPaths('bot+b-{token}@ci.example', plain, Buffer.from('a key'))
const report = reportMessageId('report-success-v1', 'ci.example')

describe('tokenReturnPaths', () => {
  it('gives each report an address of its own, which leads back to it', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (one, other) => {
        fc.pre(one !== other)
        const id = reportMessageId(one, 'ci.example')
        const address = paths.of(id)

        expect(address).toMatch(/^bot\+b-[0-9a-f]{36}@ci\.example$/)
        expect(id.startsWith(paths.read(address) ?? '-')).toBe(true)
        expect(paths.read(address)).toHaveLength('patchferry.'.length + 20)
        expect(paths.of(reportMessageId(other, 'ci.example'))).not.toBe(address)
      }),
    )
  })

  it('gives the same address at every try, and survives a server that changes letters', () => {
    expect(paths.of(report)).toBe(paths.of(report))
    expect(paths.read(paths.of(report).toUpperCase())).toBe(paths.read(paths.of(report)))
  })

  it('reads nothing in an address that was made up', () => {
    const address = paths.of(report)
    const marked = /(?<digit>.)@/.exec(address)?.groups?.['digit'] ?? ''

    for (const forged of [
      address.replace(`${marked}@`, `${marked === '0' ? '1' : '0'}@`),
      address.replace('bot+', 'bot'),
      address.replace('ci.example', 'ci.example.org'),
      `x${address}`,
      plain,
      '',
    ]) {
      expect(paths.read(forged)).toBeNull()
    }
  })

  it('reads nothing that another key made', () => {
    const others = tokenReturnPaths('bot+b-{token}@ci.example', plain, Buffer.from('another'))

    expect(paths.read(others.of(report))).toBeNull()
  })

  it('takes the template as it is written', () => {
    const dotted = tokenReturnPaths('b.{token}@x.example', plain, Buffer.from('k'))

    expect(dotted.read(dotted.of(report).replace('b.', 'bx'))).toBeNull()
  })

  it('sends what is no report with the plain address', () => {
    expect(paths.of(toMessageId('test-mail@ci.example'))).toBe(plain)
  })
})

describe('oneReturnPath', () => {
  it('is one address, from which nothing is read', () => {
    const one = oneReturnPath(plain)

    expect(one.of(report)).toBe(plain)
    expect(one.read(plain)).toBeNull()
  })
})
