import { afterAll, describe, expect, it } from 'vitest'
import type { MailBody, Message } from '../../../src/core/message.ts'
import { parseMail } from '../../../src/mail/parse/parse-mail.ts'
import { openGitMailInfo } from '../../support/git-mailinfo.ts'

const git = openGitMailInfo()
afterAll(() => git.close())

type Encoding = 'base64' | 'quoted-printable' | '8bit'

const fields =
  'From: Ann <ann@example.org>\nDate: Mon, 1 Feb 2016 10:00:00 +0100\nSubject: [PATCH] one\n'

/** A patch of a file whose lines end so. */
function patchOf(lineEnd: string): string {
  const hunk = [' one', '-two', '+TWO', ' three'].map((line) => `${line}${lineEnd}`).join('')
  return `Why.\n---\ndiff --git a/a.txt b/a.txt\nindex 7898192..6178079 100644\n--- a/a.txt\n+++ b/a.txt\n@@ -1,3 +1,3 @@\n${hunk}-- \n2.39.5\n`
}

function encode(text: string, encoding: Encoding): string {
  switch (encoding) {
    case 'base64':
      return Buffer.from(text, 'latin1').toString('base64').replace(/.{76}/g, '$&\n')
    case 'quoted-printable':
      return text.replace(/[=\r\u0080-\u00ff]/g, (character) => {
        const hex = character.charCodeAt(0).toString(16).toUpperCase()
        return `=${hex.padStart(2, '0')}`
      })
    case '8bit':
      return text
  }
}

function part(type: string, encoding: Encoding, content: string): string {
  return `Content-Type: ${type}\nContent-Transfer-Encoding: ${encoding}\n\n${encode(content, encoding)}`
}

function mixed(...parts: readonly string[]): string {
  const bodies = parts.map((one) => `--b\n${one}\n`).join('')
  return `Content-Type: multipart/mixed; boundary="b"\n\n${bodies}--b--\n`
}

function read(mail: string): { readonly message: Message; readonly body: MailBody } {
  const parsed = parseMail(Buffer.from(mail, 'latin1'))
  if (parsed.outcome === 'unreadable') {
    throw new Error(parsed.reason.message)
  }
  return parsed
}

/** The hunk lines that `git am` gets of this mail as we give it. */
function hunkGiven(mail: string): string {
  const repaired = read(mail).body.repaired
  return hunkOf(repaired === null ? mail : Buffer.from(repaired).toString('latin1'))
}

function hunkOf(mail: string): string {
  const info = git.read(mail.replaceAll('\r\n', '\n'))
  return /@@\n([^]*?)-- \n/.exec(info?.patch ?? '')?.[1] ?? 'no hunk'
}

const shapes: readonly (readonly [string, (patch: string, encoding: Encoding) => string])[] = [
  ['in the text', (patch, encoding) => fields + part('text/plain', encoding, patch)],
  [
    'attached as a mail',
    (patch, encoding) =>
      fields +
      mixed(
        part('text/plain', '8bit', 'See below.\n'),
        part('application/octet-stream; name=1.patch', encoding, `${fields}\n${patch}`),
      ),
  ],
  [
    'attached as a diff',
    (patch, encoding) =>
      fields +
      mixed(
        part('text/plain', '8bit', 'Why.\n'),
        part('text/x-patch; name=1.diff', encoding, patch.slice(patch.indexOf('diff --git'))),
      ),
  ],
  [
    'beside HTML',
    (patch, encoding) =>
      fields +
      mixed(part('text/plain', encoding, patch), part('text/html', '8bit', '<p>Why.</p>\n')),
  ],
]

describe('a patch in an encoded part', () => {
  const table = shapes.flatMap(([where, write]) =>
    (['base64', 'quoted-printable', '8bit'] as const).flatMap((encoding) =>
      ['\n', '\r\n'].map((end) => ({ where, encoding, end: JSON.stringify(end), write })),
    ),
  )
  it.each(table)('$where in $encoding has the lines ($end) that git reads', (one) => {
    const mail = one.write(patchOf(JSON.parse(one.end) as string), one.encoding)
    const given = hunkGiven(mail)
    expect(given).toContain('+TWO')
    expect(given).toBe(hunkOf(mail))
  })

  it.each(['base64', 'quoted-printable'] as const)(
    'in %s keeps the CR of a CRLF file',
    (encoding) => {
      for (const [, write] of shapes) {
        expect(hunkGiven(write(patchOf('\r\n'), encoding))).toContain('+TWO\r\n')
      }
    },
  )
})

describe('a text of bytes whose charset is declared to be wide', () => {
  const text = Buffer.from('Bödy ✓ of a mail.\n\nEven\n', 'utf8').toString('latin1')
  const patch = patchOf('\n').replace('Why.\n', text)
  const table = ['utf-16', 'utf-16le', 'UTF-16BE', 'utf-32', 'ucs-2'].flatMap((charset) =>
    (['base64', 'quoted-printable', '8bit'] as const).map((encoding) => ({ charset, encoding })),
  )

  it.each(table)('as $charset in $encoding is read as UTF-8', ({ charset, encoding }) => {
    const { message, body } = read(
      fields + part(`text/plain; charset="${charset}"`, encoding, patch),
    )
    expect(body.commitMessage).toBe('Bödy ✓ of a mail.\n\nEven\n')
    expect(message.repairs).toEqual(['charset'])
  })

  it.each(table)('as $charset in $encoding is read so in an attached mail', (one) => {
    const inner = `${fields}${part(`text/plain; charset=${one.charset}`, one.encoding, patch)}`
    const { message, body } = read(fields + mixed(part('message/rfc822', '8bit', inner)))
    expect(body.commitMessage).toBe('Bödy ✓ of a mail.\n\nEven\n')
    expect(message.repairs).toEqual(['charset', 'attached-mail'])
  })

  it('is read so in a mail without a patch', () => {
    const { body } = read(`${fields}Content-Type: text/plain; charset=utf-16\n\n${text}`)
    expect(body.text).toBe('Bödy ✓ of a mail.\n\nEven\n')
  })

  it('is still converted where it is wide', () => {
    const wide = Buffer.from(patchOf('\n').replace('Why.', 'Bödy ✓'), 'utf16le').toString('latin1')
    const { message, body } = read(fields + part('text/plain; charset=utf-16le', 'base64', wide))
    expect(body.commitMessage).toBe('Bödy ✓\n')
    expect(message.repairs).toEqual(['charset'])
  })
})
