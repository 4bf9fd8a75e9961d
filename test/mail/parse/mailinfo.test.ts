import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readHeaderBlock } from '../../../src/mail/parse/header-block.ts'
import { readMailInfo } from '../../../src/mail/parse/mailinfo.ts'
import { type GitMailInfo, openGitMailInfo } from '../../support/git-mailinfo.ts'
import { mutatedMail } from '../../support/mutated-mail.ts'

const git = openGitMailInfo()
afterAll(() => git.close())

/** The same facts by our reading; null where it says that git refuses the mail. */
function ours(mail: string): GitMailInfo | null {
  const info = readMailInfo(readHeaderBlock(mail))
  const { author, subject, date, log, patch } = info
  return info.refusals.size > 0
    ? null
    : { name: author.name, email: author.email, subject, date, log, patch }
}

const diff = `diff --git a/a.txt b/a.txt
index 7898192..6178079 100644
--- a/a.txt
+++ b/a.txt
@@ -1 +1 @@
-a
+b
`
const plain = `From: Ann Author <ann@example.org>\nSubject: [PATCH] one\nDate: Mon, 1 Feb 2016 10:00:00 +0100\n`

/** git 2.39 reads on beyond the end of a From whose quote or comment is not closed, into whatever lies there. */
function isOpenEnded(mail: string): boolean {
  const lines = mail.match(/^from:[^\n]*/gim) ?? []
  return lines.some(
    (line) => line.split('"').length % 2 === 0 || line.split('(').length > line.split(')').length,
  )
}

function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64').replace(/.{76}/g, '$&\n')
}

const from = fc.constantFrom(
  'Ann Author <ann@example.org>',
  'ann@example.org (Ann Author)',
  '"Author, Ann" <ann@example.org>',
  'Ann (née B) Author <ann@example.org> (home)',
  '"Ann \\"A\\" (x" <ann@example.org>',
  '=?utf-8?q?Ann_=C3=9C?= <ann@example.org>',
  '=?iso-8859-1?Q?Ann_=DC?= =?iso-8859-1?B?3A==?= <ann@example.org>',
  '=?koi8-r?B?4c7OwQ==?= <ann@example.org>',
  '=?utf-8?q?ann=40example.org?= <ann@example.org>',
  'Ann\xdc <ann@example.org>',
  'ann <ann>',
  'A <ann> B',
  'nobody',
  `${'Long '.repeat(14)}<ann@example.org>`,
  '<ann@example.org>',
  'ann@example.org',
  'Ann <ann@example.org>, Bob <bob@example.org>',
  '(comment (nested \\) x)) ann@example.org',
  '',
)
const subject = fc.constantFrom(
  '[PATCH] one',
  'Re: [PATCH v2 1/2] [x] two: three',
  ' : re:re: [a [b] c] x',
  're:',
  'Re',
  '[unclosed',
  '=?UTF-8?q?=5BPATCH=5D_=C3=BC?=',
  '=?utf-8?b?dW5jbG9zZWQ=',
  '=?x-unknown?q?x?=',
  '=?us-ascii?q?=E9?=',
  'a =?utf-8?q?b?=  =?utf-8?q?c?= d',
  '=?utf-8?z?b?=',
  'x\ty  z',
  '',
)
const contentType = fc.constantFrom(
  'text/plain',
  'text/plain; charset=utf-8',
  'text/plain; charset="ISO-8859-1"',
  'text/plain; charset=us-ascii',
  'text/plain; charset=windows-1252; format=flowed',
  'text/plain; format=flowed; delsp=yes',
  'text/plain; charset=y',
  'text/plain; charset=iso-8859-15',
  'text/plain; charset=koi8-r',
  'multipart/mixed; boundary="b"',
  'multipart/mixed; boundary=b; charset=utf-8',
  'multipart/alternative;\n boundary=bb',
  'text/x-patch; name="=?utf-8?q?x?="',
)
const encoding = fc.constantFrom('8bit', 'quoted-printable', 'base64', '7bit', 'x-BASE64-x')
const field = fc.oneof(
  from.map((value) => `From: ${value}\n`),
  subject.map((value) => `Subject: ${value}\n`),
  fc.constantFrom('Date: Mon, 1 Feb 2016 10:00:00 +0100\n', 'Date:  x  y\n', 'date:z\n'),
  fc.constantFrom('Message-ID: <a@b>\n', 'Message-Id: =?utf-8?q?x\n'),
  contentType.map((value) => `Content-Type: ${value}\n`),
  encoding.map((value) => `Content-Transfer-Encoding: ${value}\n`),
  fc.constantFrom(
    'X-A: b\n',
    ' folded\n',
    '\tfolded \n',
    'From x\n',
    '>From y\n',
    'no field\n',
    ' \n',
  ),
)
const bodyLine = fc.oneof(
  field,
  fc.constantFrom(
    '\n',
    '\n',
    ' \n',
    'text\n',
    'caf\xe9\n',
    'caf\xc3\xa9\n',
    '\x93q\x94\n',
    '-- \n',
  ),
  fc.constantFrom(
    '---\n',
    '--- \t\n',
    '--- a/x\n',
    '---x\n',
    '--- ',
    'Index: x\n',
    'diff -u\n',
    'diff x\n',
  ),
  fc.constantFrom('-- >8 --\n', '  -- 8< -- cut\n', '[PATCH] in body\n', '[PATCH]x\n'),
  fc.constantFrom(
    '>From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\n',
    '>From us\n',
  ),
  fc.constantFrom('--b\n', '--b--\n', '--bb\n', '--bb--\n', '--b x\n'),
  fc.constantFrom(
    'soft =\n',
    '=3D=E9=zz=\n',
    '=20\n',
    '=0A=0D\n',
    'a=',
    ' flowed \n',
    '  stuffed\n',
    'end  \n',
  ),
  fc.constantFrom(
    base64('From: Bob <bob@example.org>\n\nx\n---\n'),
    'YQ==\nYg==\n',
    'YWJjZGU\nZmc\n',
    'dGV4dA==\n',
  ),
  fc.constantFrom(
    diff,
    base64(diff),
    diff.replaceAll('\n', '\r\n'),
    'nul\0byte\n',
    '\r\n',
    'x\r\n',
  ),
)
const mail = fc
  .tuple(fc.array(field, { maxLength: 6 }), fc.array(bodyLine, { maxLength: 14 }), fc.boolean())
  .map(([fields, lines, isPlain]) => `${isPlain ? plain : ''}${fields.join('')}\n${lines.join('')}`)

