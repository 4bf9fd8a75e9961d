import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { maxTakenBytes } from '../../../src/mail/source/limits.ts'
import {
  describeMailSourceContract,
  type MailSourceHarness,
} from '../../contract/mail-source-contract.ts'
import { serveGit } from '../../support/git-http.ts'
import { cursorOf, mail, mails, newPlace, subjects } from '../../support/inbox-place.ts'
import { inboxRepository } from '../../support/inbox-repository.ts'
import { take } from '../../support/take-mail.ts'

// Every step starts several git processes.
vi.setConfig({ testTimeout: 120_000 })

const { signal } = new AbortController()
const elsewhere = 'c'.repeat(40)

describeMailSourceContract('a public-inbox of layout v2', openV2, 5)

async function openV2(): Promise<MailSourceHarness> {
  const place = newPlace()
  const epoch = place.epoch(0)
  return {
    spec: { kind: 'public-inbox', url: place.root, directory: place.directory },
    async deliver(texts) {
      epoch.commit(texts.map((text) => ({ m: text })))
    },
    async poison() {
      epoch.commit([{ m: { submodule: elsewhere } }])
    },
  }
}

describeMailSourceContract('a public-inbox of layout v1', openV1, 5)

async function openV1(): Promise<MailSourceHarness> {
  const place = newPlace()
  const repository = inboxRepository(place.root)
  let count = 0
  function fileName(): string {
    count += 1
    return `${(count % 256).toString(16).padStart(2, '0')}/${String(count).padStart(38, '0')}`
  }
  return {
    spec: { kind: 'public-inbox', url: place.root, directory: place.directory },
    async deliver(texts) {
      repository.commit(texts.map((text) => ({ [fileName()]: text })))
    },
    async poison() {
      repository.commit([{ [fileName()]: { submodule: elsewhere } }])
    },
  }
}

