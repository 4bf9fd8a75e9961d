import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { ImapFlow } from 'imapflow'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { BotError } from '../../../src/core/bot-error.ts'
import type { Delivery } from '../../../src/core/delivery.ts'
import { mailErrors } from '../../../src/mail/mail-error.ts'
import type { MailSource } from '../../../src/mail/mail-source.ts'
import { type ImapOptions, imapSource } from '../../../src/mail/source/imap.ts'
import type { ImapServer } from '../../../src/mail/source/imap-connection.ts'
import type { AfterImport } from '../../../src/mail/source/imap-folder.ts'
import { secretOfCommand } from '../../../src/mail/source/imap-login.ts'
import { describeMailSourceContract } from '../../contract/mail-source-contract.ts'
import { type Dovecot, startDovecot } from '../../support/dovecot.ts'
import { memoryLog, memoryLogger } from '../../support/memory-log.ts'
import { reasonToSkip } from '../../support/programs.ts'

const { signal } = new AbortController()
const hourMs = 3_600_000
const withoutDovecot = reasonToSkip('dovecot', ['--version'])

let started: Dovecot | null = null

function dovecot(): Dovecot {
  if (started === null) {
    throw new Error('Dovecot has not been started')
  }
  return started
}

function serverFor(user: string, changes: Partial<ImapServer> = {}): ImapServer {
  async function secret(): Promise<string> {
    return dovecot().password
  }
  return {
    host: '127.0.0.1',
    port: dovecot().port,
    security: 'plain',
    fingerprint: null,
    login: { user, kind: 'password', secret },
    ...changes,
  }
}

function open(user: string, changes: Partial<ImapOptions> = {}): MailSource {
  const source = imapSource({
    name: 'list',
    server: serverFor(user),
    folders: ['INBOX'],
    afterImport: { kind: 'keep' },
    pollMs: hourMs,
    log: memoryLogger(),
    ...changes,
  })
  onTestFinished(() => source.close())
  return source
}

async function take(
  source: MailSource,
  since: string | null = null,
  count = Number.POSITIVE_INFINITY,
): Promise<readonly Delivery[]> {
  const taken: Delivery[] = []
  for await (const delivery of source.read(since, signal)) {
    taken.push(delivery)
    if (taken.length >= count) {
      break
    }
  }
  return taken
}

function textsOf(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries.map((each) => Buffer.from(each.raw).toString())
}

async function faultOf(reading: Promise<unknown>): Promise<BotError> {
  return reading.then(
    () => Promise.reject(new Error('nothing was thrown')),
    (error: unknown) => error as BotError,
  )
}

