import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { MailSource } from '../../../src/mail/mail-source.ts'
import {
  type ImapLogin,
  secretOfCommand,
  secretOfFile,
} from '../../../src/mail/source/imap-login.ts'
import { dovecotHere, imapServerFor, openImap } from '../../support/imap-source.ts'
import { reasonToSkip } from '../../support/programs.ts'
import { faultOf, take, textsOf } from '../../support/take-mail.ts'
import { tcpProxy } from '../../support/tcp-proxy.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { startTokenServer, type TokenServer } from '../../support/token-server.ts'

const withoutDovecot = reasonToSkip('dovecot', ['--version'])

const ways: readonly (readonly [string, (file: string) => ImapLogin['secret']])[] = [
  ['a file', secretOfFile],
  ['a command', (file) => secretOfCommand(['cat', file], process.env)],
]

describe.each(['xoauth2', 'oauthbearer'])(`a login by IMAP with %s`, (mechanism) => {
  describe.skipIf(withoutDovecot !== null)(`${withoutDovecot ?? ''}`, () => {
    let tokens: TokenServer | null = null
    const dovecot = dovecotHere(async () => {
      tokens = await startTokenServer()
      return { introspectionUrl: tokens.url, tokenMechanisms: [mechanism] }
    })
    afterAll(async () => {
      await tokens?.close()
    })

    function known(): TokenServer {
      if (tokens === null) {
        throw new Error('the server for tokens has not been started')
      }
      return tokens
    }

    function open(user: string, secret: ImapLogin['secret'], port = dovecot().port): MailSource {
      const login = { user, kind: 'token', secret } as const
      return openImap(imapServerFor(dovecot(), user, { login, port }))
    }

    it.each(ways)('takes a token from %s', async (_, secretOf) => {
      const mailbox = dovecot().newUser()
      const file = path.join(temporaryFolder(), 'token')
      writeFileSync(file, `token of ${mailbox.user}\n`)
      known().owners.set(`token of ${mailbox.user}`, mailbox.user)
      mailbox.deliver('1\n')
      const proxy = await tcpProxy(dovecot().port)

      const source = open(mailbox.user, secretOf(file), proxy.port)
      expect(textsOf(await take(source))).toEqual(['1\n'])
      expect(proxy.said.join('\n')).toContain(` AUTHENTICATE ${mechanism.toUpperCase()} `)
    })

    it.each(ways)('asks %s again when the token has expired', async (_, secretOf) => {
      const mailbox = dovecot().newUser()
      const file = path.join(temporaryFolder(), 'token')
      writeFileSync(file, 'old token\n')
      mailbox.deliver('1\n')
      known().owners.set('old token', mailbox.user)
      const source = open(mailbox.user, secretOf(file))
      const [first] = await take(source)
      expect(textsOf(first ? [first] : [])).toEqual(['1\n'])

      mailbox.deliver('2\n')
      await dovecot().stop()
      await dovecot().start()
      known().owners.delete('old token')
      known().owners.set('new token', mailbox.user)
      known().onRefusal = () => writeFileSync(file, 'new token\n')
      expect(textsOf(await take(source, first?.cursor))).toEqual(['2\n'])
      expect(readFileSync(file, 'utf8')).toBe('new token\n')
    })

    it('says that a token is refused that nobody renews, and does not repeat it', async () => {
      const { user } = dovecot().newUser()
      const file = path.join(temporaryFolder(), 'token')
      writeFileSync(file, 'stale-token\n')
      const refused: string[] = []
      known().onRefusal = (token) => refused.push(token)
      const fault = await faultOf(take(open(user, secretOfFile(file))))

      expect(fault).toMatchObject({ code: 'MAIL_IMAP_LOGIN_REFUSED', retry: 'after-human' })
      expect(fault.message).not.toContain('stale')
      expect(refused).toEqual(['stale-token'])
    })

    it('does not read the mail of somebody else', async () => {
      const [one, other] = [dovecot().newUser(), dovecot().newUser()]
      known().owners.set('token of one', one.user)

      const fault = await faultOf(take(open(other.user, async () => 'token of one')))
      expect(fault.code).toBe('MAIL_IMAP_LOGIN_REFUSED')
    })
  })
})

it.each([
  ['', 'is empty'],
  ['\nsecond line\n', 'is empty'],
  [null, 'ENOENT'],
])('a token file with %j gives no token', async (content, why) => {
  const file = path.join(temporaryFolder(), 'token')
  if (content !== null) {
    writeFileSync(file, content)
  }
  const { signal } = new AbortController()
  const place = { name: 'list', path: 'imaps://imap.example.org:993' }
  const fault = await faultOf(secretOfFile(file)(place, signal))

  expect(fault).toMatchObject({ code: 'MAIL_IMAP_SECRET', retry: 'after-human' })
  expect(fault.message).toContain(why)
})
