import { Worker } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { toStorable } from '../../../src/core/storable-message.ts'
import { type AsideParser, openAsideParser } from '../../../src/mail/parse/parse-aside.ts'
import { parseMail } from '../../../src/mail/parse/parse-mail.ts'

const entry = new URL('../../../src/mail/parse/parse-worker.ts', import.meta.url)
/** Node 20 loads no hooks from `execArgv` into a thread. */
const fromSource = `import('tsx/esm/api').then(({ tsImport }) => tsImport(${JSON.stringify(entry.href)}, ${JSON.stringify(import.meta.url)}))`

function patchMail(name: string): Buffer {
  return Buffer.from(
    `From: Ada <ada@example.org>\nMessage-ID: <${name}@example.org>\nSubject: [PATCH] ${name}\n` +
      'Date: Fri, 1 May 2026 10:00:00 +0200\n\nWhy.\n---\ndiff --git a/f b/f\n--- a/f\n+++ b/f\n' +
      `@@ -1 +1 @@\n-old\n+${name} é\n`,
  )
}

const bounce = Buffer.from(
  'From: MAILER-DAEMON@example.org\nMessage-ID: <b@example.org>\nSubject: Undelivered\nAuto-Submitted: auto-replied\n' +
    'MIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n' +
    '--b\nContent-Type: text/plain\n\nIt could not be delivered.\n--b\nContent-Type: message/delivery-status\n\n' +
    'Reporting-MTA: dns; example.org\n\nFinal-Recipient: rfc822; eve@example.org\nAction: failed\nStatus: 5.1.1\n--b--\n',
)
const mails = [patchMail('one'), Buffer.of(), bounce, Buffer.from('no mail'), patchMail('two')]

function storable(raw: Uint8Array): unknown {
  const parsed = parseMail(raw)
  return parsed.outcome === 'unreadable'
    ? parsed
    : {
        ...parsed,
        message: toStorable(parsed.message),
        body: { bounce: parsed.body.bounce, release: parsed.body.release },
      }
}

let parser: AsideParser | null = null
afterEach(() => parser?.close())

describe('openAsideParser', () => {
  it('reads mails in a thread of its own as they are read here, in order', async () => {
    const thread = new Worker(fromSource, { eval: true })
    let answers = 0
    thread.on('message', () => {
      answers += 1
    })
    parser = openAsideParser(() => thread)

    const [first, second, none] = await Promise.all([
      parser.parse(mails),
      parser.parse([patchMail('three')]),
      parser.parse([]),
    ])

    expect([...first]).toEqual(mails.map(storable))
    expect(mails.map(storable)).toContainEqual(expect.objectContaining({ outcome: 'unreadable' }))
    expect([...second]).toEqual([patchMail('three')].map(storable))
    expect([...none]).toEqual([])
    expect(answers).toBe(2)
  })

  it.each([
    ['cannot be started', () => new Worker(new URL('no-such-file.ts', import.meta.url))],
    ['throws', () => new Worker('throw new Error("it breaks")', { eval: true })],
    ['ends at once', () => new Worker('', { eval: true })],
    [
      'dies of a mail',
      () =>
        new Worker('require("worker_threads").parentPort.on("message", () => process.exit(3))', {
          eval: true,
        }),
    ],
  ])('reads mails here when the thread %s', async (_case, start) => {
    parser = openAsideParser(start)

    const before = await parser.parse(mails)
    const after = await parser.parse(mails)

    expect([...before]).toEqual(mails.map(parseMail))
    expect([...after]).toEqual(mails.map(parseMail))
  })
})