describe('readMailInfo', () => {
  it('reads byte for byte what git mailinfo reads, and knows what git refuses', () => {
    fc.assert(
      fc.property(mail, (text) => {
        // Of a mail without a body git takes the last header line for one.
        fc.pre(readHeaderBlock(text).body !== '')
        expect(ours(text)).toEqual(git.read(text))
      }),
      { numRuns: Number(process.env['PATCHFERRY_FUZZ_RUNS'] ?? 500) },
    )
  }, 60_000)

  it('reads mutated mails as git mailinfo reads them', () => {
    fc.assert(
      fc.property(mutatedMail(6), (text) => {
        // git mailsplit comes first, and it takes the CR from each CRLF.
        const lines = text.replaceAll('\r\n', '\n')
        fc.pre(readHeaderBlock(lines).body !== '')
        const garbage = isOpenEnded(lines) ? { name: '', email: '' } : {}
        const [read, expected] = [ours(lines), git.read(lines)]
        expect(read && { ...read, ...garbage }).toEqual(expected && { ...expected, ...garbage })
      }),
      { numRuns: Number(process.env['PATCHFERRY_FUZZ_RUNS'] ?? 300) },
    )
  }, 60_000)

  it.each([
    [
      'quoted-printable',
      'quoted-printable',
      (text: string) => text.replaceAll('=', '=3D').replaceAll('\xfc', '=FC'),
    ],
    ['base64', 'base64', base64],
    ['8bit', '8bit', (text: string) => text],
  ])('reads a patch in %s as git does', (_, name, encode) => {
    const text = `${plain}MIME-Version: 1.0\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: ${name}\n\n${encode(`F\xfcr a=b\n---\n${diff}`)}`
    const read = ours(text)
    expect(read).toEqual(git.read(text))
    expect(read).toMatchObject({ log: 'F\xc3\xbcr a=b\n', patch: `---\n${diff}` })
  })
})
