import { ImapFlow } from 'imapflow'
import { describe, expect, it } from 'vitest'
import type { Delivery } from '../../../src/core/delivery.ts'
import type { MailSource } from '../../../src/mail/mail-source.ts'
import type { ImapOptions } from '../../../src/mail/source/imap.ts'
import type { AfterImport } from '../../../src/mail/source/imap-after-import.ts'
import type { ImapServer } from '../../../src/mail/source/imap-connection.ts'
import type { Dovecot, MailboxOfUser } from '../../support/dovecot.ts'
import { dovecotHere, imapServerFor, openImap } from '../../support/imap-source.ts'
import { reasonToSkip } from '../../support/programs.ts'
import { faultOf, take, textsOf } from '../../support/take-mail.ts'

const { signal } = new AbortController()
const withoutDovecot = reasonToSkip('dovecot', ['--version'])

describe.skipIf(withoutDovecot !== null)(`IMAP mail that was taken ${withoutDovecot ?? ''}`, () => {
  const dovecot = dovecotHere()

  function serverFor(user: string, changes: Partial<ImapServer> = {}): ImapServer {
    return imapServerFor(dovecot(), user, changes)
  }

  function open(user: string, changes: Partial<ImapOptions> = {}): MailSource {
    return openImap(serverFor(user), changes)
  }

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

  it('reads on past mail that cannot be moved, says so at the end, and moves it when it can', async () => {
    const mailbox = dovecot().newUser()
    for (const number of [1, 2, 3, 4, 5]) {
      mailbox.deliver(`${number}\n`)
    }
    const source = open(mailbox.user, { afterImport: { kind: 'move', folder: 'later' } })
    const taken: Delivery[] = []
    const fault = await faultOf(
      (async () => {
        for await (const delivery of source.read(null, signal)) {
          taken.push(delivery)
          await source.settle(delivery.cursor, signal)
        }
      })(),
    )
    expect(textsOf(taken)).toEqual(['1\n', '2\n', '3\n', '4\n', '5\n'])
    expect(fault).toMatchObject({ code: 'MAIL_IMAP_STUCK', retry: 'later' })

    await asOther(dovecot(), mailbox.user, async (client) => {
      await client.mailboxCreate('later')
    })
    expect(await take(source, taken.at(-1)?.cursor)).toEqual([])
    expect(mailbox.mails('later')).toHaveLength(5)
    expect(mailbox.mails()).toEqual([])
  })
})

/** What the owner of the mailbox does by another program, in INBOX. */
async function asOther(
  dovecot: Dovecot,
  user: string,
  act: (client: ImapFlow) => Promise<void>,
): Promise<void> {
  const auth = { user, pass: dovecot.password }
  const { port } = dovecot
  const client = new ImapFlow({ host: '127.0.0.1', port, auth, doSTARTTLS: false, logger: false })
  await client.connect()
  await client.mailboxOpen('INBOX')
  await act(client)
  await client.logout()
}

const servers: readonly (readonly [string, string | undefined])[] = [
  ['all extensions', undefined],
  ['UIDPLUS alone', 'IMAP4rev1 UIDPLUS'],
  ['MOVE alone', 'IMAP4rev1 MOVE'],
  ['neither UIDPLUS nor MOVE', 'IMAP4rev1'],
]

const manners: readonly AfterImport[] = [
  { kind: 'keep' },
  { kind: 'flag', flag: '\\Flagged' },
  { kind: 'move', folder: 'done' },
  { kind: 'delete' },
]

interface Expected {
  /** Text and flags of what stays in INBOX. */
  readonly stays: readonly (readonly [string, string])[]
  readonly done: readonly string[]
}

/** What is left of two mails, of which the first was taken and made durable. */
function expectedAfter({ kind }: AfterImport): Expected {
  const other = ['2\n', ''] as const
  switch (kind) {
    case 'keep':
      return { stays: [['1\n', ''], other], done: [] }
    case 'flag':
      return { stays: [['1\n', 'F'], other], done: [] }
    case 'move':
      return { stays: [other], done: ['1\n'] }
    case 'delete':
      return { stays: [other], done: [] }
  }
}

function leftIn(mailbox: MailboxOfUser): readonly (readonly string[])[] {
  return mailbox.mails().map(({ text, flags }) => [text, flags])
}

describe.each(servers)('a server with %s', (_, capability) => {
  describe.skipIf(withoutDovecot !== null)(`after import ${withoutDovecot ?? ''}`, () => {
    const dovecot = dovecotHere(async () => (capability === undefined ? {} : { capability }))
    const hasUidplus = capability?.includes('UIDPLUS') ?? true
    const hasMove = capability?.includes('MOVE') ?? true

    it.each(manners)('does $kind with what is durable, and nothing before', async (afterImport) => {
      const mailbox = dovecot().newUser(['done'])
      mailbox.deliver('1\n')
      mailbox.deliver('2\n')
      const source = openImap(imapServerFor(dovecot(), mailbox.user), { afterImport })
      const [first] = await take(source)
      expect(leftIn(mailbox)).toEqual([
        ['1\n', ''],
        ['2\n', ''],
      ])

      await source.settle(first?.cursor ?? '', signal)
      const expected = expectedAfter(afterImport)
      expect(leftIn(mailbox)).toEqual(expected.stays)
      expect(mailbox.mails('done').map(({ text }) => text)).toEqual(expected.done)
    })

    it.each(manners.slice(2))(
      'does $kind without removing what others marked',
      async (afterImport) => {
        const mailbox = dovecot().newUser(['done'])
        mailbox.deliver('1\n')
        mailbox.deliver('2\n')
        const source = openImap(imapServerFor(dovecot(), mailbox.user), { afterImport })
        const [first] = await take(source)
        await asOther(dovecot(), mailbox.user, async (client) => {
          await client.messageFlagsAdd('2', ['\\Deleted'])
        })
        await source.settle(first?.cursor ?? '', signal)

        const isRemoved = hasUidplus || (afterImport.kind === 'move' && hasMove)
        expect(leftIn(mailbox)).toEqual([...(isRemoved ? [] : [['1\n', 'T']]), ['2\n', 'T']])
        expect(mailbox.mails('done')).toHaveLength(afterImport.kind === 'move' ? 1 : 0)
      },
    )
  })
})
