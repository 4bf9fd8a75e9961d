import { afterAll, describe, expect, it } from 'vitest'
import type { MailBody, Message } from '../../../src/core/message.ts'
import { parseMail } from '../../../src/mail/parse/parse-mail.ts'
import { openGitMailInfo } from '../../support/git-mailinfo.ts'

const git = openGitMailInfo()
afterAll(() => git.close())

const diff = `diff --git a/a.txt b/a.txt
index 7898192..6178079 100644
--- a/a.txt
+++ b/a.txt
@@ -1,3 +1,3 @@
 one
 \n-a
+b
`
const patch = `Why.\n---\n${diff}-- \n2.39.5\n`
const date = 'Date: Sun, 11 Sep 2016 23:22:03 +0100\n'

function read(text: string): { readonly message: Message; readonly body: MailBody } {
  const parsed = parseMail(Buffer.from(text, 'latin1'))
  if (parsed.outcome === 'unreadable') {
    throw new Error(parsed.reason.message)
  }
  return parsed
}

/** What git makes of the mail that it is given. */
function applied(text: string): unknown {
  const { body } = read(text)
  const bytes = body.repaired ?? Buffer.from(text, 'latin1')
  const info = git.read(Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n'))
  return info === null
    ? null
    : {
        author: `${Buffer.from(info.name, 'latin1').toString()} <${info.email}>`,
        title: Buffer.from(info.subject, 'latin1').toString(),
        date: info.date.trim(),
        message: Buffer.from(info.log, 'latin1').toString().trim(),
        diff: info.patch.slice(info.patch.indexOf('diff --git')),
      }
}

function base64(text: string): string {
  return Buffer.from(text, 'latin1').toString('base64').replace(/.{76}/g, '$&\n')
}

describe('a From that a list wrote over', () => {
  const munged =
    'From: Ann Author via dev <dev@lists.example.org>\nList-Post: <mailto:dev@lists.example.org>\n'
  const rest = `Subject: [PATCH] one\n${date}Message-ID: <1@example.org>\n`
  const ann = { name: 'Ann Author', address: 'ann@example.org' }

  it.each([
    ['in-body', '', `From: Ann Author <ann@example.org>\n\n${patch}`],
    ['x-original-from', 'X-Original-From: Ann Author <ann@example.org>\n', patch],
    ['reply-to', 'Reply-To: Ann Author <ann@example.org>, dev@lists.example.org\n', patch],
    ['reply-to', 'Cc: Bob <bob@example.org>, "Ann Author" <ann@example.org>\n', patch],
    ['reply-to', 'Reply-To: ann@example.org\n', patch],
    ['reply-to', 'Reply-To: dev@lists.example.org, ann@example.org\n', patch],
    ['reply-to', 'Cc: Bob <bob@example.org>, "Author, Ann" <ann@example.org>\n', patch],
    ['x-original-from', 'X-Original-Sender: ann@example.org\n', patch],
    ['envelope', 'X-MailFrom: ann@example.org\n', patch],
    [
      'arc',
      'ARC-Authentication-Results: i=2; mx.example.net; spf=pass smtp.mailfrom=dev-bounces@lists.example.org\nARC-Authentication-Results: i=1; mx.example.org; dkim=pass header.i=@example.org;\n spf=pass (mx.example.org: domain of ann@example.org) smtp.mailfrom=ann@example.org; dmarc=pass\n',
      patch,
    ],
    [
      'in-body',
      'Reply-To: dev@lists.example.org\n',
      `From: Ann Author <ann@example.org>\n\n${patch}`,
    ],
  ])('is undone by %s', (rule, header, body) => {
    const text = `${munged}${header}${rest}\n${body}`
    const { message } = read(text)
    expect(message.from.address).toBe('dev@lists.example.org')
    expect(message.submitter).toMatchObject({ address: ann.address })
    expect(message.patch?.author).toMatchObject({ address: ann.address })
    expect(message.repairs).toEqual([`unmunged-from-${rule}`])
    expect(message.problems).toEqual([])
    expect(applied(text)).toMatchObject({
      author: expect.stringMatching(/^(?:Ann Author|Author, Ann) <ann@example.org>$/),
      title: 'one',
    })
  })

  const replyTo = 'Reply-To: Ann Author <ann@example.org>\n'
  const listPost = 'List-Post: <mailto:dev@lists.example.org>\n'
  it.each([
    ["'Ann Author' via <dev@lists.example.org>", replyTo],
    ['"Ann Author (via dev)" <dev@lists.example.org>', replyTo],
    ['"Ann Author [via dev]" <dev@lists.example.org>', replyTo],
    ['"Ann Author (by way of dev)" <dev@lists.example.org>', replyTo],
    ['"Ann Author via Dev Mailing List" <dev@lists.example.org>', replyTo],
    ["'Ann Author' <dev@lists.example.org>", `X-Original-From: Ann Author <ann@example.org>\n`],
    ['Ann Author <dev@lists.example.org>', `${listPost}${replyTo}`],
    ['Ann Author <dev@lists.example.org>', `List-Id: Dev <dev.lists.example.org>\n${replyTo}`],
    [
      'Ann Author via groups.io <ann=example.org@groups.io>',
      'Reply-To: dev@groups.io\nList-Post: <mailto:dev@groups.io>\n',
    ],
    ['=?utf-8?q?Ann_Author_via_dev?= <dev@lists.example.org>', replyTo],
  ])('is seen in %s', (written, header) => {
    const { message } = read(`From: ${written}\n${header}${rest}\n${patch}`)
    expect(message.submitter).toEqual(ann)
    expect(message.patch?.author).toEqual(ann)
    expect(message.problems).toEqual([])
  })

  it('is known by the name that Mailman makes of an address without one', () => {
    const text = `From: ann via dev <dev@lists.example.org>\nReply-To: bob@example.org, ann@example.org\n${rest}\n${patch}`
    expect(read(text).message.submitter).toEqual({ name: 'ann', address: 'ann@example.org' })
  })

  it.each([
    ['Ann Author <ann@example.org>', replyTo.replace('ann@', 'home@')],
    ['Ann Author <ann@example.org>', 'X-Original-Sender: ann@mail.example.com\n'],
    ['Ann Author <ann@example.org>', 'X-Original-From: Ann Author <ann@example.org>\n'],
    ['Trivia Bot <bot@example.org>', 'Reply-To: other@example.org\n'],
  ])('is not seen in %s with %s', (written, header) => {
    const { message } = read(`From: ${written}\n${header}${rest}\n${patch}`)
    expect(message.submitter).toEqual(message.from)
    expect(message.repairs).toEqual([])
  })

  it('is undone for a wrapped reply, whose words are its own', () => {
    const inner = `From: Ann Author <ann@example.org>\nSubject: Re: [PATCH] one\nMessage-ID: <1@example.org>\n\nFine.\n\nAcked-by: Ann Author <ann@example.org>\n`
    const text = `${munged}${rest.replace('[PATCH]', 'Re: [PATCH]')}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n${inner}\n--b\n\n____\ndev mailing list\n--b--\n`
    const { message } = read(text)
    expect(message.submitter).toEqual(ann)
    expect(message.trailers).toEqual([{ key: 'Acked-by', value: 'Ann Author <ann@example.org>' }])
  })

  it('is undone in that order', () => {
    const header =
      'X-Original-From: Ann Author <x@example.org>\nReply-To: Ann Author <r@example.org>\n'
    const inBody = 'From: Ann Author <ann@example.org>\n\n'
    expect(read(`${munged}${header}${rest}\n${inBody}${patch}`).message.submitter).toEqual(ann)
    expect(read(`${munged}${header}${rest}\n${patch}`).message.submitter.address).toBe(
      'x@example.org',
    )
  })

  it('leaves the author that the body names, and another submitter', () => {
    const text = `${munged}X-Original-From: Ann Author <ann@example.org>\n${rest}\nFrom: Bob <bob@example.org>\n\n${patch}`
    const { message, body } = read(text)
    expect(message.submitter).toEqual(ann)
    expect(message.patch?.author).toEqual({ name: 'Bob', address: 'bob@example.org' })
    expect(body.repaired).toBeNull()
  })

  it('is undone by the mail that it wraps', () => {
    const inner = `From: Ann Author <ann@example.org>\n${rest}\n${patch}`
    const text = `${munged}${rest}Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n${inner}\n--b--\n`
    const { message } = read(text)
    expect(message.submitter).toEqual(ann)
    expect(message.patch?.author).toEqual(ann)
    expect(message.repairs).toEqual(['unmunged-from-wrapped-mail', 'attached-mail'])
    expect(applied(text)).toMatchObject({ author: 'Ann Author <ann@example.org>', message: 'Why.' })
  })

  it('is undone for mails without a patch too', () => {
    const text = `${munged}Reply-To: Ann Author <ann@example.org>\n${rest.replace('[PATCH]', 'Re:')}\nHi\n`
    expect(read(text).message.submitter).toEqual(ann)
  })

  it('is left, and said, where nothing tells who it was', () => {
    const { message, body } = read(`${munged}Reply-To: dev@lists.example.org\n${rest}\n${patch}`)
    expect(message.submitter).toEqual(message.from)
    expect(message.problems.map(({ code }) => code)).toEqual(['from-munged'])
    expect(body.repaired).toBeNull()
  })

  it('is seen in the quotes of Google Groups', () => {
    const text = `From: "'Ann Author' via dev" <dev@lists.example.org>\nX-Original-From: Ann Author <ann@example.org>\n${rest}\nHi\n`
    expect(read(text).message.submitter).toEqual(ann)
  })
})

describe('an attached patch mail', () => {
  const outer = `From: Bob <bob@example.org>\nSubject: a fix\n${date}Message-ID: <1@example.org>\nMIME-Version: 1.0\n`
  const inner = `From 0123456789012345678901234567890123456789 Mon Sep 17 00:00:00 2001\nFrom: =?utf-8?q?Ann_=C3=9C?= <ann@example.org>\nDate: Mon, 1 Feb 2016 10:00:00 +0100\nSubject: [PATCH 1/2] real\n one\n\n${patch}`

  function attach(header: string, content: string): string {
    return `--b\n${header}\n\n${content}\n`
  }

  function withParts(...parts: readonly string[]): string {
    return `${outer}Content-Type: multipart/mixed; boundary="b"\n\n--b\nContent-Type: text/plain\n\nSee below.\nbase-commit: ${'a'.repeat(40)}\n${parts.join('')}--b--\n`
  }

  const name = 'Content-Disposition: attachment; filename=0001-real.patch'
  it.each([
    ['text/x-patch', attach(`Content-Type: text/x-patch\n${name}`, inner)],
    ['text/plain', attach(`Content-Type: text/plain; charset=us-ascii; name=x.patch`, inner)],
    [
      'application/octet-stream in base64',
      attach(
        `Content-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n${name}`,
        base64(inner),
      ),
    ],
    [
      'CRLF in base64',
      attach(
        `Content-Type: text/x-diff\nContent-Transfer-Encoding: base64\n${name}`,
        base64(inner.replaceAll('\n', '\r\n')),
      ),
    ],
    ['message/rfc822', attach('Content-Type: message/rfc822', inner)],
  ])('of type %s is the patch', (_, part) => {
    const text = withParts(part)
    const { message, body } = read(text)
    expect(message.subject).toBe('a fix')
    expect(message.submitter.name).toBe('Bob')
    expect(message.patch).toMatchObject({
      author: { name: 'Ann Ü', address: 'ann@example.org' },
      title: 'real one',
      isFormatPatch: true,
    })
    expect(message.baseCommit).toBe('a'.repeat(40))
    expect(message.repairs).toEqual(['attached-mail'])
    expect(body.diff).toBe(diff)
    expect(applied(text)).toMatchObject({
      author: 'Ann Ü <ann@example.org>',
      title: 'real one',
      date: 'Mon, 1 Feb 2016 10:00:00 +0100',
      message: 'Why.',
    })
  })

  it('is the first of several, and the others are said', () => {
    const part = attach(`Content-Type: text/x-patch\n${name}`, inner)
    expect(read(withParts(part, part)).message.problems).toMatchObject([
      { code: 'several-patches', message: '2 patches are attached; the first was read.' },
    ])
  })

  it('is the first of several in an attached mailbox too', () => {
    const mailbox = `${inner}\n${inner.replaceAll('a.txt', 'b.txt')}\n`
    const { message, body } = read(
      withParts(attach(`Content-Type: text/x-patch\n${name}`, mailbox)),
    )
    expect(message.problems.map(({ code }) => code)).toEqual(['several-patches'])
    expect(message.patch?.files).toMatchObject([{ newPath: 'a.txt' }])
    expect(body.diff).toBe(diff)
  })

  it('that stands below another in the text is said', () => {
    const { message } = read(`${outer}\n${patch}\n${inner.replaceAll('a.txt', 'b.txt')}`)
    expect(message.problems).toMatchObject([
      {
        code: 'several-patches',
        message: '2 patches stand one below the other; they were read as one.',
      },
    ])
  })

  it('leaves the trailers of a reply to the reply', () => {
    const part = attach(`Content-Type: text/x-patch\n${name}`, inner)
    const text = withParts(part)
      .replace('Subject: a fix', 'Subject: Re: [PATCH] a fix')
      .replace('See below.', 'Rather so.\n\nAcked-by: Bob <bob@example.org>')
    const { message } = read(text)
    expect(message.patch?.title).toBe('real one')
    expect(message.trailers).toEqual([{ key: 'Acked-by', value: 'Bob <bob@example.org>' }])
  })

  it.each([
    ['a reply', 'Subject: Re: [PATCH] real one', 'multipart/mixed'],
    ['a bounce', 'Subject: Undeliverable', 'multipart/report'],
  ])('is not what %s carries as message/rfc822', (_, subject, type) => {
    const text = withParts(attach('Content-Type: message/rfc822', inner))
      .replace('Subject: a fix', subject)
      .replace('multipart/mixed', type)
    expect(read(text).message.patch).toBeNull()
  })

  it('that is a diff alone belongs to the mail, as git has it', () => {
    const { message, body } = read(withParts(attach(`Content-Type: text/x-patch\n${name}`, diff)))
    expect(message.patch).toMatchObject({ author: { name: 'Bob' }, title: 'a fix' })
    expect(message.repairs).toEqual([])
    expect(body.repaired).toBeNull()
  })
})

describe('a Mercurial changeset', () => {
  const header = `From: Bob <bob@example.org>\nSubject: [PATCH 1 of 2] one line\n that is folded\n${date}\n`
  const changeset =
    '# HG changeset patch\n# User Ann Author <ann@example.org>\n# Date 1484800475 18000\n#      Wed Jan 18 23:34:35 2017 -0500\n# Node ID 2fb3ae89e4e1992e93826c0e3f04e4f965edb0ab\n# Parent  94af7d0c812fe7d3a5651191685ca43e1a331814\none line that is longer than the subject\n\n# not a comment\nWhy.\n\n'

  it.each([
    ['of git style', diff],
    [
      'of its own style',
      diff.replace(/^diff[^]*?(?=---)/, 'diff -r 94af7d0c812f -r 2fb3ae89e4e1 a.txt\n'),
    ],
  ])('%s gives author, date and message', (_, change) => {
    const text = `${header}${changeset}${change}`
    const { message, body } = read(text)
    expect(message.patch).toMatchObject({
      author: { name: 'Ann Author', address: 'ann@example.org' },
      title: 'one line that is longer than the subject',
      files: [{ newPath: 'a.txt' }],
    })
    expect(message.submitter.name).toBe('Bob')
    expect(body.commitMessage).toBe('# not a comment\nWhy.\n')
    expect(message.repairs).toEqual(['mercurial'])
    expect(applied(text)).toMatchObject({
      author: 'Ann Author <ann@example.org>',
      title: 'one line that is longer than the subject',
      date: '@1484800475 -0500',
      message: '# not a comment\nWhy.',
    })
  })

  it.each([
    ['a diffstat', `${header}one line\n\n 1 file changed\n\n\n${changeset}${diff}`],
    [
      'the words to an attachment',
      `${header.trimEnd()}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nPatch subject is complete summary.\n\n--b\nContent-Type: text/x-patch; name=x.patch\nContent-Disposition: attachment; filename=x.patch\n\n${changeset}${diff}\n--b--\n`,
    ],
  ])('has a message without %s', (_, text) => {
    const { message, body } = read(text)
    expect(message.patch).toMatchObject({ author: { name: 'Ann Author' } })
    expect(message.patch?.title).toBe('one line that is longer than the subject')
    expect(body.commitMessage).toBe('# not a comment\nWhy.\n')
    expect(message.repairs).toEqual(['mercurial'])
  })
})

describe('format=flowed', () => {
  const header = `From: Ann Author <ann@example.org>\nSubject: [PATCH] one\n${date}Content-Type: text/plain; format=flowed\n\n`
  const stuffed = diff.replace(/^ /gm, '  ')

  it('that was meant is read as git reads it', () => {
    const harmless = stuffed.replace('  \n', '  x\n')
    const { message, body } = read(`${header}Why.\n---\n${harmless}`)
    expect(message.repairs).toEqual([])
    expect(message.problems).toEqual([])
    expect(body.diff).toBe(diff.replace(' \n-', ' x\n-'))
  })

  it('that was not meant is not undone', () => {
    const text = `${header}Why.\n---\n${diff}`
    expect(read(text).message.repairs).toEqual(['not-flowed'])
    expect(read(text).body.diff).toBe(diff)
    expect(applied(text)).toMatchObject({ diff: expect.stringContaining('@@\n one\n \n-a\n') })
  })

  it('that swallowed empty context lines is only unstuffed', () => {
    const text = `${header}Why.\n---\n${stuffed}`
    expect(read(text).message.repairs).toEqual(['stuffed-only'])
    expect(read(text).body.diff).toBe(diff)
  })

  it('that nothing mends is a corrupt patch', () => {
    const { message } = read(`${header}Why.\n---\n${diff.replace('-a', '-a \nb')}`)
    expect(message.problems).toMatchObject([{ code: 'patch-corrupt' }])
    expect(message.patch).not.toBeNull()
  })
})

describe('what git refuses to read', () => {
  const header = `From: Ann Author <ann@example.org>\nSubject: [PATCH] one\n${date}`

  it.each([
    [
      'an unknown charset',
      'charset',
      `${header}Content-Type: text/plain; charset=y\n\nCaf\xc3\xa9.\n---\n${diff}`,
    ],
    [
      'bytes of another charset',
      'charset',
      `${header}Content-Type: text/plain; charset=us-ascii\n\nCaf\xe9.\n---\n${diff}`,
    ],
    [
      'a broken encoded word',
      'encoded-words',
      `${header}Message-ID: =?utf-8?q?x\n\nCaf\xc3\xa9.\n---\n${diff}`,
    ],
  ])('%s is read all the same', (_, repair, text) => {
    expect(git.read(text)).toBeNull()
    expect(read(text).message.repairs).toContain(repair)
    expect(read(text).message.problems).toEqual([])
    expect(applied(text)).toMatchObject({
      author: 'Ann Author <ann@example.org>',
      title: 'one',
      message: 'Café.',
    })
  })

  it.each([
    ['more levels of parts', 6, '\n'],
    ['parts within parts', 2, ''],
  ])('%s than it can follow are read by the rules of MIME', (_, depth, preamble) => {
    const open = Array.from(
      { length: depth },
      (__, at) => `Content-Type: multipart/mixed; boundary=b${at}x\n\n${preamble}--b${at}x\n`,
    )
    const close = Array.from({ length: depth }, (__, at) => `--b${depth - at - 1}x--\n`)
    const text = `${header}${open.join('')}Content-Type: text/plain\n\nWhy.\n---\n${diff}${close.join('')}`
    expect(git.read(text)?.log).not.toBe('Why.\n')
    expect(read(text).message.repairs).toEqual(['mime-parts'])
    expect(applied(text)).toMatchObject({ title: 'one', message: 'Why.' })
  })
})

describe('a date of no use', () => {
  const header =
    'From: Ann Author <ann@example.org>\nSubject: [PATCH] one\nMessage-ID: <1@example.org>\n'
  const received =
    'Received: by a; Tue, 2 Feb 2016 10:00:05 +0100\nReceived: by b; Tue, 2 Feb 2016 10:00:00 +0100\nReceived: by c; never\n'

  it.each([
    ['none', '', 'date-missing'],
    ['garbage', 'Date: 32 Juxember\n', 'date-unusable'],
    ['a year out of range', 'Date: Mon, 1 Feb 20160 10:00:00 +0100\n', 'date-unusable'],
  ])('(%s) gives way to the earliest Received, else the epoch', (_, field, problem) => {
    const text = `${received}${header}${field}\n${patch}`
    const { message } = read(text)
    expect(message.sentAt).toBeNull()
    expect(message.receivedAt).toEqual(new Date('2016-02-02T09:00:00Z'))
    expect(message.repairs).toEqual(['date-from-transport'])
    expect(message.problems.map(({ code }) => code)).toEqual([problem])
    expect(applied(text)).toMatchObject({ date: 'Tue, 02 Feb 2016 09:00:00 +0000' })
    expect(applied(`${header}${field}\n${patch}`)).toMatchObject({
      date: 'Thu, 01 Jan 1970 00:00:00 +0000',
    })
  })

  it('in the body gives way to the Date of the mail', () => {
    const text = `${header}${date}\nDate: never\n\n${patch}`
    expect(read(text).message.repairs).toEqual(['date-from-header'])
    expect(applied(text)).toMatchObject({ date: 'Sun, 11 Sep 2016 23:22:03 +0100' })
  })
})

describe('a repaired mail', () => {
  const munged = `From: Ann Author via dev <dev@lists.example.org>\nReply-To: Ann Author <ann@example.org>\nSubject: [PATCH] one\n${date}`

  it.each([
    ['a message that begins like a header', 'Subject: [PATCH] one\n\nSubject: is no header here\n'],
    ['a message with a separator line', 'From ann@example.org Thu Jan  1 00:00:00 1970\n'],
    ['an empty message', ''],
    ['a message of no charset', 'caf\xe9\n'],
  ])('keeps %s', (_, log) => {
    const text = `${munged}\n${log}---\n${diff}`
    const expected = git.read(text)
    const repaired = git.read(Buffer.from(read(text).body.repaired ?? []).toString('latin1'))
    expect(repaired).toMatchObject({ name: 'Ann Author', email: 'ann@example.org' })
    expect(repaired?.subject).toBe(expected?.subject)
    expect(repaired?.log.trim()).toBe(expected?.log.trim())
    expect(repaired?.patch.endsWith(expected?.patch ?? '?')).toBe(true)
  })

  it('keeps carriage returns that were encoded', () => {
    const body = base64(`Why.\n---\n${diff.replaceAll('\n', '\r\n')}`)
    const text = `${munged}Content-Transfer-Encoding: base64\n\n${body}\n`
    expect(applied(text)).toMatchObject({ diff: diff.replaceAll('\n', '\r\n') })
  })
})