describe('a public-inbox that is followed', () => {
  it('gives the clone and the commit of each mail', async () => {
    const place = newPlace()
    const epoch = place.epoch(0)
    epoch.commit(mails(1))

    const location = `${path.join(place.directory, '0.git')}:${epoch.git('rev-parse', 'master')}`
    expect((await take(place.open())).map((each) => each.location)).toEqual([location])
  })

  it('reads a single epoch, whatever its branch is called', async () => {
    const place = newPlace()
    const epoch = inboxRepository(path.join(place.root, '7.git'), 'main')
    epoch.commit(mails(1, 2))

    expect(subjects(await take(place.open(epoch.gitDir)))).toEqual(['1', '2'])
  })

  it('notices new epochs, and what came into the old one before them', async () => {
    const place = newPlace()
    const first = place.epoch(0)
    first.commit(mails(1))
    const source = place.open()
    const taken = await take(source)
    const waiting = source.wait(signal)
    first.commit(mails(2))
    place.epoch(1).commit(mails(3))
    await waiting
    place.epoch(2).commit(mails(4))
    const rest = await take(source, cursorOf(taken))

    expect(subjects(rest)).toEqual(['2', '3', '4'])
    expect(await take(source, cursorOf(rest))).toEqual([])
  })

  it('waits for an epoch', async () => {
    const place = newPlace()
    place.epoch(0).commit(mails(1))
    const source = place.open()
    await take(source)
    const waiting = source.wait(signal)
    place.epoch(1)

    await expect(waiting).resolves.toBeUndefined()
  })

  it('gives nothing for deletions and keeps what was deleted', async () => {
    const place = newPlace()
    const epoch = place.epoch(0)
    epoch.commit([...mails(1, 2), { d: mail(1), m: null }, { m: mail(3), d: null }])
    const taken = await take(place.open())
    epoch.commit([{ d: mail(3), m: null }])

    expect(subjects(taken)).toEqual(['1', '2', '3'])
    expect(await take(place.open(), cursorOf(taken))).toEqual([])
  })

  it('gives a mail of layout v1 again when it was edited, and nothing when it was deleted', async () => {
    const place = newPlace()
    const repository = inboxRepository(place.root)
    const [one, two] = [`00/${'a'.repeat(38)}`, `01/${'b'.repeat(38)}`]
    repository.commit([{ [one]: mail(1), [two]: mail(2) }, { [one]: null }, { [two]: mail('2b') }])

    expect(subjects(await take(place.open()))).toEqual(['1', '2', '2b'])
  })

  it('reads a commit with several mails again until its last one is durable', async () => {
    const place = newPlace()
    const repository = inboxRepository(place.root)
    const files = ['a', 'b', 'c'].map((letter) => `00/${letter.repeat(38)}`)
    repository.commit([Object.fromEntries(files.map((name, at) => [name, mail(at)]))])
    const all = await take(place.open())

    expect(subjects(await take(place.open(), all[1]?.cursor ?? null))).toEqual(['0', '1', '2'])
    expect(await take(place.open(), cursorOf(all))).toEqual([])
  })

  it('reads on from the merge base when history was rewritten', async () => {
    const place = newPlace()
    const epoch = place.epoch(0)
    epoch.commit(mails(1, 2, 3))
    const source = place.open()
    const taken = await take(source)
    epoch.commit(mails('2 edited', 3, 4), epoch.git('rev-parse', 'master~2'))
    const rest = await take(source, cursorOf(taken))
    epoch.commit(mails(5))

    expect(subjects(rest)).toEqual(['2 edited', '3', '4'])
    expect(subjects(await take(source, cursorOf(rest)))).toEqual(['5'])
  })

  it('gives what it fetched before a purge, however often history is rewritten', async () => {
    const place = newPlace()
    const epoch = place.epoch(0)
    epoch.commit(mails(1, 2, 3))
    const [first] = await take(place.open(), null, 1)
    epoch.commit(mails(4, 5), epoch.git('rev-parse', 'master~2'))
    const afterPurge = await take(place.open(), first?.cursor ?? null, 3)
    epoch.commit(mails(6), epoch.git('rev-parse', 'master~1'))
    epoch.git('reflog', 'expire', '--expire=now', '--all')
    epoch.git('gc', '--quiet', '--prune=now')

    expect(subjects(afterPurge)).toEqual(['2', '3', '4'])
    expect(subjects(await take(place.open(), cursorOf(afterPurge)))).toEqual(['5', '6'])
    const clone = inboxRepository(path.join(place.directory, '0.git'))
    clone.git('gc', '--quiet', '--prune=now')
    expect(subjects(await take(place.open()))).toEqual(['1', '2', '3', '4', '5', '6'])
  })

  it('keeps one ref for a history that only grows', async () => {
    const place = newPlace()
    const epoch = place.epoch(0)
    const source = place.open()
    for (const number of [1, 2, 3]) {
      epoch.commit(mails(number))
      await take(source)
    }
    const clone = inboxRepository(path.join(place.directory, '0.git'))

    const tip = epoch.git('rev-parse', 'master')
    expect(clone.git('for-each-ref', '--format=%(refname) %(objectname)', 'refs/seen')).toBe(
      `refs/seen/1 ${tip}`,
    )
  })

  it('reads everything again when the clones are lost', async () => {
    const place = newPlace()
    const epoch = place.epoch(0)
    epoch.commit(mails(1, 2))
    const taken = await take(place.open())
    rmSync(place.directory, { recursive: true })
    expect(await take(place.open(), cursorOf(taken))).toEqual([])

    rmSync(place.directory, { recursive: true })
    epoch.commit(mails('new'), epoch.git('rev-parse', 'master~1'))
    expect(subjects(await take(place.open(), cursorOf(taken)))).toEqual(['1', 'new'])
  })

  it.each(['', '7', 'null', '[1]', '{"0":"--all"}', '{"x":1}', `{"0":"${'1'.repeat(40)}"}`])(
    'reads from the beginning after the cursor %j',
    async (cursor) => {
      const place = newPlace()
      place.epoch(0).commit(mails(1))

      expect(subjects(await take(place.open(), cursor))).toEqual(['1'])
    },
  )

  it('cuts off a mail that is larger than the parser reads', async () => {
    const place = newPlace()
    const large = mail('large') + 'x'.repeat(maxTakenBytes)
    place.epoch(0).commit([...mails(1), { m: large }, ...mails(2)])
    const taken = await take(place.open())

    expect(subjects(taken)).toEqual(['1', 'large', '2'])
    expect(taken[1]?.raw.length).toBe(maxTakenBytes)
  })

  it('reads what it can of an epoch that is damaged, and the other epochs', async () => {
    const place = newPlace()
    place.epoch(0).commit(mails(1))
    const damaged = place.epoch(1)
    damaged.commit(mails(2))
    const source = place.open()
    const taken = await take(source)
    damaged.commit(mails(3))
    place.epoch(2).commit(mails(4))
    rmSync(path.join(damaged.gitDir, 'objects/pack'), { recursive: true, force: true })
    mkdirSync(path.join(damaged.gitDir, 'objects/pack'))
    for (const name of damagedFolders(damaged.gitDir)) {
      rmSync(name, { recursive: true })
    }
    const rest = await take(source, cursorOf(taken))

    expect(subjects(rest)).toEqual(['4'])
    await expect(take(source, cursorOf(rest))).rejects.toMatchObject({
      code: 'MAIL_SOURCE_UNREADABLE',
      retry: 'later',
    })
  })

  it('is told when the repository is gone, and reads on when it is back', async () => {
    const place = newPlace()
    const epoch = place.epoch(0)
    epoch.commit(mails(1))
    const source = place.open()
    const taken = await take(source)
    renameSync(place.root, `${place.root}.away`)
    await expect(take(source, cursorOf(taken))).rejects.toMatchObject({
      code: 'MAIL_SOURCE_MISSING',
      retry: 'later',
    })

    renameSync(`${place.root}.away`, place.root)
    epoch.commit(mails(2))
    expect(subjects(await take(source, cursorOf(taken)))).toEqual(['2'])
  })

  it('says that a folder without a repository, or with program code, is no public-inbox', async () => {
    const empty = newPlace()
    mkdirSync(empty.root)
    await expect(take(empty.open())).rejects.toMatchObject({ code: 'MAIL_SOURCE_MISSING' })

    const code = newPlace()
    inboxRepository(code.root).commit([{ 'README.md': 'Hello\n' }])
    await expect(take(code.open())).rejects.toMatchObject({
      code: 'MAIL_SOURCE_UNREADABLE',
      remedy: expect.stringContaining('public-inbox keeps the mails'),
    })
  })
})