describe.skipIf(withoutDovecot !== null)(`IMAP ${withoutDovecot ?? ''}`, () => {
  beforeAll(async () => {
    started = await startDovecot()
  })
  afterAll(async () => {
    await started?.end()
  })

  const ways: readonly (readonly [string, AfterImport, number])[] = [
    ['an IMAP folder that keeps its mail', { kind: 'keep' }, 8],
    ['an IMAP folder that is emptied', { kind: 'delete' }, 6],
  ]
  for (const [title, afterImport, runs] of ways) {
    describeMailSourceContract(
      title,
      async () => {
        const mailbox = dovecot().newUser()
        return {
          async open(pollMs = hourMs) {
            const server = serverFor(mailbox.user)
            const folders = ['INBOX']
            const log = memoryLogger()
            return imapSource({ name: 'list', server, folders, afterImport, pollMs, log })
          },
          async deliver(mails) {
            for (const mail of mails) {
              mailbox.deliver(mail)
            }
          },
          async poison() {
            chmodSync(mailbox.deliver('Subject: locked\n\nlocked\n'), 0)
          },
          // IMAP has no NUL in text (RFC 3501, 4.3): Dovecot gives 0x80 in its place.
          asKept: (mail) => mail.replaceAll('\r\n', '\n').replaceAll('\0', '\x80'),
        }
      },
      runs,
    )
  }

  it('reads several folders, each from where it was, and says where a mail is', async () => {
    const mailbox = dovecot().newUser(['patches', 'R&AOk-ponses'])
    const folders = ['INBOX', 'patches', 'Réponses']
    const source = open(mailbox.user, { folders })
    mailbox.deliver('1\n')
    mailbox.deliver('2\n', 'patches')
    mailbox.deliver('3\n', 'R&AOk-ponses')
    const taken = await take(source)

    expect(textsOf(taken)).toEqual(['1\n', '2\n', '3\n'])
    expect(taken[2]?.location).toMatch(
      /^imap:\/\/127\.0\.0\.1:\d+\/R%C3%A9ponses;UIDVALIDITY=\d+\/;UID=1$/,
    )
    mailbox.deliver('4\n', 'patches')
    expect(textsOf(await take(source, taken[1]?.cursor))).toEqual(['4\n', '3\n'])
    expect(textsOf(await take(open(mailbox.user, { folders }), taken[2]?.cursor))).toEqual(['4\n'])
  })

  it('gives the other folders when one is missing, and then says which', async () => {
    const mailbox = dovecot().newUser(['patches'])
    const source = open(mailbox.user, { folders: ['nowhere', 'patches'] })
    mailbox.deliver('1\n', 'patches')
    const taken: Delivery[] = []
    const fault = await faultOf(
      (async () => {
        for await (const delivery of source.read(null, signal)) {
          taken.push(delivery)
        }
      })(),
    )

    expect(textsOf(taken)).toEqual(['1\n'])
    expect(fault).toMatchObject({ code: 'MAIL_IMAP_FOLDER_MISSING', retry: 'later' })
    expect(fault.message).toContain('not open the folder nowhere')
  })

  it('reads a folder again when its UIDVALIDITY has changed, and finishes nothing by old UIDs', async () => {
    const mailbox = dovecot().newUser()
    const afterImport = { kind: 'flag', flag: '\\Flagged' } as const
    const log = memoryLog()
    mailbox.deliver('1\n')
    mailbox.deliver('2\n')
    const taken = await take(open(mailbox.user, { afterImport }), null, 1)
    mailbox.changeUidValidity()
    const source = open(mailbox.user, { afterImport, log: log.logger })
    const [first] = await take(source, taken[0]?.cursor, 1)

    expect(textsOf(first ? [first] : [])).toEqual(['1\n'])
    expect(mailbox.mails().map(({ flags }) => flags)).toEqual(['', ''])
    expect(log.text()).toContain('new uidvalidity')
    expect(textsOf(await take(source, first?.cursor))).toEqual(['2\n'])
  })

  it('notices that a folder was made anew while it is connected', async () => {
    const mailbox = dovecot().newUser(['patches'])
    const source = open(mailbox.user, { folders: ['patches'] })
    mailbox.deliver('1\n', 'patches')
    const [first] = await take(source)
    const auth = { user: mailbox.user, pass: dovecot().password }
    const other = new ImapFlow({
      host: '127.0.0.1',
      port: dovecot().port,
      auth,
      doSTARTTLS: false,
      logger: false,
    })
    await other.connect()
    await other.mailboxDelete('patches')
    await other.mailboxCreate('patches')
    await other.logout()
    mailbox.deliver('2\n', 'patches')
    const later = await take(source, first?.cursor).catch(() => take(source, first?.cursor))

    expect(textsOf(later)).toEqual(['2\n'])
  })

  it('goes on where it was when the server was killed while it read', async () => {
    const mailbox = dovecot().newUser()
    const source = open(mailbox.user)
    const texts = Array.from({ length: 80 }, (_, index) => `${index}\n`)
    for (const text of texts) {
      mailbox.deliver(text)
    }
    const taken: Delivery[] = []
    const fault = await faultOf(
      (async () => {
        for await (const delivery of source.read(null, signal)) {
          taken.push(delivery)
          if (taken.length === 30) {
            await dovecot().stop()
          }
        }
      })(),
    )
    expect(fault).toMatchObject({ code: 'MAIL_IMAP_UNREACHABLE', retry: 'later' })
    expect(await faultOf(take(source, taken.at(-1)?.cursor))).toMatchObject({
      code: 'MAIL_IMAP_UNREACHABLE',
    })
    await dovecot().start()

    const rest = await take(source, taken.at(-1)?.cursor)
    expect(textsOf([...taken, ...rest])).toEqual(texts)
  })

  it('makes a lost connection again while it reads', async () => {
    const mailbox = dovecot().newUser()
    const source = open(mailbox.user)
    const texts = Array.from({ length: 60 }, (_, index) => `${index}\n`)
    for (const text of texts) {
      mailbox.deliver(text)
    }
    const taken: Delivery[] = []
    for await (const delivery of source.read(null, signal)) {
      taken.push(delivery)
      if (taken.length === 5) {
        await dovecot().stop()
        await dovecot().start()
      }
    }

    expect(textsOf(taken)).toEqual(texts)
  })

  it('stops waiting when the server goes', async () => {
    const mailbox = dovecot().newUser()
    const source = open(mailbox.user)
    await take(source)
    const waiting = faultOf(source.wait(signal))
    await dovecot().stop()

    // Soon after it was made: with a fault, so that it is not made again at once and for ever.
    expect(await waiting).toMatchObject({ code: 'MAIL_IMAP_DISCONNECTED', retry: 'later' })
    await dovecot().start()
    mailbox.deliver('1\n')
    expect(textsOf(await take(source))).toEqual(['1\n'])
  })

  it('flags what is durable, and at the next start what it died over', async () => {
    const mailbox = dovecot().newUser()
    const afterImport = { kind: 'flag', flag: '\\Flagged' } as const
    mailbox.deliver('1\n')
    mailbox.deliver('2\n')
    const source = open(mailbox.user, { afterImport })
    const taken = await take(source)
    await source.settle(taken[0]?.cursor ?? '', signal)
    expect(mailbox.mails().map(({ flags }) => flags)).toEqual(['F', ''])

    expect(await take(open(mailbox.user, { afterImport }), taken[1]?.cursor)).toEqual([])
    expect(mailbox.mails().map(({ flags }) => flags)).toEqual(['F', 'F'])
  })

  it('moves what is durable to another folder, and says when it cannot', async () => {
    const mailbox = dovecot().newUser(['done'])
    mailbox.deliver('1\n')
    mailbox.deliver('2\n')
    const source = open(mailbox.user, { afterImport: { kind: 'move', folder: 'done' } })
    const taken = await take(source)
    await source.settle(taken[0]?.cursor ?? '', signal)

    expect(mailbox.mails('done').map(({ text }) => text)).toEqual(['1\n'])
    expect(mailbox.mails().map(({ text }) => text)).toEqual(['2\n'])
    const lost = open(mailbox.user, { afterImport: { kind: 'move', folder: 'nowhere' } })
    const fault = await faultOf(take(lost, taken[1]?.cursor))
    expect(fault).toMatchObject({ code: 'MAIL_IMAP_STUCK', retry: 'later' })
  })

  it('deletes nothing but what it took', async () => {
    const mailbox = dovecot().newUser()
    mailbox.deliver('1\n')
    const source = open(mailbox.user, { afterImport: { kind: 'delete' } })
    const [first] = await take(source)
    mailbox.deliver('2\n')
    await source.settle(first?.cursor ?? '', signal)

    expect(mailbox.mails().map(({ text }) => text)).toEqual(['2\n'])
  })

  it('changes nothing in a folder that keeps its mail', async () => {
    const mailbox = dovecot().newUser()
    mailbox.deliver('1\n')
    const source = open(mailbox.user)
    const [first] = await take(source)
    await source.settle(first?.cursor ?? '', signal)

    expect(mailbox.mails()).toEqual([{ text: '1\n', flags: '' }])
  })

  it.each(['tls', 'starttls'] as const)(
    'reads by %s with the pinned certificate',
    async (security) => {
      const { port, tlsPort, fingerprint } = dovecot()
      const mailbox = dovecot().newUser()
      mailbox.deliver('1\n')
      const server = serverFor(mailbox.user, {
        port: security === 'tls' ? tlsPort : port,
        security,
        fingerprint: fingerprint.replaceAll(':', '').toLowerCase(),
      })

      expect(textsOf(await take(open(mailbox.user, { server })))).toEqual(['1\n'])
    },
  )

  it.each([
    ['tls', null, 'MAIL_IMAP_CERTIFICATE'],
    ['starttls', null, 'MAIL_IMAP_CERTIFICATE'],
    ['tls', 'AB'.repeat(32), 'MAIL_IMAP_FINGERPRINT'],
    ['starttls', 'AB'.repeat(32), 'MAIL_IMAP_FINGERPRINT'],
  ] as const)(
    'sends no login by %s to a certificate that is not the one pinned (%s)',
    async (security, pin, code) => {
      const { port, tlsPort, fingerprint } = dovecot()
      const { user } = dovecot().newUser()
      const server = serverFor(user, {
        port: security === 'tls' ? tlsPort : port,
        security,
        fingerprint: pin,
      })
      const before = dovecot().endsWithoutLogin()
      const fault = await faultOf(take(open(user, { server })))

      expect(fault).toMatchObject({ code, retry: 'after-human' })
      expect(fault.message).toContain(fingerprint)
      await expect
        .poll(() => dovecot().endsWithoutLogin(), { timeout: 5000 })
        .toBeGreaterThan(before)
      expect(dovecot().loginsOf(user)).toBe(0)
    },
  )

  it('sends no login where STARTTLS is not offered', async () => {
    const heard: string[] = []
    const port = await plainServer((line) => heard.push(line))
    const server = serverFor('list', { port, security: 'starttls' })
    const fault = await faultOf(take(open('list', { server })))

    expect(fault).toMatchObject({ code: 'MAIL_IMAP_TLS_FAILED', retry: 'after-human' })
    expect(heard.join('\n')).not.toMatch(/LOGIN|AUTHENTICATE/)
  })

  it('says that the login is refused, without the password', async () => {
    const { user } = dovecot().newUser()
    const log = memoryLog()
    const login = { user, kind: 'password', secret: async () => 'hunter2-is-wrong' } as const
    const source = open(user, { server: serverFor(user, { login }), log: log.logger })
    const fault = await faultOf(take(source))

    expect(fault).toMatchObject({ code: 'MAIL_IMAP_LOGIN_REFUSED', retry: 'after-human' })
    expect(mailErrors[fault.code]?.remedy).toMatch(/password/)
    expect(inspect(fault, { depth: 9 }) + log.text()).not.toMatch(/hunter2|aHVudGVy/)
    await expect.poll(() => dovecot().loginsOf(user), { timeout: 5000 }).toBe(1)
  })

  it('does not repeat a password that the server repeats', async () => {
    const port = await plainServer(() => {}, 'NO hunter2-is-wrong is no password')
    const login = {
      user: 'list',
      kind: 'password',
      secret: async () => 'hunter2-is-wrong',
    } as const
    const fault = await faultOf(take(open('list', { server: serverFor('list', { port, login }) })))

    expect(fault.code).toBe('MAIL_IMAP_LOGIN_REFUSED')
    expect(inspect(fault, { depth: 9 })).toContain('[redacted] is no password')
    expect(inspect(fault, { depth: 9 })).not.toContain('hunter2')
  })

  it('asks a command for the password, for each connection', async () => {
    const mailbox = dovecot().newUser()
    mailbox.deliver('1\n')
    const secret = secretOfCommand(['echo', dovecot().password], process.env)
    const login = { user: mailbox.user, kind: 'password', secret } as const

    const source = open(mailbox.user, { server: serverFor(mailbox.user, { login }) })
    expect(textsOf(await take(source))).toEqual(['1\n'])
  })

  it('logs in with an access token by XOAUTH2', async () => {
    const heard: string[] = []
    const port = await plainServer(
      (line) => heard.push(line),
      'NO expired',
      ' SASL-IR AUTH=XOAUTH2',
    )
    const login = { user: 'list', kind: 'token', secret: async () => 'token-1' } as const
    const fault = await faultOf(take(open('list', { server: serverFor('list', { port, login }) })))
    const sent = Buffer.from('user=list\x01auth=Bearer token-1\x01\x01').toString('base64')

    expect(heard.join('\n')).toContain(`AUTHENTICATE XOAUTH2 ${sent}`)
    expect(fault).toMatchObject({ code: 'MAIL_IMAP_LOGIN_REFUSED', retry: 'after-human' })
  })

  it.each([
    [['false'], 'failed (1)'],
    [['true'], 'printed nothing'],
    [['/nowhere/pass'], 'failed (ENOENT)'],
  ])('says that %j gives no password', async (argv, why) => {
    const secret = secretOfCommand(argv, process.env)
    const login = { user: 'list', kind: 'password', secret } as const
    const fault = await faultOf(take(open('list', { server: serverFor('list', { login }) })))

    expect(fault).toMatchObject({ code: 'MAIL_IMAP_SECRET', retry: 'after-human' })
    expect(fault.message).toContain(why)
  })
})

/** Speaks as much IMAP as it takes to be asked for a login. Gives its port. */
async function plainServer(
  onLine: (line: string) => void,
  answer = 'NO no',
  capabilities = '',
): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {})
    socket.write('* OK ready\r\n')
    createInterface({ input: socket }).on('line', (line) => {
      onLine(line)
      const [tag, command] = line.split(' ')
      const capability = `* CAPABILITY IMAP4rev1${capabilities}\r\n`
      socket.write(
        command === 'CAPABILITY' ? `${capability}${tag} OK done\r\n` : `${tag} ${answer}\r\n`,
      )
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}
