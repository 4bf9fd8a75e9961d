import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAddresses, parseSender } from '../../../src/mail/parse/addresses.ts'
import { cpuNow } from '../../support/cpu-now.ts'

const ann = { name: 'Ann Author', address: 'ann@example.org' }

describe('parseAddresses', () => {
  it.each([
    ['a name and an address', 'Ann Author <ann@example.org>', [ann]],
    [
      'a quoted name with a comma',
      '"Author, Ann" <ann@example.org>',
      [{ ...ann, name: 'Author, Ann' }],
    ],
    [
      'escapes in a quoted name',
      '"Ann \\"A\\" B" <ann@example.org>',
      [{ ...ann, name: 'Ann "A" B' }],
    ],
    ['a bare address', 'ann@example.org', [{ ...ann, name: '' }]],
    ['a comment for a name', 'ann@example.org (Ann Author)', [ann]],
    ['a comment beside a name', 'Ann Author (home (x)) <ann@example.org>', [ann]],
    [
      'several',
      'Ann Author <ann@example.org>, bob@example.org',
      [ann, { name: '', address: 'bob@example.org' }],
    ],
    [
      'a group',
      'people: Ann Author <ann@example.org>, bob@example.org;',
      [ann, { name: '', address: 'bob@example.org' }],
    ],
    ['an empty group', 'undisclosed-recipients:;', []],
    ['a route', '<@hub.example.org:ann@example.org>', [{ ...ann, name: '' }]],
    ['blanks in an address', 'Ann Author < ann@example.org >', [ann]],
    ['encoded words', '=?utf-8?q?Ann_=C3=9C?= <ann@example.org>', [{ ...ann, name: 'Ann Ü' }]],
    [
      'an encoded word in quotes',
      '"=?utf-8?q?Ann_=C3=9C?=" <ann@example.org>',
      [{ ...ann, name: 'Ann Ü' }],
    ],
    ['raw UTF-8', 'Ann \xc3\x9c <ann@example.org>', [{ ...ann, name: 'Ann Ü' }]],
    ['raw Latin-1', 'Ann \xdc <ann@example.org>', [{ ...ann, name: 'Ann Ü' }]],
    [
      'a colon in a name with an address before',
      'a@example.org: x',
      [{ name: '', address: 'a@example.org:' }],
    ],
    [
      'an angle bracket that is never closed',
      'Ann Author <ann@example.org, b@example.org',
      [ann, { name: '', address: 'b@example.org' }],
    ],
    ['garbage', ';,<>,:"', []],
    ['nothing', '', []],
  ])('reads %s', (_, value, mailboxes) => {
    expect(parseAddresses(value)).toEqual(mailboxes)
  })

  it('keeps the name of a sender without an address', () => {
    expect(parseSender('Ann Author')).toEqual({ name: 'Ann Author', address: '' })
  })

  it('cuts names that are no names', () => {
    const [mailbox] = parseAddresses(`${'x'.repeat(35_000)} <ann@example.org>`)
    expect(mailbox?.name).toHaveLength(1000)
  })

  it('never throws, and stays linear', () => {
    const piece = fc.oneof(
      fc.constantFrom('<', '>', '"', '\\', '(', ')', ',', ':', '@', '=?', ' '),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        expect(Array.isArray(parseAddresses(pieces.join('')))).toBe(true)
      }),
    )
    const begun = cpuNow()
    for (const hostile of ['<', '(', '"', '=?utf-8?q?', 'a,', '\\"', ' a ']) {
      parseAddresses(hostile.repeat(200_000))
    }
    expect(cpuNow() - begun).toBeLessThan(8000)
  })
})
