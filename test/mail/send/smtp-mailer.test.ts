import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { smtpMailer } from '../../../src/mail/send/smtp/smtp-mailer.ts'
import type { SmtpOptions } from '../../../src/mail/send/smtp/smtp-options.ts'
import { describeMailerContract } from '../../contract/mailer-contract.ts'
import { sampleMail } from './sample-mail.ts'

const { signal } = new AbortController()

interface Sink {
  readonly options: SmtpOptions
  readonly mails: Buffer[]
  close(): Promise<void>
}

async function openSink(change: SMTPServerOptions = {}): Promise<Sink> {
  const mails: Buffer[] = []
  const server = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onData(stream, _session, done) {
      buffer(stream).then((bytes) => {
        mails.push(bytes)
        done(null)
      }, done)
    },
    ...change,
  })
  server.on('error', () => undefined)
  const listener = server.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    mails,
    options: {
      host: '127.0.0.1',
      port: (listener.address() as AddressInfo).port,
      security: 'none',
      authorities: null,
      fingerprint: null,
      login: null,
      clientName: 'ci.example',
      timeoutMs: 5_000,
      returnPath: () => 'bot@ci.example',
    },
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

describeMailerContract('SMTP', async () => {
  const sink = await openSink()
  return { mailer: smtpMailer(sink.options), received: async () => sink.mails, dispose: sink.close }
})

function refusal(responseCode: number): Error {
  return Object.assign(new Error('not now'), { responseCode })
}

describe('smtpMailer', () => {
  it.each<[string, SMTPServerOptions, string]>([
    [
      'the sender is refused for good',
      { onMailFrom: (_a, _s, done) => done(refusal(550)) },
      'rejected',
    ],
    ['the sender is put off', { onMailFrom: (_a, _s, done) => done(refusal(451)) }, 'deferred'],
    ['every recipient is refused', { onRcptTo: (_a, _s, done) => done(refusal(550)) }, 'rejected'],
    ['every recipient is put off', { onRcptTo: (_a, _s, done) => done(refusal(450)) }, 'deferred'],
    [
      'the mail is refused',
      { onData: (stream, _s, done) => stream.resume().on('end', () => done(refusal(554))) },
      'rejected',
    ],
    [
      'the mail is put off',
      { onData: (stream, _s, done) => stream.resume().on('end', () => done(refusal(452))) },
      'deferred',
    ],
    ['the server does not greet us', { onConnect: (_s, done) => done(refusal(554)) }, 'deferred'],
    ['STARTTLS is wanted and not there', {}, 'deferred'],
  ])('when %s', async (what, change, outcome) => {
    const sink = await openSink(change)
    onTestFinished(sink.close)
    const security = what.startsWith('STARTTLS') ? 'starttls' : 'none'
    const mailer = smtpMailer({ ...sink.options, security })

    const result = await mailer.send(sampleMail, signal)
    await mailer.close()

    expect(result).toMatchObject({ outcome })
    expect(sink.mails).toEqual([])
  })

  it('names the recipients that were refused while others were taken', async () => {
    const sink = await openSink({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('ada') ? refusal(450) : null),
    })
    onTestFinished(sink.close)
    const mailer = smtpMailer(sink.options)

    const result = await mailer.send(sampleMail, signal)
    await mailer.close()

    expect(result).toMatchObject({
      outcome: 'partly',
      refused: [{ address: 'ada@ada.example', isTemporary: true }],
    })
    expect(sink.mails).toHaveLength(1)
  })

  it('cannot tell when the server stays silent after the end of the mail', async () => {
    const sink = await openSink({ onData: (stream) => stream.resume() })
    onTestFinished(sink.close)
    const mailer = smtpMailer({ ...sink.options, timeoutMs: 300 })

    expect(await mailer.send(sampleMail, signal)).toMatchObject({ outcome: 'unknown' })
    await mailer.close()
  })

  it('tries again later where nobody listens', async () => {
    const sink = await openSink()
    await sink.close()
    const mailer = smtpMailer(sink.options)

    expect(await mailer.send(sampleMail, signal)).toMatchObject({ outcome: 'deferred' })
    await mailer.close()
  })
})
