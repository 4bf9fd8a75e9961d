import { once } from 'node:events'
import { connect } from 'node:tls'
import type { SMTPServerOptions } from 'smtp-server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { toMessageId } from '../../../src/core/ids.ts'
import { smtpMailer } from '../../../src/mail/send/smtp/smtp-mailer.ts'
import { describeMailerContract } from '../../contract/mailer-contract.ts'
import { openSink, type Sink } from '../../support/smtp-sink.ts'
import { sampleMail } from './sample-mail.ts'

const { signal } = new AbortController()

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

  it('gives the mail to nobody where all are wanted and one is put off, and to the others where one is refused', async () => {
    let code = 450
    const sink = await openSink({
      onRcptTo: ({ address }, _session, done) =>
        done(address.startsWith('ada') ? refusal(code) : null),
    })
    onTestFinished(sink.close)
    const mailer = smtpMailer(sink.options)

    const first = await mailer.sendToAll?.(sampleMail, signal)
    const taken = sink.mails.length
    code = 550
    const second = await mailer.sendToAll?.(sampleMail, signal)
    await mailer.close()

    expect(first).toMatchObject({
      outcome: 'deferred',
      reply: expect.stringContaining('ada@ada.example'),
    })
    expect(taken).toBe(0)
    expect(second).toMatchObject({ outcome: 'partly', refused: [{ isTemporary: false }] })
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

  it('sends bytes of ASCII alone where the server takes no others', async () => {
    const sink = await openSink({ hide8BITMIME: true })
    onTestFinished(sink.close)
    const mailer = smtpMailer(sink.options)

    expect(await mailer.send(sampleMail, signal)).toMatchObject({ outcome: 'accepted' })
    await mailer.close()

    expect(sink.mails[0]?.every((byte) => byte < 128)).toBe(true)
  })

  it.each<[string, (cut: () => void) => SMTPServerOptions]>([
    ['at the start of the mail', (cut) => ({ onData: () => cut() })],
    ['at the recipients', (cut) => ({ onRcptTo: () => cut() })],
  ])('may try again when the connection is cut %s', async (_, change) => {
    const sink: Sink = await openSink(change(() => sink.cut()))
    onTestFinished(sink.close)
    const mailer = smtpMailer(sink.options)

    expect(await mailer.send(sampleMail, signal)).toMatchObject({ outcome: 'deferred' })
    await mailer.close()
  })

  it('cannot tell when the connection is cut after the end of the mail', async () => {
    const sink: Sink = await openSink({
      onData: (stream) => void stream.resume().on('end', () => sink.cut()),
    })
    onTestFinished(sink.close)
    const mailer = smtpMailer(sink.options)

    expect(await mailer.send(sampleMail, signal)).toMatchObject({ outcome: 'unknown' })
    await mailer.close()
  })

  it('has sent nothing when it is stopped in the dialogue before the end of the mail', async () => {
    const stopping = new AbortController()
    const sink = await openSink({ onRcptTo: () => stopping.abort(new Error('stopped')) })
    onTestFinished(sink.close)
    const mailer = smtpMailer(sink.options)

    await expect(mailer.send(sampleMail, stopping.signal)).rejects.toThrow('stopped')
    await mailer.close()

    expect(sink.mails).toEqual([])
  })
})

