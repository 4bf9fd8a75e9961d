import { chmodSync } from 'node:fs'
import { ImapFlow } from 'imapflow'
import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../../src/core/delivery.ts'
import type { MailSource } from '../../../src/mail/mail-source.ts'
import { mailLimits } from '../../../src/mail/parse/limits.ts'
import type { ImapOptions } from '../../../src/mail/source/imap.ts'
import type { AfterImport } from '../../../src/mail/source/imap-after-import.ts'
import type { ImapServer } from '../../../src/mail/source/imap-connection.ts'
import { maxTakenBytes } from '../../../src/mail/source/limits.ts'
import { describeMailSourceContract } from '../../contract/mail-source-contract.ts'
import { dovecotHere, imapServerFor, openImap } from '../../support/imap-source.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { reasonToSkip } from '../../support/programs.ts'
import { faultOf, take, textsOf } from '../../support/take-mail.ts'

const { signal } = new AbortController()
const withoutDovecot = reasonToSkip('dovecot', ['--version'])

describe.skipIf(withoutDovecot !== null)(`IMAP ${withoutDovecot ?? ''}`, () => {
  const dovecot = dovecotHere()

  function serverFor(user: string, changes: Partial<ImapServer> = {}): ImapServer {
    return imapServerFor(dovecot(), user, changes)
  }

  function open(user: string, changes: Partial<ImapOptions> = {}): MailSource {
    return openImap(serverFor(user), changes)
  }

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
          spec: {
            kind: 'imap',
            port: dovecot().port,
            user: mailbox.user,
            password: dovecot().password,
            afterImport,
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

  it('cuts off a mail that is larger than the parser reads, and gives the others', async () => {
    const mailbox = dovecot().newUser()
    const line = `${'x'.repeat(998)}\n`
    mailbox.deliver('1\n')
    mailbox.deliver(`Subject: huge\n\n${line.repeat(maxTakenBytes / 990)}`)
    mailbox.deliver('3\n')
    const taken = await take(open(mailbox.user))

    expect(taken).toHaveLength(3)
    expect(taken[1]?.raw.length).toBeGreaterThan(mailLimits.mailBytes)
    expect(taken[1]?.raw.length).toBeLessThanOrEqual(maxTakenBytes)
    expect(textsOf(taken.slice(2))).toEqual(['3\n'])
  })
})