function damagedFolders(gitDir: string): readonly string[] {
  return Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
    .map((name) => path.join(gitDir, 'objects', name))
    .filter((name) => existsSync(name))
}

describe('a public-inbox at a URL', () => {
  it('is followed epoch by epoch over HTTP', async () => {
    const place = newPlace()
    place.epoch(0).commit(mails(1))
    place.epoch(1).commit(mails(2))
    const server = await serveGit(place.root, null)
    onTestFinished(() => server.close())
    const source = place.open(server.url)
    const taken = await take(source)
    place.epoch(1).commit(mails(3))
    place.epoch(2).commit(mails(4))
    const rest = await take(source, cursorOf(taken))

    expect(subjects(taken)).toEqual(['1', '2'])
    expect(subjects(rest)).toEqual(['3', '4'])
    expect(await take(place.open(server.url), cursorOf(rest))).toEqual([])
  })

  it('is one repository where it has no epochs', async () => {
    const place = newPlace()
    inboxRepository(place.root).commit(mails(1, 2))
    const server = await serveGit(place.root, null)
    onTestFinished(() => server.close())

    expect(subjects(await take(place.open(server.url)))).toEqual(['1', '2'])
    expect(subjects(await take(place.open(`file://${place.root}`)))).toEqual(['1', '2'])
  })

  it.each([
    [404, 'MAIL_SOURCE_MISSING'],
    [403, 'MAIL_SOURCE_UNREADABLE'],
    [500, 'MAIL_SOURCE_UNREADABLE'],
  ])('that answers %i is tried again later', async (status, code) => {
    const place = newPlace()
    place.epoch(0).commit(mails(1))
    const server = await serveGit(place.root, null)
    onTestFinished(() => server.close())
    server.answerWith(status)

    await expect(take(place.open(server.url))).rejects.toMatchObject({ code, retry: 'later' })
  })

  it('waits its poll interval, or until it is stopped', async () => {
    const place = newPlace()
    await expect(place.open('https://localhost:1/x', 20).wait(signal)).resolves.toBeUndefined()

    const stop = new AbortController()
    const waiting = place.open('https://localhost:1/x').wait(stop.signal)
    stop.abort()
    await expect(waiting).resolves.toBeUndefined()
  })
})
