import { describe, expect, it } from 'vitest'
import { parseMail } from '../../../src/mail/parse/parse-mail.ts'

function textOf(fields: string, body: string): string {
  const parsed = parseMail(Buffer.from(`From: ann@example.org\n${fields}\n${body}`, 'latin1'))
  return parsed.outcome === 'message' ? parsed.body.text : parsed.reason.message
}

function parts(type: string, ...contents: readonly string[]): readonly [string, string] {
  return [
    `Content-Type: multipart/${type}; boundary="x y"\n`,
    `preamble\n${contents.map((content) => `--x y\n${content}\n`).join('')}--x y--\nepilogue\n`,
  ]
}

const html = 'Content-Type: text/html\n\n<p>Hi &amp; <b>bye</b></p>'

describe('the text of a mail', () => {
  it.each([
    ['plain', '', 'Hi\n', 'Hi\n'],
    ['CRLF', '', 'Hi\r\nyou\r\n', 'Hi\nyou\n'],
    ['UTF-8 undeclared', '', 'caf\xc3\xa9', 'café'],
    ['Latin-1 undeclared', '', 'caf\xe9', 'café'],
    [
      'windows-1252 declared UTF-8',
      'Content-Type: text/plain; charset=utf-8\n',
      '\x93x\x94',
      '“x”',
    ],
    ['UTF-8 declared as unknown', 'Content-Type: text/plain; charset=y\n', 'caf\xc3\xa9', 'café'],
    ['KOI8-R', 'Content-Type: text/plain; charset="KOI8-R"\n', '\xe1\xce\xce\xc1', 'Анна'],
    ['ISO-2022-JP', 'Content-Type: text/plain; charset=iso-2022-jp\n', '\x1b$B$"\x1b(B', 'あ'],
    [
      'quoted-printable',
      'Content-Transfer-Encoding: quoted-printable\n',
      'a=\nb=3D=C3=A9\n',
      'ab=é\n',
    ],
    ['base64', 'Content-Transfer-Encoding: base64\n', 'SGkNCg==\n', 'Hi\n'],
    ['an unknown encoding', 'Content-Transfer-Encoding: x\n', 'Hi\n', 'Hi\n'],
    ['a file of bytes', 'Content-Type: application/octet-stream\n', 'Hi\n', 'Hi\n'],
    ['alternatives', ...parts('alternative', 'Content-Type: text/plain\n\nHi', html), 'Hi'],
    ['HTML alone', 'Content-Type: text/html\n', '<p>Hi &amp; <b>bye</b></p>\n', 'Hi & bye\n\n'],
    ['several parts', ...parts('mixed', '\none', 'Content-Type: text/plain\n\ntwo'), 'one\ntwo'],
    ['no attachments', ...parts('mixed', '\none', 'Content-Disposition: attachment\n\ntwo'), 'one'],
    [
      'a signed mail',
      ...parts('signed', '\none', 'Content-Type: application/pgp-signature\n\nx'),
      'one',
    ],
    ['an unclosed part', 'Content-Type: multipart/mixed; boundary=b\n', '--b\n\none\n', 'one\n'],
    ['a multipart without parts', 'Content-Type: multipart/mixed; boundary=b\n', 'one\n', 'one\n'],
    ['a multipart without a boundary', 'Content-Type: multipart/mixed\n', 'one\n', 'one\n'],
    [
      'nested parts',
      ...parts(
        'mixed',
        `Content-Type: multipart/alternative; boundary=i\n\n--i\n\none\n--i\n${html}\n--i--`,
        '\ntwo',
      ),
      'one\ntwo',
    ],
  ])('%s', (_, fields, body, text) => {
    expect(textOf(fields, body)).toBe(text)
  })
})
