import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { MessageId, TopicId } from '../../src/core/ids.ts'
import { mailRef, parseMailRef, seriesBranch, seriesTagRef } from '../../src/core/ref-name.ts'

const topic = '0123456789ab' as TopicId

function gitAccepts(ref: string): boolean {
  try {
    execFileSync('git', ['check-ref-format', ref], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Any string, lone surrogates included, with many of the characters that need care. */
const anyId = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom('.', 'lock', '.lock', '%', '/', '@', '{', 'a', ' ', '~', 'é'),
  }),
  fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((codes) => String.fromCharCode(...codes)),
  fc.string({ minLength: 190, maxLength: 210 }),
) as fc.Arbitrary<MessageId>

describe('the ref of a mail', () => {
  it.each([
    ['1@example.com', '1@example.com'],
    ['20240101.1-2-a+b=c,d_e@x.org', '20240101.1-2-a+b=c,d_e@x.org'],
    ['a/b%c@x', 'a%2fb%25c@x'],
    ['.a..b.@x.', '%2ea.%2eb.@x%2e'],
    ['x...lock@y', 'x.%2e%2elock@y'],
    ['x@y.lock', 'x@y%2elock'],
    ['x.lock@y', 'x.lock@y'],
    ['é@x', '%c3%a9@x'],
    ['a~b^c:d?e*f[g\\h i', 'a%7eb%5ec%3ad%3fe%2af%5bg%5ch%20i'],
    ['@', '@'],
    ['@{x', '@%7bx'],
    ['\ud800', '%ed%a0%80'],
  ])('of %s is refs/mail/%s', (id, encoded) => {
    expect(mailRef(id as MessageId)).toBe(`refs/mail/${encoded}`)
    expect(parseMailRef(`refs/mail/${encoded}`)).toBe(id)
  })

  it('is hashed where it would exceed 200 bytes, or be empty', () => {
    const long = 'a'.repeat(200) as MessageId
    expect(mailRef(long)).toBe(`refs/mail/${long}`)
    expect(mailRef(`${long}a` as MessageId)).toMatch(/^refs\/mail\/%-[0-9a-f]{64}$/)
    expect(mailRef('' as MessageId)).toBe(
      'refs/mail/%-e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    )
  })

  it('gives every id back, or is the hashed form', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        const ref = mailRef(id)
        expect(ref.length).toBeLessThanOrEqual('refs/mail/'.length + 200)
        expect(ref.slice('refs/mail/'.length)).toMatch(/^[A-Za-z0-9@_+=,.%-]+$/)
        expect(parseMailRef(ref)).toBe(ref.startsWith('refs/mail/%-') ? null : id)
      }),
    )
  })

  it('is never that of another id', () => {
    fc.assert(
      fc.property(anyId, anyId, (one, other) => {
        expect(mailRef(one) === mailRef(other)).toBe(one === other)
      }),
    )
  })

  it('is one that git takes', () => {
    fc.assert(
      fc.property(anyId, (id) => {
        expect(gitAccepts(mailRef(id))).toBe(true)
      }),
      { numRuns: 150 },
    )
  }, 30_000)

  it.each([
    'refs/heads/a@x',
    'refs/mail/',
    'refs/mail/a%2Fb',
    'refs/mail/a%61',
    'refs/mail/a/b',
    'refs/mail/a..b',
    'refs/mail/%ff',
    'refs/mail/%c0%80',
    'refs/mail/%f8%80',
    'refs/mail/%ed%a0%80%ed%b0%80',
    'refs/mail/a%2',
    `refs/mail/%-${'0'.repeat(64)}`,
    `refs/mail/${'a'.repeat(201)}`,
  ])('cannot be read from %s', (ref) => {
    expect(parseMailRef(ref)).toBeNull()
  })
})

describe('the refs of a topic', () => {
  it('name branch and tag', () => {
    expect(seriesBranch('fix-leak', topic)).toBe('refs/heads/series/fix-leak-0123456789ab')
    expect(seriesTagRef(topic, '5.1', 3)).toBe('refs/series/0123456789ab/v5.1-3')
  })
})
