import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseMail } from '../../../src/mail/parse/parse-mail.ts'

const diff = `diff --git a/a.txt b/a.txt
index 7898192..6178079 100644
--- a/a.txt
+++ b/a.txt
@@ -1 +1 @@
-a
+b
`

const header = `Received: from a by b; Sun, 11 Sep 2016 22:22:05 +0000
From: "Ann \xc3\x9c. via dev" <dev@lists.example.org>
Reply-To: =?utf-8?q?Ann_=C3=9C=2E?= <ann@example.org>
To: people: dev@lists.example.org, "B, C" <b@example.org>;
Subject: =?utf-8?b?W1BBVENIIDEvMl0gY2hhbmdlIGE=?=
Date: Sun, 11 Sep 2016 23:22:03 +0100
Message-ID: <1@example.org>
In-Reply-To: <0@example.org>
References: <r@example.org>
 <0@example.org>
List-Id: dev <dev.lists.example.org>
MIME-Version: 1.0
`

const mails: readonly string[] = [
  `${header}\nWhy.\n\nSigned-off-by: Ann <ann@example.org>\n---\n a.txt | 2 +-\n\n${diff}-- \n2.39.5\n`,
  `${header}Content-Type: text/plain; charset="iso-8859-1"; format=flowed; delsp=yes\nContent-Transfer-Encoding: quoted-printable\n\nF=FCr =\nalle. \n---\n${diff}`,
  `${header}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n${Buffer.from(`Why.\r\n---\r\n${diff}`).toString('base64')}\n`,
  `${header}Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain\n\nHi\n--c\nContent-Type: text/html\n\n<p>Hi</p>\n--c--\n--b\nContent-Type: text/x-patch; name*0*=utf-8''a%20; name*1=.patch\nContent-Disposition: attachment\n\nFrom: X <x@example.org>\nSubject: y\n\nz\n---\n${diff}\n--b\nContent-Type: message/rfc822\n\n${header}\nHi\n--b--\n`,
  `${header}\n# HG changeset patch\n# User Ann <ann@example.org>\n# Date 1484800475 18000\nx\n\n${diff}`,
  `${header}\nAnn wrote:\n> x\n\nReviewed-by: B <b@example.org>\nbase-commit: ${'a'.repeat(40)}\nSupersedes: <x@y>\n`,
]

const pieces = fc.oneof(
  fc.constantFrom(
    '=?',
    '?=',
    '=?utf-8?q?',
    '--b',
    '\n--b\n',
    '--b--',
    '\n\n',
    '\n',
    '\r\n',
    '\0',
    '<',
    '>',
    '"',
    '(',
  ),
  fc.constantFrom(
    '=',
    '=E9',
    '=\n',
    '@@ -1,9 +1,9 @@\n',
    '\ndiff --git a/x b/x\n',
    '--- ',
    '\n---\n',
    '\nFrom: ',
    ' via ',
  ),
  fc.constantFrom(
    'Content-Type: multipart/mixed; boundary=b\n',
    'charset=',
    'format=flowed',
    '\xff\xfe',
    '\n> ',
    '\t',
  ),
  fc.string({ unit: 'binary-ascii', maxLength: 5 }),
)

/** Cuts, doubles, swaps or adds somewhere. */
const edit = fc.tuple(
  fc.nat(),
  fc.nat({ max: 40 }),
  fc.constantFrom('cut', 'double', 'add', 'end'),
  pieces,
)

function mutate(
  text: string,
  edits: readonly (readonly [number, number, string, string])[],
): string {
  let out = text
  for (const [position, length, what, piece] of edits) {
    const at = position % (out.length + 1)
    const part = out.slice(at, at + length)
    const middle = { cut: '', double: part + part, add: piece + part, end: '' }[what] ?? ''
    out = out.slice(0, at) + middle + (what === 'end' ? '' : out.slice(at + length))
  }
  return out
}

function parse(text: string): ReturnType<typeof parseMail> {
  return parseMail(Buffer.from(text, 'latin1'))
}

describe('parseMail', () => {
  it('reads all mails that are mutated below', () => {
    expect(mails.map((mail) => parse(mail).outcome)).toEqual(mails.map(() => 'message'))
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
      fc.property(fc.constantFrom(...mails), fc.array(edit, { maxLength: 8 }), (mail, edits) => {
        const text = mutate(mail, edits)
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
${diff.replace('a/a.txt b/a.txt', '"a/\\000" "b/\\000"').replace(/^(---|\+\+\+).*\n/gm, '')}
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
    ['hunks', `${from}\n---\n${`${diff}@@ -1 +1 @@\n`.repeat(20_000)}`],
    ['diff headers', `${from}\n${'diff --git a b c d\n'.repeat(100_000)}`],
    ['a diff header of blanks', `${from}\ndiff --git${' a'.repeat(500_000)}\n`],
    ['quoted names', `${from}\n${'diff --git "a\\'.repeat(100_000)}\n`],
    ['tags', `${from}Content-Type: text/html\n\n${'<'.repeat(1_000_000)}`],
    ['dates', `${from}Date: ${'1 '.repeat(200_000)}\n\nx\n`],
    ['pull requests', `${from}\n${'are available in the git repository at\n'.repeat(50_000)}`],
    ['Mercurial fields', `${from}\n# HG changeset patch\n${'# User x\n'.repeat(200_000)}${diff}`],
  ])(
    'stays linear on %s',
    (_, text) => {
      const begun = performance.now()
      const parsed = parse(text)
      expect(parsed).not.toMatchObject({ reason: { code: 'MAIL_UNREADABLE' } })
      expect(performance.now() - begun).toBeLessThan(8000)
    },
    20_000,
  )
})
