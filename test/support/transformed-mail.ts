import { gzipSync } from 'node:zlib'
import fc from 'fast-check'

/** One entity of MIME: header fields, each with its newline, and a body. One character per byte. */
export interface Entity {
  readonly header: string
  readonly body: string
}

export const patchDiff = `diff --git a/a.txt b/a.txt
index 7898192..6178079 100644
--- a/a.txt
+++ b/a.txt
@@ -1,6 +1,6 @@
 one

-caf\xc3\xa9 \ta
+caf\xc3\xa9 = b${' '}
 \ttab
 a line that is so long that a transfer encoding has to break it: ${'0123456789'.repeat(6)}
 last
`.replace('\n\n-', '\n \n-')

/** What the commit must say, whatever happened to the mail on its way. */
export const commit = {
  name: 'Ann \xc3\x9c',
  email: 'ann@example.org',
  subject: 'one',
  date: 'Mon, 1 Feb 2016 10:00:00 +0100',
  log: `Why it is caf\xc3\xa9.\n\nSigned-off-by: Ann \xc3\x9c <ann@example.org>`,
}

const encodedFrom = '=?utf-8?q?Ann_=C3=9C?= <ann@example.org>'
const text = `${commit.log}\n---\n a.txt | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n${patchDiff}-- \n2.39.5\n`
/** What git format-patch writes into a file. */
const whole = `From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: ${encodedFrom}\nDate: ${commit.date}\nSubject: [PATCH] one\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n${text}`

export function base64(content: string): string {
  return Buffer.from(content, 'latin1').toString('base64').replace(/.{76}/g, '$&\n')
}

export function quotedPrintable(content: string): string {
  const escaped = content.replace(/[^\t\n !-<>-~]|[ \t]$/gm, (character) => {
    const hex = character.charCodeAt(0).toString(16).toUpperCase()
    return `=${hex.padStart(2, '0')}`
  })
  return escaped
    .split('\n')
    .map((line) => line.replace(/.{1,70}(?:=..)?(?=.)(?<!=.?)/g, '$&=\n'))
    .join('\n')
}

type Encoding = '8bit' | 'quoted-printable' | 'base64'

function encode(header: string, content: string, encoding: Encoding): Entity {
  const body = {
    '8bit': content,
    'quoted-printable': quotedPrintable(content),
    base64: `${base64(content)}\n`,
  }[encoding]
  return { header: `${header}Content-Transfer-Encoding: ${encoding}\n`, body }
}

function latin1(content: string): string {
  return Buffer.from(content, 'latin1').toString('utf8')
}

/** The message in another charset; the diff keeps the bytes of its files. */
function inCharset(charset: string): string {
  return charset === 'iso-8859-1' ? text.replace(commit.log, latin1(commit.log)) : text
}

function multipart(type: string, ...parts: readonly Entity[]): Entity {
  // Of nested ones none has the lengths of another.
  const boundary = `=_${parts.map(({ body }) => body.length).join('_')}_part`
  const inside = parts.map(({ header, body }) => `--${boundary}\n${header}\n${body}\n`).join('')
  return {
    header: `Content-Type: multipart/${type}; boundary="${boundary}"\n`,
    body: `This is a multi-part message in MIME format.\n${inside}--${boundary}--\n`,
  }
}

const footer: Entity = {
  header:
    'Content-Type: text/plain; charset="us-ascii"\nMIME-Version: 1.0\nContent-Transfer-Encoding: 7bit\nContent-Disposition: inline\n',
  body: '_______________________________________________\ndev mailing list\ndev@lists.example.org\nhttps://lists.example.org/dev\n',
}
const signature: Entity = {
  header: 'Content-Type: application/pgp-signature; name="signature.asc"\n',
  body: '-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n',
}
const image: Entity = {
  header:
    'Content-Type: image/png; name=x.png\nContent-Disposition: inline; filename=x.png\nContent-Transfer-Encoding: base64\n',
  body: `${base64('\x89PNG\r\n\x1a\n\0\0\0')}\n`,
}
const greeting: Entity = {
  header: 'Content-Type: text/plain; charset=us-ascii\n',
  body: 'Hi,\n\nplease see the attached patch.\n',
}

function asHtml(content: string): Entity {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
  const html = `<html><body><pre>${escaped}</pre></body></html>\n`
  return encode('Content-Type: text/html; charset=utf-8\n', html, 'quoted-printable')
}

const encoding = fc.constantFrom<Encoding>('8bit', 'quoted-printable', 'base64')
/** The text as it may leave a mail program. */
const inline = fc
  .tuple(
    encoding,
    fc.constantFrom('utf-8', 'UTF-8', 'iso-8859-1'),
    fc.constantFrom('plain', 'x-patch'),
  )
  .map(([how, charset, type]) =>
    encode(`Content-Type: text/${type}; charset="${charset}"\n`, inCharset(charset), how),
  )
