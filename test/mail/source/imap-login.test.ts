import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { describe, expect, it, onTestFinished } from 'vitest'
import { mailErrors } from '../../../src/mail/mail-error.ts'
import type { MailSource } from '../../../src/mail/mail-source.ts'
import type { ImapOptions } from '../../../src/mail/source/imap.ts'
import type { ImapServer } from '../../../src/mail/source/imap-connection.ts'
import { secretOfCommand } from '../../../src/mail/source/imap-login.ts'
import { commandFailure } from '../../../src/util/command-failure.ts'
import { dovecotHere, imapServerFor, openImap } from '../../support/imap-source.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { reasonToSkip } from '../../support/programs.ts'
import { faultOf, take, textsOf } from '../../support/take-mail.ts'

const noEnd = new AbortController().signal
const withoutDovecot = reasonToSkip('dovecot', ['--version'])

describe.skipIf(withoutDovecot !== null)(`a login by IMAP ${withoutDovecot ?? ''}`, () => {
  const dovecot = dovecotHere()

  function serverFor(user: string, changes: Partial<ImapServer> = {}): ImapServer {
    return imapServerFor(dovecot(), user, changes)
  }

  function open(user: string, changes: Partial<ImapOptions> = {}): MailSource {
    return openImap(serverFor(user), changes)
  }

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
    [['/nowhere/pass'], '/nowhere/pass: there is no such program'],
    [
      ['sh', '-c', 'echo no >&2; echo "vault is sealed" >&2; exit 3'],
      'failed (3): vault is sealed',
    ],
    [['sh', '-c', 'echo hunter2; echo no hunter2 >&2; exit 3'], 'failed (3)'],
  ])('says that %j gives no password', async (argv, why) => {
    const secret = secretOfCommand(argv, process.env)
    const login = { user: 'list', kind: 'password', secret } as const
    const fault = await faultOf(take(open('list', { server: serverFor('list', { login }) })))

    expect(fault).toMatchObject({ code: 'MAIL_IMAP_SECRET', retry: 'after-human' })
    expect(fault.message.endsWith(why)).toBe(true)
  })
})

it('calls the way out by its name, where its command gives no password', async () => {
  const fault = await faultOf(secretOfCommand(['false'], process.env)('delivery', noEnd))

  expect(fault).toMatchObject({ code: 'MAIL_SMTP_SECRET', retry: 'after-human' })
  expect(fault.message).toBe('delivery.smtp: the command for its password, false: failed (1)')
})

it('says that a command took too long, which we ended', () => {
  const ending = { code: null, signal: 'SIGTERM', killed: true }

  expect(commandFailure(ending, '', '', 30_000)).toBe('took longer than 30 seconds')
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
