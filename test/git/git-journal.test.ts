import { execFileSync } from 'node:child_process'
import { describe, expect, it, onTestFinished } from 'vitest'
import { toMessageId, toTopicId } from '../../src/core/ids.ts'
import type { DecisionEntry } from '../../src/core/journal-entry.ts'
import { openGitJournal } from '../../src/git/git-journal.ts'
import type { Journal } from '../../src/git/journal.ts'
import { openObjectStore } from '../../src/git/objects/bare-object-store.ts'
import type { Logger } from '../../src/log/logger.ts'
import { describeJournalContract, sentEntryOf } from '../contract/journal-contract.ts'
import { commitOf } from '../support/commit-of.ts'
import { memoryLog, memoryLogger } from '../support/memory-log.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testGitEnvironment } from '../support/test-repo.ts'

const { signal } = new AbortController()

async function open(directory: string, log: Logger = memoryLogger()): Promise<Journal> {
  return openGitJournal({ directory, openStore: openObjectStore, log })
}

async function openHere(directory: string, log?: Logger): Promise<Journal> {
  const journal = await open(directory, log)
  onTestFinished(() => journal.close())
  return journal
}

function git(repository: string, ...args: readonly string[]): string {
  return execFileSync('git', ['--git-dir', repository, ...args], {
    env: testGitEnvironment(),
    encoding: 'utf8',
  }).trim()
}

async function all<T>(entries: AsyncIterable<T>): Promise<readonly T[]> {
  const found: T[] = []
  for await (const entry of entries) {
    found.push(entry)
  }
  return found
}

/** Appends a commit as a newer version, or a person, might. */
async function appendRaw(directory: string, branch: string, entry: unknown): Promise<string> {
  const text = typeof entry === 'string' ? entry : JSON.stringify(entry)
  const store = await openObjectStore(directory)
  const files = { 'entry.json': Buffer.from(text) }
  const { commits } = await store.append(branch, [commitOf('raw', { files })], signal)
  await store.close()
  return commits[0]?.sha ?? ''
}

const topic = toTopicId(toMessageId('<cover@example.org>'))
const withdrawal: DecisionEntry = {
  at: new Date('2024-02-03T04:05:06.789Z'),
  by: 'Mallory\n<m@example.org>',
  decision: { kind: 'withdraw', topic, version: '2', reason: 'sent by mistake' },
}

describeJournalContract('the git journal', (directory) => open(directory))

describe('the git journal', () => {
  it('reads well with git log', async () => {
    const directory = `${temporaryFolder()}/journal`
    const journal = await openHere(directory)
    await journal.recordSent(sentEntryOf(), signal)
    await journal.recordSent(
      sentEntryOf({ event: 'handed-over', mail: null, note: '250 2.0.0\r\nOk' }),
      signal,
    )
    await journal.recordDecision(withdrawal, signal)

    expect(git(directory, 'log', '--format=%B%ai', 'sent')).toBe(
      [
        'handed-over: failure <report-1@example.org>',
        '',
        `Topic: ${toTopicId(toMessageId('report-1@example.org'))}`,
        'Note: 250 2.0.0 Ok',
        '2024-02-03 04:05:06 +0000',
        'intended: failure <report-1@example.org>',
        '',
        'Subject: Re: [PATCH] fix By: nobody',
        'To: ada@example.org',
        `Topic: ${toTopicId(toMessageId('report-1@example.org'))}`,
        '2024-02-03 04:05:06 +0000',
      ].join('\n'),
    )
    expect(git(directory, 'show', 'sent~1:m')).toBe('Tests failed.\n\n> quoted')
    expect(git(directory, 'log', '--format=%an|%s', 'decisions')).toBe(
      `Mallory m@example.org|withdraw: ${topic}`,
    )
    expect(git(directory, 'fsck', '--strict')).toBe('')
  })

  it('passes over fields that a newer version added', async () => {
    const directory = `${temporaryFolder()}/journal`
    const journal = await openHere(directory)
    const entry = sentEntryOf({ mail: null })
    await appendRaw(directory, 'sent', { ...entry, added: { later: true } })

    expect(await all(journal.sent(signal))).toEqual([entry])
  })

  it('skips entries of a kind that only a newer version knows, and says so', async () => {
    const directory = `${temporaryFolder()}/journal`
    const log = memoryLog()
    const journal = await openHere(directory, log.logger)
    await journal.recordDecision(withdrawal, signal)
    const newer = await appendRaw(directory, 'decisions', {
      ...withdrawal,
      decision: { kind: 'bless', topic },
    })
    await journal.recordDecision(withdrawal, signal)

    expect(await all(journal.decisions(signal))).toEqual([withdrawal, withdrawal])
    expect(log.lines).toMatchObject([{ commit: newer, kind: 'bless' }])
  })

  it.each([
    ['sent', 'no JSON at all'],
    ['sent', { ...sentEntryOf(), at: 'yesterday' }],
    ['sent', { ...sentEntryOf(), head: 'abc' }],
    ['decisions', { ...withdrawal, by: 7 }],
    ['decisions', { ...withdrawal, decision: { kind: 'approve', topic } }],
    ['decisions', []],
  ])('names the commit on %s that holds %j', async (branch, entry) => {
    const directory = `${temporaryFolder()}/journal`
    const journal = await openHere(directory)
    const commit = await appendRaw(directory, branch, entry)
    const reading = branch === 'sent' ? all(journal.sent(signal)) : all(journal.decisions(signal))

    await expect(reading).rejects.toMatchObject({
      code: 'GIT_JOURNAL_UNREADABLE',
      message: expect.stringContaining(commit),
      details: { branch, commit },
    })
  })

  it('names a commit without an entry', async () => {
    const directory = `${temporaryFolder()}/journal`
    const journal = await openHere(directory)
    const store = await openObjectStore(directory)
    await store.append('sent', [commitOf('note', { files: {} })], signal)
    await store.close()

    await expect(all(journal.sent(signal))).rejects.toMatchObject({
      code: 'GIT_JOURNAL_UNREADABLE',
    })
  })
})
