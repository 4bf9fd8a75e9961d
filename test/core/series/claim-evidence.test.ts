import { describe, expect, it } from 'vitest'
import { toMessageId } from '../../../src/core/ids.ts'
import { sendingRun, subjectStem } from '../../../src/core/series/claim-evidence.ts'

describe('the sending run that a Message-ID names', () => {
  it.each([
    ['20240115080000.1234-1-ann@example.org', '20240115080000.1234-12-ann@example.org'],
    [
      '1473632524-8585-1-git-send-email-ann@example.org',
      '1473632524-8585-2-git-send-email-ann@example.org',
    ],
    ['cover.1495511998.git.ann@example.org', `${'a1'.repeat(20)}.1495511998.git.ann@example.org`],
    [
      '20240115-fix-leak-v2-0-1a2b3c@example-host.org',
      '20240115-fix-leak-v2-3-1a2b3c@example-host.org',
    ],
  ])('is one for %s and %s', (one, other) => {
    const run = sendingRun(toMessageId(one))
    expect(run).not.toBeNull()
    expect(sendingRun(toMessageId(other))).toBe(run)
  })

  it.each([
    ['20240115080000.1234-1-ann@example.org', '20240115080000.1235-2-ann@example.org'],
    ['20240115080000.1234-1-ann@example.org', '20240115080000.1234-2-bob@example.org'],
    ['20240115-fix-leak-v2-1-1a2b3c@example.org', '20240115-fix-leak-v3-1-1a2b3c@example.org'],
  ])('is another for %s and %s', (one, other) => {
    expect(sendingRun(toMessageId(one))).not.toBe(sendingRun(toMessageId(other)))
  })

  it.each(['1@example.org', 'CAHk-=wh@mail.example.org', 'patchbomb.1485159385@host'])(
    'is not known for %s',
    (id) => {
      expect(sendingRun(toMessageId(id))).toBeNull()
    },
  )
})

describe('the stem of the titles of one series', () => {
  it.each([
    ['net: dsa: fix leak', 'net'],
    ['Alpha one', 'alpha'],
    ['', ''],
  ])('of %j is %j', (title, stem) => {
    expect(subjectStem(title)).toBe(stem)
  })
})
