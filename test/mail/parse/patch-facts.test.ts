import { describe, expect, it } from 'vitest'
import type { Message } from '../../../src/core/message.ts'
import { parseMail } from '../../../src/mail/parse/parse-mail.ts'

const diff = `diff --git a/a.txt b/a.txt
index 7898192..6178079 100644
--- a/a.txt
+++ b/a.txt
@@ -1,2 +1,2 @@
 caf\xc3\xa9 = x
-a
+b
`
const date = 'Date: Sun, 11 Sep 2016 23:22:03 +0100\n'
const id = 'Message-ID: <1@example.org>\n'
const from = 'From: Ann Author <ann@example.org>\n'

function read(text: string): Message {
  const parsed = parseMail(Buffer.from(text, 'latin1'))
  if (parsed.outcome === 'unreadable') {
    throw new Error(parsed.reason.message)
  }
  return parsed.message
}

function quotedPrintable(text: string): string {
  return text.replace(
    /[=\x80-\xff]/g,
    (byte) => `=${byte.charCodeAt(0).toString(16).toUpperCase()}`,
  )
}

describe('the content hash', () => {
  const body = `Why.\n---\n${diff}-- \n2.39.5\n`
  const mail = `${from}Subject: [PATCH] one\n${date}${id}\n${body}`
  const footer = '\n_______________\ndev mailing list\ndev@lists.example.org\n'
  const hash = read(mail).patch?.contentHash

  it.each([
    ['another footer', `${mail}${footer}`],
    [
      'a subject tag and a munged From',
      `From: Ann via dev <dev@lists.example.org>\nX-Original-From: Ann Author <ann@example.org>\nSubject: [dev] [PATCH] one\n${date}${id}List-Id: <dev>\n\n${body}${footer}`,
    ],
    ['CRLF', mail.replaceAll('\n', '\r\n')],
    [
      'quoted-printable',
      mail.replace(
        `\n\n${body}`,
        `\nContent-Transfer-Encoding: quoted-printable\nContent-Type: text/plain; charset=utf-8\n\n${quotedPrintable(body)}`,
      ),
    ],
    [
      'a footer in a part of its own',
      mail.replace(
        `\n\n${body}`,
        `\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset=utf-8\n\n${body}\n--b\nContent-Type: text/plain\n\n${footer}\n--b--\n`,
      ),
    ],
    ['no empty line at the end', mail.replace('-- \n2.39.5\n', '')],
  ])('is the same with %s', (_, copy) => {
    expect(read(copy).patch?.contentHash).toBe(hash)
  })

  it.each([
    ['message', mail.replace('Why', 'Because')],
    ['title', mail.replace('one', 'two')],
    ['diff', mail.replace('+b', '+c')],
    ['mode', mail.replace('100644', '100755')],
  ])('is another with another %s', (_, copy) => {
    expect(read(copy).patch?.contentHash).toMatch(/^[0-9a-f]{64}$/)
    expect(read(copy).patch?.contentHash).not.toBe(hash)
  })
})

describe('a diff in a mail', () => {
  const attribution = 'On Monday, Bob wrote:\n'

  it.each([
    ['the output of format-patch', '[PATCH] x', `Why.\n---\n a.txt | 2 +-\n\n${diff}`, true],
    ['a patch without a message', '[PATCH] x', diff, true],
    ['a patch that quotes a report', '[PATCH] x', `As told:\n> it breaks\n---\n${diff}`, true],
    ['a new version sent as a reply', 'Re: [PATCH v2] x', `Why.\n---\n${diff}`, true],
    [
      'a patch without git',
      '[PATCH] x',
      `Why.\n\n${diff.replace(/^(?:diff|index).*\n/gm, '')}`,
      false,
    ],
    [
      'a suggestion in a discussion',
      'Re: [PATCH] x',
      `${attribution}> why\n\nRather so:\n\n${diff}`,
      false,
    ],
    ['a suggestion below a quote', 'x', `${attribution}> why\n\n${diff}`, false],
  ])('%s', (_, subject, body, isFormatPatch) => {
    const { patch } = read(`${from}Subject: ${subject}\n${date}${id}\n${body}`)
    expect(patch).toMatchObject({ isFormatPatch, files: [{ newPath: 'a.txt' }] })
  })

  it.each([
    ['only quoted', diff.replace(/^/gm, '> ')],
    ['only indented', diff.replace(/^/gm, '  ')],
    ['none', 'Hello\n---\nbye\n'],
    ['a header without hunks', 'diff --git a/a b/a\nindex 1..2 100644\n'],
  ])('is no patch: %s', (_, body) => {
    expect(read(`${from}Subject: Re: [PATCH] x\n${date}${id}\n${body}`).patch).toBeNull()
  })

  it.each([
    ['patch-corrupt', diff.replace('-a\n', 'wrapped\n-a\n')],
    ['patch-corrupt', diff.replace('+b\n', '')],
  ])('has the problem %s', (code, body) => {
    expect(read(`${from}Subject: x\n${date}${id}\n${body}`).problems).toMatchObject([{ code }])
  })

  it('has the problem quoted-crlf where only the encoding has CRLF', () => {
    const body = Buffer.from(diff.replaceAll('\n', '\r\n'), 'latin1').toString('base64')
    const mail = read(
      `${from}Subject: x\n${date}${id}Content-Transfer-Encoding: base64\n\n${body}\n`,
    )
    expect(mail.problems).toMatchObject([{ code: 'quoted-crlf' }])
    expect(mail.patch?.files).toMatchObject([{ oldPath: 'a.txt', newPath: 'a.txt' }])
  })

  it('takes author, date and title from the in-body header', () => {
    const body = `From: =?utf-8?q?B=C3=B6b?= <bob@example.org>\nSubject: [PATCH] a\n longer one\nDate: Mon, 1 Feb 2016 10:00:00 +0100\n\nWhy.\n---\n${diff}`
    const mail = read(`${from}Subject: [PATCH] x\n${date}${id}\n${body}`)
    expect(mail.submitter.name).toBe('Ann Author')
    expect(mail.sentAt).toEqual(new Date('2016-09-11T22:22:03Z'))
    expect(mail.patch).toMatchObject({
      author: { name: 'Böb', address: 'bob@example.org' },
      title: 'a longer one',
    })
  })

  it('does not stop at scissors, as git am does not', () => {
    const mail = read(`${from}Subject: x\n${date}${id}\nHi\n-- >8 --\nSubject: y\n\n${diff}`)
    expect(mail.patch?.title).toBe('x')
  })

  it('keeps what is said after it', () => {
    const sha = 'a'.repeat(40)
    const tail = `\nbase-commit: ${sha}\nprerequisite-patch-id: ${sha}\n-- \n2.39.5\n`
    expect(read(`${from}Subject: x\n${date}${id}\nWhy.\n---\n${diff}${tail}`)).toMatchObject({
      baseCommit: sha,
      prerequisitePatchIds: [sha],
    })
  })
})
