import { describe, expect, it } from 'vitest'
import { dovecotHere, imapServerFor, openImap } from '../../support/imap-source.ts'
import { reasonToSkip } from '../../support/programs.ts'
import { take, textsOf } from '../../support/take-mail.ts'
import { tcpProxy } from '../../support/tcp-proxy.ts'

const { signal } = new AbortController()
const withoutDovecot = reasonToSkip('dovecot', ['--version'])
const waiting = { timeout: 10_000, interval: 20 }

function commands(lines: readonly string[]): readonly string[] {
  return lines.map((line) => line.split(' ')[1] ?? line)
}

function countIn(lines: readonly string[], wanted: string): number {
  return lines.filter((line) => line === wanted).length
}

describe.skipIf(withoutDovecot !== null)(`waiting by IMAP ${withoutDovecot ?? ''}`, () => {
  const dovecot = dovecotHere()

  it('begins IDLE anew before the server forgets it, and hears of mail after that', async () => {
    const mailbox = dovecot().newUser()
    const proxy = await tcpProxy(dovecot().port)
    const changes = { port: proxy.port, idleMs: 50 }
    const source = openImap(imapServerFor(dovecot(), mailbox.user, changes))
    await take(source)
    const news = source.wait(signal)

    await expect.poll(() => countIn(commands(proxy.said), 'IDLE'), waiting).toBeGreaterThan(2)
    mailbox.deliver('1\n')
    await news
    expect(countIn(proxy.said, 'DONE')).toBeGreaterThan(1)
    expect(textsOf(await take(source))).toEqual(['1\n'])
  })

  it('hears of mail in any of its folders', async () => {
    const mailbox = dovecot().newUser(['patches', 'reviews'])
    const folders = ['INBOX', 'patches', 'reviews']
    const source = openImap(imapServerFor(dovecot(), mailbox.user), { folders })
    for (const folder of folders) {
      const [last] = (await take(source)).slice(-1)
      const news = source.wait(signal)
      mailbox.deliver(`${folder}\n`, folder)
      await news
      expect(textsOf(await take(source, last?.cursor))).toEqual([`${folder}\n`])
    }
  })
})

describe.skipIf(withoutDovecot !== null)(`a server without IDLE ${withoutDovecot ?? ''}`, () => {
  const dovecot = dovecotHere(async () => ({ capability: 'IMAP4rev1 UIDPLUS MOVE' }))

  it('is looked at again after the poll interval', async () => {
    const mailbox = dovecot().newUser()
    const proxy = await tcpProxy(dovecot().port)
    const server = imapServerFor(dovecot(), mailbox.user, { port: proxy.port })
    const source = openImap(server, { pollMs: 300 })
    await take(source)
    const news = source.wait(signal)
    mailbox.deliver('1\n')
    await news

    expect(textsOf(await take(source))).toEqual(['1\n'])
    expect(commands(proxy.said)).not.toContain('IDLE')
  })

  it('tells of mail at once that came before the wait', async () => {
    const mailbox = dovecot().newUser()
    const source = openImap(imapServerFor(dovecot(), mailbox.user))
    await take(source)
    mailbox.deliver('1\n')
    await source.wait(signal)

    expect(textsOf(await take(source))).toEqual(['1\n'])
  })
})
