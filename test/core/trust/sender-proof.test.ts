import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAuthenticationResults } from '../../../src/core/trust/authentication-results.ts'
import { isListed, isSenderProven } from '../../../src/core/trust/sender-proof.ts'

const ours = ['mx.example.org']
const ada = 'ada@contributor.example'
const good = 'mx.example.org; dkim=pass header.d=contributor.example header.s=a'

describe('parseAuthenticationResults', () => {
  it.each([
    // Of RFC 8601, appendix B.
    ['example.org 1; none', 'example.org', []],
    [
      'example.com;\n spf=pass smtp.mailfrom=example.net',
      'example.com',
      [['spf', 'pass', { 'smtp.mailfrom': 'example.net' }]],
    ],
    [
      'example.com; sender-id=fail header.from=example.com; dkim=pass (good signature) header.d=example.com',
      'example.com',
      [
        ['sender-id', 'fail', { 'header.from': 'example.com' }],
        ['dkim', 'pass', { 'header.d': 'example.com' }],
      ],
    ],
    [
      "foo.example.net (foobar) 1 (baz); dkim (Because I like it) / 1 (One yay) = (wait for it) fail policy (A dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting it) 1362471462",
      'foo.example.net',
      [['dkim', 'fail', { 'policy.expired': '1362471462' }]],
    ],
    [
      'mx.example; dkim=fail reason="no; dkim=pass header.d=evil" header.d=example.com',
      'mx.example',
      [['dkim', 'fail', { reason: 'no; dkim=pass header.d=evil', 'header.d': 'example.com' }]],
    ],
  ] as const)('reads %j', (value, authservId, results) => {
    const read = parseAuthenticationResults(value)
    expect(read?.authservId).toBe(authservId)
    expect(
      read?.results.map(({ method, result, properties }) => [
        method,
        result,
        Object.fromEntries(properties),
      ]),
    ).toEqual(results)
  })

  it.each(['', ';', 'mx (never ends; dkim=pass', 'mx "; dkim=pass', 'mx 2; dkim=pass'])(
    'reads nothing in %j',
    (value) => {
      expect(parseAuthenticationResults(value)).toBeNull()
    },
  )

  it('ends, whatever it is given', () => {
    const parts = fc.constantFrom('dkim', '=', 'pass', ';', ' ', '"', '(', ')', '\\', '/', '.', 'a')
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 40 }), (some) => {
        const read = parseAuthenticationResults(some.join(''))
        expect(read === null || read.authservId !== '').toBe(true)
      }),
    )
  })
})

describe('isSenderProven', () => {
  it.each([
    ['a signature of the domain', [good], true],
    ['one of a domain above', ['mx.example.org; dkim=pass header.d=example'], false],
    [
      'one of another domain',
      ['mx.example.org; dkim=pass header.d=contributor.example.evil.example'],
      false,
    ],
    ['one of a domain below', ['mx.example.org; dkim=pass header.d=x.contributor.example'], false],
    ['one that is bad', ['mx.example.org; dkim=fail header.d=contributor.example'], false],
    ['SPF alone', ['mx.example.org; spf=pass smtp.mailfrom=ada@contributor.example'], false],
    ['an identity', ['mx.example.org; dkim=pass header.i=@contributor.example'], true],
    [
      'several, one of them good',
      ['mx.example.org; dkim=fail header.d=a.b; ' + good.slice(16)],
      true,
    ],
    ['the word of a stranger', [good.replace('example.org', 'evil.example')], false],
    ['a second word of ours', ['mx.example.org; dkim=none', good], false],
    ['one below a stranger', ['mx.evil.example; dkim=fail', good], true],
    ['one below what cannot be read', ['mx.example.org (; dkim=fail', good], false],
    ['upper case', [good.toUpperCase()], true],
    ['nothing', [], false],
  ])('says of %s', (_what, fields, isProven) => {
    expect(isSenderProven(fields, ada, ours)).toBe(isProven)
  })

  it('of a subdomain takes the signature of the domain above it', () => {
    expect(isSenderProven([good], 'ada@lab.contributor.example', ours)).toBe(true)
  })

  it('is moved by nothing that a mail may bring along below our word', () => {
    const piece = fc.constantFrom(good, 'mx.example.org; dkim=pass header.d=evil.example', 'x', '"')
    fc.assert(
      fc.property(fc.array(piece), fc.constantFrom('none', 'fail', 'policy'), (below, result) => {
        const top = `mx.example.org; dkim=${result} header.d=contributor.example`
        expect(isSenderProven([top, ...below], ada, ours)).toBe(false)
      }),
    )
  })

  it('is not moved by what a reason, a comment or another property says', () => {
    const trap = fc.constantFrom(
      '; dkim=pass header.d=contributor.example',
      'header.d=contributor.example',
      'dkim=pass',
      '\\"',
      ' ',
      ';',
    )
    fc.assert(
      fc.property(fc.array(trap), fc.boolean(), (traps, isComment) => {
        const text = traps.join(' ').replaceAll('\\"', '\\\\')
        const said = isComment ? `(${text})` : `reason="${text}"`
        const field = `mx.example.org; dkim=fail ${said} header.d=evil.example`
        expect(isSenderProven([field], ada, ours)).toBe(false)
      }),
    )
  })
})

describe('isListed', () => {
  it.each([
    ['ada@contributor.example', true],
    ['ADA@Contributor.Example', true],
    ['bob@contributor.example', false],
    ['bob@example.com', true],
    ['bob@lab.example.com', false],
    ['bob@notexample.com', false],
    ['"@example.com"@evil.example', false],
  ])('%s: %s', (address, listed) => {
    expect(isListed(address, [ada, '@example.com'])).toBe(listed)
  })
})