async function fingerprintOf(sink: Sink): Promise<string> {
  const socket = connect({ port: sink.options.port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const found = socket.getPeerX509Certificate()?.fingerprint256 ?? ''
  socket.destroy()
  return found.replaceAll(':', '').toLowerCase()
}

describe('smtpMailer over TLS', () => {
  const login = { user: 'bot', kind: 'password', secret: async () => 'a pass word' } as const
  const asks: SMTPServerOptions = {
    disabledCommands: [],
    authOptional: false,
    onAuth: ({ username, password }, _session, done) =>
      username === 'bot' && password === 'a pass word'
        ? done(null, { user: 'bot' })
        : done(new Error('no')),
  }

  it.each(['tls', 'starttls'] as const)(
    'logs in and sends by %s to the server whose certificate is pinned',
    async (security) => {
      const example = await openSink({ secure: true })
      onTestFinished(example.close)
      const sink = await openSink({ ...asks, secure: security === 'tls' })
      onTestFinished(sink.close)
      // Both servers have the certificate that smtp-server brings along.
      const fingerprint = await fingerprintOf(example)
      const mailer = smtpMailer({ ...sink.options, security, fingerprint, login })

      expect(await mailer.send(sampleMail, signal)).toMatchObject({ outcome: 'accepted' })
      await mailer.close()

      expect(sink.mails).toHaveLength(1)
    },
  )

  it.each([
    ['a certificate that nobody vouches for', null],
    ['a certificate other than the pinned one', '00'.repeat(32)],
  ])('tells no password and sends nothing to %s', async (_, fingerprint) => {
    const names: string[] = []
    const sink = await openSink({
      ...asks,
      onAuth: ({ username }, _session, done) => {
        names.push(String(username))
        done(null, { user: 'bot' })
      },
    })
    onTestFinished(sink.close)
    const mailer = smtpMailer({ ...sink.options, security: 'starttls', fingerprint, login })

    const result = await mailer.send(sampleMail, signal)
    await mailer.close()

    expect(result).toMatchObject({
      outcome: 'deferred',
      reply: expect.stringMatching(
        /^failed when connecting: .*fingerprint is (?:[0-9A-F]{2}:?){32}$/,
      ),
    })
    expect([names, sink.mails]).toEqual([[], []])
  })

  it('waits for a person to correct a wrong password, the mail put off', async () => {
    const example = await openSink({ secure: true })
    onTestFinished(example.close)
    const sink = await openSink(asks)
    onTestFinished(sink.close)
    const fingerprint = await fingerprintOf(example)
    const wrong = { user: 'bot', kind: 'password', secret: async () => 'guessed' } as const
    const options = { ...sink.options, security: 'starttls', fingerprint, login: wrong } as const
    const mailer = smtpMailer(options)

    const sent = mailer.send(sampleMail, signal)
    await expect(sent).rejects.toMatchObject({ code: 'MAIL_SMTP_LOGIN_REFUSED', retry: 'later' })
    await mailer.close()
  })

  it('tries a refused password no more for each mail that waits, but another one at once', async () => {
    const example = await openSink({ secure: true })
    onTestFinished(example.close)
    const tried: string[] = []
    const sink = await openSink({
      ...asks,
      onAuth: ({ password }, _session, done) => {
        tried.push(String(password))
        done(password === 'a pass word' ? null : new Error('bad credentials'), { user: 'bot' })
      },
    })
    onTestFinished(sink.close)
    let [password, nowMs] = ['old', 0]
    const login = { user: 'bot', kind: 'password', secret: async () => password } as const
    const fingerprint = await fingerprintOf(example)
    const mailer = smtpMailer(
      { ...sink.options, security: 'starttls', fingerprint, login },
      () => nowMs,
    )
    async function failAt(minutes: number): Promise<void> {
      nowMs = minutes * 60_000
      const sent = mailer.send(sampleMail, signal)
      await expect(sent).rejects.toMatchObject({ code: 'MAIL_SMTP_LOGIN_REFUSED', retry: 'later' })
    }
    for (const minutes of [0, 1, 4, 5, 14, 15, 34]) {
      await failAt(minutes)
    }
    expect(tried).toEqual(['old', 'old', 'old'])
    password = 'a pass word'
    expect(await mailer.send(sampleMail, signal)).toMatchObject({ outcome: 'accepted' })
    await mailer.close()

    expect(tried).toEqual(['old', 'old', 'old', 'a pass word'])
  })

  it('tries a password again at once where the server only had no time for it', async () => {
    const example = await openSink({ secure: true })
    onTestFinished(example.close)
    const busy = Object.assign(new Error('later'), { responseCode: 454 })
    let tries = 0
    const sink = await openSink({
      ...asks,
      onAuth: (_auth, _session, done) => {
        tries += 1
        done(tries === 1 ? busy : null, { user: 'bot' })
      },
    })
    onTestFinished(sink.close)
    const login = { user: 'bot', kind: 'password', secret: async () => 'a pass word' } as const
    const fingerprint = await fingerprintOf(example)
    const mailer = smtpMailer({ ...sink.options, security: 'starttls', fingerprint, login })

    await expect(mailer.send(sampleMail, signal)).rejects.toThrow('later')
    expect(await mailer.send(sampleMail, signal)).toMatchObject({ outcome: 'accepted' })
    await mailer.close()
  })

  it.each<[string, 'password' | 'token', string]>([
    ['PLAIN', 'password', 'a pass word'],
    ['LOGIN', 'password', 'a pass word'],
    ['XOAUTH2', 'token', 'ya29.token'],
  ])('logs in by %s', async (method, kind, secret) => {
    const example = await openSink({ secure: true })
    onTestFinished(example.close)
    const methods: string[] = []
    const sink = await openSink({
      ...asks,
      authMethods: [method],
      onAuth: ({ method: used, username, password, accessToken }, _session, done) => {
        methods.push(used)
        const isRight = username === 'bot' && (password ?? accessToken) === secret
        done(isRight ? null : new Error('no'), isRight ? { user: 'bot' } : undefined)
      },
    })
    onTestFinished(sink.close)
    const fingerprint = await fingerprintOf(example)
    const given = { user: 'bot', kind, secret: async () => secret }
    const options = { ...sink.options, security: 'starttls', fingerprint, login: given } as const
    const mailer = smtpMailer(options)

    expect(await mailer.send(sampleMail, signal)).toMatchObject({ outcome: 'accepted' })
    await mailer.close()

    expect(methods).toEqual([method])
  })

  it('waits, and connects to nobody, where the secret cannot be had', async () => {
    const sink = await openSink({ ...asks, secure: true })
    onTestFinished(sink.close)
    const fingerprint = await fingerprintOf(sink)
    function secret(): Promise<string> {
      return Promise.reject(new Error('the token is gone'))
    }
    const given = { user: 'bot', kind: 'token', secret } as const
    const mailer = smtpMailer({ ...sink.options, security: 'tls', fingerprint, login: given })

    expect(await mailer.send(sampleMail, signal)).toEqual({
      outcome: 'deferred',
      reply: expect.stringContaining('the token is gone'),
    })
    await mailer.close()
  })

  it.each<[string, SMTPServerOptions, boolean]>([
    [
      'takes STARTTLS that is offered, whoever vouches for it',
      { disabledCommands: ['AUTH'] },
      true,
    ],
    ['goes on in the clear where it is not offered', {}, false],
  ])('opportunistic %s', async (_, change, isSecure) => {
    const secured: boolean[] = []
    const sink = await openSink({
      ...change,
      onMailFrom: (_address, session, done) => {
        secured.push(session.secure)
        done()
      },
    })
    onTestFinished(sink.close)
    const mailer = smtpMailer({ ...sink.options, security: 'opportunistic' })

    expect(await mailer.send(sampleMail, signal)).toMatchObject({ outcome: 'accepted' })
    await mailer.close()

    expect(secured).toEqual([isSecure])
  })
})

describe('a burst of mails', () => {
  it('takes few connections, each with a dialogue for each mail', async () => {
    let connections = 0
    const sink = await openSink({
      onConnect: (_session, done) => {
        connections += 1
        done()
      },
    })
    onTestFinished(sink.close)
    const mailer = smtpMailer(sink.options)

    const mails = Array.from({ length: 120 }, (_, n) => ({
      ...sampleMail,
      messageId: toMessageId(`burst.${n}@ci.example`),
    }))
    const results = await Promise.all(mails.map((mail) => mailer.send(mail, signal)))
    await mailer.close()

    expect(results.every(({ outcome }) => outcome === 'accepted')).toBe(true)
    expect(sink.mails).toHaveLength(120)
    // 50 mails each.
    expect(connections).toBe(3)
  }, 15_000)
})
