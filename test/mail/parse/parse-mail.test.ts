import { describe, expect, it } from 'vitest'
import type { MailBody, Message } from '../../../src/core/message.ts'
import { parseMail } from '../../../src/mail/parse/parse-mail.ts'

const diff = `diff --git a/a.txt b/a.txt
index 7898192..6178079 100644
--- a/a.txt
+++ b/a.txt
@@ -1 +1 @@
-a
+b
`

const header = `From: Ann Author <ann@example.org>
To: dev@lists.example.org
Subject: [PATCH 1/2] change a
Date: Sun, 11 Sep 2016 23:22:03 +0100
Message-ID: <1@example.org>
`

function read(text: string): { readonly message: Message; readonly body: MailBody } {
  const parsed = parseMail(Buffer.from(text, 'latin1'))
  if (parsed.outcome === 'unreadable') {
    throw new Error(parsed.reason.message)
  }
  return parsed
}

describe('parseMail', () => {
  it('reads the output of format-patch', () => {
    const { message, body } = read(
      `${header}\nWhy.\n\nSigned-off-by: Ann Author <ann@example.org>\n---\n a.txt | 2 +-\n 1 file changed, 1 insertion(+), 1 deletion(-)\n\n${diff}-- \n2.39.5\n\n`,
    )
    expect(message).toMatchObject({
      messageId: '1@example.org',
      submitter: { name: 'Ann Author', address: 'ann@example.org' },
      to: [{ name: '', address: 'dev@lists.example.org' }],
      subject: '[PATCH 1/2] change a',
      sentAt: new Date('2016-09-11T22:22:03Z'),
      hasDiffstat: true,
      patch: {
        title: 'change a',
        author: { name: 'Ann Author', address: 'ann@example.org' },
        isFormatPatch: true,
        files: [{ oldPath: 'a.txt', newPath: 'a.txt', oldBlob: '7898192', newBlob: '6178079' }],
      },
      trailers: [{ key: 'Signed-off-by', value: 'Ann Author <ann@example.org>' }],
      repairs: [],
      problems: [],
    })
    expect(body.commitMessage).toBe('Why.\n\nSigned-off-by: Ann Author <ann@example.org>\n')
    expect(body.diff).toBe(diff)
    expect(body.repaired).toBeNull()
  })

  it.each([
    ['nothing', '', 'MAIL_EMPTY'],
    ['white space', ' \r\n\n', 'MAIL_EMPTY'],
    ['text without a header', 'Hello\n\nworld\n', 'MAIL_HEADERS_MISSING'],
    ['a header that names nobody', 'X-Mailer: x\n\nworld\n', 'MAIL_HEADERS_MISSING'],
    ['a huge header', `From: a@b\nX: ${'x'.repeat(1100000)}\n\n`, 'MAIL_HEADERS_TOO_LONG'],
  ])('has a reason for %s', (_, text, code) => {
    expect(parseMail(Buffer.from(text))).toMatchObject({ outcome: 'unreadable', reason: { code } })
  })
})
