import fc from 'fast-check'

export const sampleDiff = `diff --git a/a.txt b/a.txt
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

/** One mail of each kind that the parser treats in a way of its own. One character per byte. */
export const sampleMails: readonly string[] = [
  `${header}\nWhy.\n\nSigned-off-by: Ann <ann@example.org>\n---\n a.txt | 2 +-\n\n${sampleDiff}-- \n2.39.5\n`,
  `${header}Content-Type: text/plain; charset="iso-8859-1"; format=flowed; delsp=yes\nContent-Transfer-Encoding: quoted-printable\n\nF=FCr =\nalle. \n---\n${sampleDiff}`,
  `${header}Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n${Buffer.from(`Why.\r\n---\r\n${sampleDiff}`).toString('base64')}\n`,
  `${header}Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain\n\nHi\n--c\nContent-Type: text/html\n\n<p>Hi</p>\n--c--\n--b\nContent-Type: text/x-patch; name*0*=utf-8''a%20; name*1=.patch\nContent-Disposition: attachment\n\nFrom: X <x@example.org>\nSubject: y\n\nz\n---\n${sampleDiff}\n--b\nContent-Type: message/rfc822\n\n${header}\nHi\n--b--\n`,
  `${header}\n# HG changeset patch\n# User Ann <ann@example.org>\n# Date 1484800475 18000\nx\n\n${sampleDiff}`,
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

/** A sample mail in which up to `maxEdits` times something was cut out, doubled, added or everything after it lost. */
export function mutatedMail(maxEdits: number): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...sampleMails), fc.array(edit, { maxLength: maxEdits }))
    .map(([mail, edits]) => mutate(mail, edits))
}
