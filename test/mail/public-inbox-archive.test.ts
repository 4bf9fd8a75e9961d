import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openObjectStore } from '../../src/git/objects/bare-object-store.ts'
import type { Archive } from '../../src/mail/archive.ts'
import { openPublicInboxArchive } from '../../src/mail/public-inbox-archive.ts'
import { describeArchiveContract, readAll } from '../contract/archive-contract.ts'
import { bulkyMail } from '../support/bulky-mail.ts'
import { commitOf } from '../support/commit-of.ts'
import { deliveryOf } from '../support/delivery-of.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testGitEnvironment } from '../support/test-repo.ts'

const { signal } = new AbortController()

async function open(directory: string, rotateBytes?: number): Promise<Archive> {
  const options = { directory, openStore: openObjectStore }
  return openPublicInboxArchive(rotateBytes === undefined ? options : { ...options, rotateBytes })
}

async function openHere(directory: string, rotateBytes?: number): Promise<Archive> {
  const archive = await open(directory, rotateBytes)
  onTestFinished(() => archive.close())
  return archive
}

function newDirectory(): string {
  return path.join(temporaryFolder(), 'archive')
}

function git(repository: string, ...args: readonly string[]): string {
  return execFileSync('git', ['--git-dir', repository, ...args], {
    env: testGitEnvironment(),
    encoding: 'utf8',
  }).trim()
}

describeArchiveContract('the public-inbox folder', (directory) => open(directory))
describeArchiveContract('the public-inbox folder with small epochs', (directory) =>
  open(directory, 2000),
)

