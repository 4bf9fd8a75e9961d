import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { toMessageId, toSha } from '../../../src/core/ids.ts'
import {
  type ReportIdentity,
  reportKey,
  reportMessageId,
} from '../../../src/core/report/outgoing-id.ts'

const identity: ReportIdentity = {
  list: 'frob-devel',
  anchor: toMessageId('cover@ada.example'),
  version: '2',
  head: toSha('1a2b3c4d5e6f'.padEnd(40, '0')),
  kind: 'failure',
}

describe('reportKey', () => {
  it('names the report for people and its whole identity in hex', () => {
    expect(reportKey(identity)).toMatch(/^report-failure-v2-1a2b3c4d5e6f-[0-9a-f]{32}$/)
    expect(reportKey({ ...identity, head: null, kind: 'held', version: '5.1' })).toMatch(
      /^report-held-v5\.1-none-[0-9a-f]{32}$/,
    )
  })

  it.each<[string, Partial<ReportIdentity>]>([
    ['list', { list: 'frob' }],
    ['anchor', { anchor: toMessageId('other@ada.example') }],
    ['version', { version: '2.1' }],
    ['head', { head: toSha('1a2b3c4d5e6f'.padEnd(40, '1')) }],
    ['missing head', { head: null }],
    ['kind', { kind: 'success' }],
  ])('is another one with another %s', (_name, change) => {
    expect(reportKey({ ...identity, ...change })).not.toBe(reportKey(identity))
  })

  it('does not let one part run into the next', () => {
    const one = reportKey({ ...identity, list: 'a","b', anchor: toMessageId('c') })
    const other = reportKey({ ...identity, list: 'a', anchor: toMessageId('b","c') })

    expect(one).not.toBe(other)
  })
})

describe('reportMessageId', () => {
  it('is the same for the same key and another for another', () => {
    const key = reportKey(identity)

    expect(reportMessageId(key, 'bot.example')).toBe(reportMessageId(key, 'BOT.example'))
    expect(reportMessageId(`${key}0`, 'bot.example')).not.toBe(reportMessageId(key, 'bot.example'))
    expect(reportMessageId(key, 'bot.example')).toMatch(/^patchferry\.[0-9a-f]{40}@bot\.example$/)
  })

  it.each(['', 'münchen.example', 'a b', '-a.example', 'a..b', 'x\r\nBcc: y', 'a'.repeat(300)])(
    'is safe with the domain %j',
    (domain) => {
      expect(reportMessageId('key', domain)).toMatch(
        /^patchferry\.[0-9a-f]{40}@[0-9a-f]{16}\.invalid$/,
      )
    },
  )

  it('is short and safe whatever the key and the domain', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 400 }),
        fc.string({ unit: 'binary', maxLength: 400 }),
        (key, domain) => {
          const id = reportMessageId(key, domain)

          expect(id).toMatch(/^[A-Za-z0-9._+-]+@[A-Za-z0-9.-]+$/)
          expect(id.length).toBeLessThanOrEqual(200)
        },
      ),
    )
  })
})