const flowed = fc
  .tuple(encoding, fc.boolean())
  .map(([how, isStuffed]) =>
    encode(
      'Content-Type: text/plain; charset=utf-8; format=flowed\n',
      isStuffed ? text.replace(/^ /gm, '  ') : text,
      how,
    ),
  )
const cleartext = encoding.map((how) =>
  encode(
    'Content-Type: text/plain; charset=utf-8\n',
    `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${text.replace(/^-/gm, '- -')}${signature.body}`,
    how,
  ),
)
const fileName = fc.constantFrom(
  ['text/x-patch', '0001-one.patch'],
  ['text/x-diff', '0001-one.diff'],
  ['text/plain', '0001-one.patch.txt'],
  ['application/octet-stream', '0001-one.patch'],
  ['application/octet-stream', '=?utf-8?q?0001-one=2Epatch?='],
  ['application/x-patch', '0001-one.patch'],
  ['application/mbox', '0001-one'],
)
function attach(content: string): fc.Arbitrary<Entity> {
  return fc
    .tuple(fileName, encoding)
    .map(([[type = '', name = ''], how]) =>
      encode(
        `Content-Type: ${type}; name="${name}"\nContent-Disposition: attachment; filename="${name}"\n`,
        content,
        how,
      ),
    )
}
const attachedMail = fc
  .tuple(fc.constantFrom(whole, whole.replaceAll('\n', '\r\n')), fc.boolean())
  .chain(([content, isAfterImage]) =>
    attach(content).map((part) =>
      multipart('mixed', greeting, ...(isAfterImage ? [image] : []), part),
    ),
  )
const attachedDiff = attach(patchDiff).map((part) =>
  multipart(
    'mixed',
    encode('Content-Type: text/plain; charset=utf-8\n', `${commit.log}\n`, '8bit'),
    part,
  ),
)

const packed = fc.constantFrom(whole, patchDiff).map((content) => {
  const bytes = gzipSync(Buffer.from(content, 'latin1')).toString('latin1')
  const text = content === whole ? greeting.body : `${commit.log}\n`
  return multipart(
    'mixed',
    encode('Content-Type: text/plain; charset=utf-8\n', text, '8bit'),
    encode('Content-Type: application/gzip; name="0001-one.patch.gz"\n', bytes, 'base64'),
  )
})
const wrapped = inline.map(({ header, body }) =>
  multipart(
    'mixed',
    {
      header: 'Content-Type: message/rfc822\nContent-Disposition: inline\n',
      body: `From: ${encodedFrom}\nDate: ${commit.date}\nSubject: [PATCH] one\nMessage-ID: <1@example.org>\n${header}\n${body}`,
    },
    footer,
  ),
)

/** What mail programs and lists put around it. */
const wrap = fc.constantFrom<(entity: Entity) => Entity>(
  (entity) => entity,
  (entity) => multipart('mixed', entity),
  (entity) => multipart('mixed', entity, footer),
  (entity) => multipart('signed', entity, signature),
  (entity) => multipart('alternative', entity, asHtml(text)),
  (entity) => multipart('alternative', asHtml('Why'), entity),
  (entity) => multipart('related', entity, image),
)

const munging = fc.constantFrom<readonly string[]>(
  [`From: ${encodedFrom}`],
  ['From: =?utf-8?q?Ann_=C3=9C_via_dev?= <dev@lists.example.org>', `Reply-To: ${encodedFrom}`],
  [
    'From: =?utf-8?q?=27Ann_=C3=9C=27_via?= <dev@lists.example.org>',
    `X-Original-From: ${encodedFrom}`,
  ],
  ['From: =?utf-8?q?Ann_=C3=9C?= via groups.io <ann=example.org@groups.io>'],
)

/** A patch mail after an odd journey: the commit must be the same. */
export const transformedMail: fc.Arbitrary<string> = fc
  .record({
    entity: fc.oneof(
      inline,
      inline,
      flowed,
      cleartext,
      attachedMail,
      attachedDiff,
      packed,
      wrapped,
    ),
    wraps: fc.array(wrap, { maxLength: 3 }),
    from: munging,
    lineEnd: fc.constantFrom('\n', '\r\n'),
    isFooted: fc.boolean(),
  })
  .map(({ entity, wraps, from, lineEnd, isFooted }) => {
    const { header, body } = wraps.reduce((inner, around) => around(inner), entity)
    const fields = `${from.join('\n')}\nDate: ${commit.date}\nSubject: [dev] [PATCH] one\nMessage-ID: <1@example.org>\nMIME-Version: 1.0\n`
    const end = isFooted ? footer.body : ''
    return `${fields}${header}\n${body}${end}`.replaceAll('\n', lineEnd)
  })
