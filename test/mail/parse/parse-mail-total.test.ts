import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseMail } from '../../../src/mail/parse/parse-mail.ts'
import { cpuNow } from '../../support/cpu-now.ts'
import { mutatedMail, sampleDiff, sampleMails } from '../../support/mutated-mail.ts'

function parse(text: string): ReturnType<typeof parseMail> {
  return parseMail(Buffer.from(text, 'latin1'))
}

describe('parseMail', () => {
  it('reads all mails that are mutated below', () => {
    expect(sampleMails.map((mail) => parse(mail).outcome)).toEqual(sampleMails.map(() => 'message'))
  })

  it('has a result for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        expect(parseMail(bytes)).not.toMatchObject({ reason: { code: 'MAIL_UNREADABLE' } })
      }),
    )
  })

  it('has a result for any mutation of a mail, and the same one each time', () => {
    fc.assert(
      fc.property(mutatedMail(8), (text) => {
        const parsed = parse(text)
        expect(parsed).not.toMatchObject({ reason: { code: 'MAIL_UNREADABLE' } })
        expect(parse(text)).toEqual(parsed)
      }),
      { numRuns: Number(process.env['PATCHFERRY_FUZZ_RUNS'] ?? 1500) },
    )
  }, 60_000)

  it('gives facts without NUL and without half characters, which no store can carry', () => {
    const astral = '\xf0\x9f\x98\x80'
    const text = `From: =?utf-8?q?A=00?= ${astral.repeat(999)}x <a\0@example.org>
Subject: [PATCH] =?utf-8?q?a=00b?=
In-Reply-To: <a=00@b>

From: A\0nn <ann@example.org>

F\0r.

Acked-by: A\0 <a@example.org>
Supersedes: https://example.org/a%00b@c
---
${sampleDiff.replace('a/a.txt b/a.txt', '"a/\\000" "b/\\000"').replace(/^(---|\+\+\+).*\n/gm, '')}
`
    const parsed = parse(text)
    expect(parsed.outcome).toBe('message')
    expect(JSON.stringify(parsed)).not.toMatch(/\\u(?:0000|d[89a-f])/)
  })

  const from = 'From: ann@example.org\n'
  it.each([
    ['encoded words without end', `${from}Subject: ${'=?utf-8?q?'.repeat(50_000)}\n\nx\n`],
    ['many encoded words', `${from}Subject: ${'=?utf-8?q?=E9?= '.repeat(40_000)}\n\nx\n`],
    ['many fields', `${from}${'X: y\n'.repeat(100_000)}\nx\n`],
    [
      'many received fields',
      `${from}${'Received: x; Sun, 11 Sep 2016 23:22:03 +0100\n'.repeat(20_000)}\nx\n`,
    ],
    ['many references', `${from}References: ${'<a@b> '.repeat(100_000)}\n\nx\n`],
    ['a folded line in many pieces', `${from}Subject: x\n${' y\n'.repeat(200_000)}\nx\n`],
    [
      'many parts',
      `${from}Content-Type: multipart/mixed; boundary=b\n\n${'--b\n\nx\n'.repeat(50_000)}`,
    ],
    [
      'parts in parts',
      `${from}${'Content-Type: multipart/mixed; boundary=b\n\n--b\n'.repeat(20_000)}`,
    ],
    ['parameters', `${from}Content-Type: text/plain${';a=b'.repeat(200_000)}\n\nx\n`],
    ['odd parameters', `${from}Content-Type: text/plain${'; "'.repeat(200_000)}\n\nx\n`],
    [
      'equals signs',
      `${from}Content-Transfer-Encoding: quoted-printable\n\n${'='.repeat(2_000_000)}`,
    ],
    ['short base64 lines', `${from}Content-Transfer-Encoding: base64\n\n${'YQ\n'.repeat(300_000)}`],
    ['flowed lines', `${from}Content-Type: text/plain; format=flowed\n\n${'x \n'.repeat(500_000)}`],
    ['one long line', `${from}\n${'x'.repeat(5_000_000)}`],
    ['blanks', `${from}\n${' '.repeat(3_000_000)}\n`],
    ['blank lines', `${from}\n${'\n'.repeat(3_000_000)}`],
    ['quotes', `${from}\n${'> '.repeat(1_000_000)}\n`],
    ['colons', `${from}\n${'a: '.repeat(1_000_000)}\n`],
    ['trailers', `${from}\n${'Acked-by: a (b\n'.repeat(100_000)}`],
    ['hunks', `${from}\n---\n${`${sampleDiff}@@ -1 +1 @@\n`.repeat(20_000)}`],
    ['diff headers', `${from}\n${'diff --git a b c d\n'.repeat(100_000)}`],
    ['a diff header of blanks', `${from}\ndiff --git${' a'.repeat(500_000)}\n`],
    ['quoted names', `${from}\n${'diff --git "a\\'.repeat(100_000)}\n`],
    ['tags', `${from}Content-Type: text/html\n\n${'<'.repeat(1_000_000)}`],
    ['dates', `${from}Date: ${'1 '.repeat(200_000)}\n\nx\n`],
    ['pull requests', `${from}\n${'are available in the git repository at\n'.repeat(50_000)}`],
    [
      'Mercurial fields',
      `${from}\n# HG changeset patch\n${'# User x\n'.repeat(200_000)}${sampleDiff}`,
    ],
  ])(
    'stays linear on %s',
    (_, text) => {
      const begun = cpuNow()
      const parsed = parse(text)
      expect(parsed).not.toMatchObject({ reason: { code: 'MAIL_UNREADABLE' } })
      expect(cpuNow() - begun).toBeLessThan(8000)
    },
    20_000,
  )
})