describe('the public-inbox folder', () => {
  it.each([
    [
      'a plain mail',
      'From: "Áda, A." <ada@example.org>\nDate: Fri, 2 Feb 2024 10:00:00 +0100\nSubject: [PATCH] fix\n\nbody\n',
      'Áda, A. <ada@example.org> 1706864400|[PATCH] fix',
    ],
    [
      'encoded words, folded, CRLF',
      'Subject: =?utf-8?q?=5BPATCH=5D?=\r\n =?iso-8859-1?b?4w==?= x\r\nFrom: =?utf-8?q?J=C3=B6?= Doe\r\n <jo@example.org>\r\n\r\n',
      'Jö Doe <jo@example.org> 1706933106|[PATCH]ã x',
    ],
    [
      'no name',
      'From: ada@example.org\nSubject:\n\n',
      'ada@example.org <ada@example.org> 1706933106|(no subject)',
    ],
    ['no headers at all', 'just text', 'unknown <> 1706933106|(no subject)'],
    ['nothing', '', 'unknown <> 1706933106|(no subject)'],
    ['an impossible date', 'Date: 99 Foo 2024\nSubject: y\n\n', 'unknown <> 1706933106|y'],
  ])('shows %s with git log', async (_, raw, shown) => {
    const directory = newDirectory()
    const archive = await openHere(directory)
    await archive.append([deliveryOf(raw)], signal)

    const repository = `${directory}/git/0.git`
    expect(git(repository, 'log', '--format=%an <%ae> %at|%s')).toBe(shown)
    expect(git(repository, 'fsck', '--strict')).toBe('')
  })

  it.each([
    ['control characters', 'From: A\0 <a@b>\x1b[2J\nSubject: a\0b\x07\n\n'],
    [
      'forged lines',
      'Subject: =?utf-8?q?x=0A=0ASource:_evil=0ALocation:_=0AArrived:_2000-01-01=0ASilent:_yes?=\n\n',
    ],
    ['a header without end', `Subject: ${'x '.repeat(100_000)}`],
    ['thousands of encoded words', `From: ${'=?utf-8?q?a?= '.repeat(10_000)}<a@b>\n\n`],
  ])('is not led astray by %s', async (_, raw) => {
    const directory = newDirectory()
    const archive = await openHere(directory)
    await archive.append([deliveryOf(raw)], signal)

    expect(git(`${directory}/git/0.git`, 'fsck', '--strict')).toBe('')
    expect(git(`${directory}/git/0.git`, 'log', '--format=%an %s').split('\n')).toHaveLength(1)
    const [read] = await readAll(archive)
    expect(read?.delivery).toMatchObject({ source: 'list', isSilent: false })
    expect(Buffer.compare(read?.delivery.raw ?? Buffer.of(), Buffer.from(raw))).toBe(0)
  })

  it('writes the commit message that rebuild reads', async () => {
    const directory = newDirectory()
    const archive = await openHere(directory)
    await archive.append(
      [deliveryOf('Subject: [PATCH] x\n\n', { location: '/a\nb%', isSilent: true })],
      signal,
    )

    expect(git(`${directory}/git/0.git`, 'log', '--format=%B%ct')).toBe(
      '[PATCH] x\n\nSource: list\nLocation: /a%0Ab%25\nArrived: 2024-02-03T04:05:06.789Z\nSilent: yes\n1706933106',
    )
  })

  it('goes on in a new epoch when one is full, and reads across them', async () => {
    const directory = newDirectory()
    const archive = await openHere(directory, 30_000)
    const mails = Array.from({ length: 24 }, (_, index) => bulkyMail(`mail-${index}`))
    const positions: (string | null)[] = [null]
    for (const mail of mails) {
      const { before, entries } = await archive.append([deliveryOf(mail)], signal)
      expect(before).toBe(positions.at(-1))
      positions.push(entries[0]?.position ?? null)
    }

    const epochs = readdirSync(path.join(directory, 'git')).toSorted()
    expect(epochs.length).toBeGreaterThan(2)
    expect(await archive.tip()).toBe(positions.at(-1))
    for (const [index, since] of positions.entries()) {
      const read = await readAll(archive, since)
      expect(read.map(({ delivery }) => delivery.raw.toString())).toEqual(mails.slice(index))
    }
    expect(
      readFileSync(path.join(directory, 'all.git/objects/info/alternates'), 'utf8')
        .trim()
        .split('\n')
        .toSorted(),
    ).toEqual(epochs.map((epoch) => `../../git/${epoch}/objects`))
    const [first] = await readAll(archive)
    expect(git(path.join(directory, 'all.git'), 'cat-file', '-t', first?.entry.blob ?? '')).toBe(
      'blob',
    )
  })

  it('never puts a mail into an epoch that another process has closed', async () => {
    const directory = newDirectory()
    const archives = [await openHere(directory, 20_000), await openHere(directory, 20_000)] as const
    const known = new Set<string>()
    let since: string | null = null
    for (let round = 0; round < 15; round += 1) {
      const [one, two] = await Promise.all(
        archives.map((archive, index) =>
          archive.append([deliveryOf(bulkyMail(`mail-${round}-${index}`))], signal),
        ),
      )
      for (const { entry } of await readAll(archives[0], since)) {
        known.add(entry.position)
        since = entry.position
      }
      for (const entry of [...(one?.entries ?? []), ...(two?.entries ?? [])]) {
        expect(known).toContain(entry.position)
      }
    }

    expect(known.size).toBe(30)
    expect(readdirSync(path.join(directory, 'git')).length).toBeGreaterThan(2)
  })

  it('says that it lacks the epoch it should read on from', async () => {
    const directory = newDirectory()
    const archive = await openHere(directory)

    await expect(readAll(archive, `3:${'1'.repeat(40)}`)).rejects.toMatchObject({
      code: 'MAIL_ARCHIVE_MISSING',
    })
    expect(existsSync(path.join(directory, 'git/3.git'))).toBe(false)
  })

  it('passes over deletions, and keeps what public-inbox wrote silent', async () => {
    const directory = newDirectory()
    const archive = await openHere(directory)
    await archive.append([deliveryOf('ours')], signal)
    const store = await openObjectStore(path.join(directory, 'git/0.git'))
    await store.append('master', [commitOf('theirs', { message: '[PATCH] theirs' })], signal)
    await store.append('master', [commitOf('rm', { files: { d: Buffer.from('ours') } })], signal)
    await store.close()

    expect((await readAll(archive)).map(({ delivery }) => delivery)).toMatchObject([
      { source: 'list', isSilent: false },
      {
        raw: Buffer.from('theirs'),
        source: 'public-inbox',
        arrivedAt: new Date('2024-02-03T04:05:07Z'),
        isSilent: true,
      },
    ])
    expect(await archive.tip()).not.toBeNull()
  })

  it('cannot be made where a file is in its place', async () => {
    const folder = temporaryFolder()
    writeFileSync(path.join(folder, 'git'), '')

    await expect(open(folder)).rejects.toMatchObject({ code: 'MAIL_ARCHIVE_NOT_WRITABLE' })
  })
})
