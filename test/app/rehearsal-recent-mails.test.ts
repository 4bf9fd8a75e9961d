import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type DatedMail, recentMails } from '../../src/app/rehearsal/recent-mails.ts'
import type { SourceConfig } from '../../src/config/config.ts'
import { toSecret } from '../../src/config/secrets.ts'
import { serveGit } from '../support/git-http.ts'
import { dovecotHere } from '../support/imap-source.ts'
import { inboxRepository } from '../support/inbox-repository.ts'
import { reasonToSkip } from '../support/programs.ts'
import { silentTerminal } from '../support/run-patchferry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const noon = Date.UTC(2026, 0, 15, 12)

/** A mail of the day before or after by its Date. */
function mail(name: string, atMs: number): string {
  const date = new Date(atMs).toUTCString().replace('GMT', '+0000')
  return `From: Ada <ada@example.org>\nMessage-ID: <${name}@example.org>\nDate: ${date}\nSubject: ${name}\n\nText.\n`
}

const dayMs = 86_400_000
const all = [-2, -1, 0, 1, 2].map((days) => mail(`day${days}`, noon + days * dayMs))
const common = { name: 'list', list: 'devel', pollMs: 60_000 }

async function look(
  source: Partial<SourceConfig>,
  limit = 100,
  since = noon - dayMs / 2,
): Promise<readonly string[]> {
  const window = { since: new Date(since), limit, directory: temporaryFolder() }
  const found = await recentMails(
    { ...common, ...source } as SourceConfig,
    window,
    silentTerminal(),
  )
  return found.map(({ message }: DatedMail) => message?.messageId?.split('@')[0] ?? '?')
}

describe('the mails of the last days', () => {
  it('of an mbox and of a Maildir, whose files stay as they are', async () => {
    const folder = temporaryFolder()
    const mbox = path.join(folder, 'list.mbox')
    const shuffled = [3, 0, 4, 2, 1].map((index) => all[index] ?? '')
    writeFileSync(
      mbox,
      shuffled.map((one) => `From ada Thu Jan  1 00:00:00 2026\n${one}\n`).join(''),
    )
    for (const name of ['new', 'cur', 'tmp']) {
      mkdirSync(path.join(folder, 'inbox', name), { recursive: true })
    }
    for (const [index, one] of all.entries()) {
      writeFileSync(path.join(folder, 'inbox/new', `${index}.host`), one)
    }
    expect(await look({ kind: 'mbox', path: mbox })).toEqual(['day0', 'day1', 'day2'])
    const maildir = { kind: 'maildir', path: path.join(folder, 'inbox') } as const
    expect(await look(maildir, 2)).toEqual(['day1', 'day2'])
    expect(await look(maildir, 100, 0)).toHaveLength(5)
  })

  it('of a public-inbox here and far away, of which no more is fetched', async () => {
    const root = path.join(temporaryFolder(), 'inbox')
    const old = inboxRepository(path.join(root, 'git', '0.git'))
    const repository = inboxRepository(path.join(root, 'git', '1.git'))
    for (const [index, one] of all.entries()) {
      const into = index === 0 ? old : repository
      into.commit([{ m: one }], undefined, (noon + (index - 2) * dayMs) / 1000)
    }
    expect(await look({ kind: 'public-inbox', path: root })).toEqual(['day0', 'day1', 'day2'])
    expect(await look({ kind: 'public-inbox', path: root }, 1)).toEqual(['day2'])

    const served = await serveGit(repository.gitDir, null)
    onTestFinished(() => served.close())
    const far = { kind: 'public-inbox', path: served.url } as const
    expect(await look(far)).toEqual(['day0', 'day1', 'day2'])
    expect(await look(far, 100, noon + 5 * dayMs)).toEqual([])
    await expect(look({ kind: 'public-inbox', path: `${root}/none` })).rejects.toThrow('none')
  })
})

const withoutDovecot = reasonToSkip('dovecot', ['--version'])

describe.skipIf(withoutDovecot !== null)(`of an IMAP server ${withoutDovecot ?? ''}`, () => {
  const dovecot = dovecotHere()

  it('reads folders without a trace, by the day the server took them', async () => {
    const box = dovecot().newUser(['patches'])
    box.deliver(mail('yesterday', Date.now() - dayMs))
    box.deliver(mail('today', Date.now() - 1000))
    const { user } = box
    const imap = {
      host: '127.0.0.1',
      port: dovecot().port,
      security: 'plain',
      fingerprint: null,
      user,
      credential: { kind: 'password', password: toSecret(dovecot().password) },
      folders: ['INBOX', 'patches'],
      afterImport: { kind: 'delete' },
    } as const
    const since = Date.now() - 3 * dayMs
    expect(await look({ kind: 'imap', imap }, 100, since)).toEqual(['yesterday', 'today'])
    expect(await look({ kind: 'imap', imap }, 1, since)).toEqual(['today'])
    expect(box.mails().map(({ flags }) => flags)).toEqual(['', ''])
    const missing = { ...imap, folders: ['nowhere'] }
    await expect(look({ kind: 'imap', imap: missing }, 1, since)).rejects.toThrow(
      expect.objectContaining({ code: 'MAIL_IMAP_FOLDER_MISSING' }),
    )
  })
})
