import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { type RefName, toMessageId, toSha } from '../../src/core/ids.ts'
import type { MailingList } from '../../src/core/project.ts'
import type {
  BlockedVersion,
  PullRequestStory,
  VersionNews,
} from '../../src/core/pull-request/pull-request-story.ts'
import {
  createPullRequestWriter,
  type PullRequestWriter,
} from '../../src/report/pull-request-writer.ts'

const folder = path.resolve(import.meta.dirname, '../../templates/pull-request')

export function pullRequestWriter(): PullRequestWriter {
  const names = readdirSync(folder)
  return createPullRequestWriter(
    Object.fromEntries(
      names.map((name) => [
        name.replace('.liquid', ''),
        readFileSync(path.join(folder, name), 'utf8'),
      ]),
    ),
  )
}

const list: MailingList = {
  name: 'frob-devel',
  address: 'frob-devel@lists.example.org',
  listId: null,
  archiveUrl: 'https://lists.example.org/frob/{id}/',
  sources: [],
  ignoredPrefixes: [],
}

export const sampleStory: PullRequestStory = {
  project: 'frob',
  list,
  version: '2',
  name: 'Make frob faster',
  prefixes: ['RFC', 'next'],
  submitter: { name: 'Ada Lovelace', address: 'ada@example.org' },
  anchor: toMessageId('20261121095500.4711-1-ada@example.org'),
  text: 'Frob is slow.\n\nThis makes it fast, as @bob asked in #12.\n\nFixes: #12\n',
  patches: [1, 2].map((number) => ({
    number,
    subject: `frob: step ${number} of 2`,
    messageId: toMessageId(`20261121095500.4711-${number + 1}-ada@example.org`),
  })),
  tested: {
    base: toSha('1a2b3c4d5e6f'.padEnd(40, '0')),
    baseRule: 'base-commit',
    baseNote: null,
    baseBranch: 'refs/heads/main' as RefName,
    commits: [],
    head: toSha('c0ffee'.padEnd(40, '0')),
    fetchUrl: 'https://git.example.org/frob.git',
    fetchRef: 'refs/series/1a2b3c4d5e6f/v2-1' as RefName,
  },
  dependsOn: null,
  replaces: null,
}

export const sampleNews: VersionNews = {
  list,
  version: '2',
  anchor: sampleStory.anchor,
  tested: sampleStory.tested,
  previous: '1',
  isOtherSeries: false,
  isCoverChanged: false,
  rangeDiff: [
    '1:  c8d1e2f ! 1:  0a1b2c3 frob: step 1 of 2',
    '    @@ frob.c: int frob(void)',
    '     -	return slow();',
    '2:  d8d1e2f = 2:  1a1b2c3 frob: step 2 of 2',
  ].join('\n'),
}

export const sampleBlocked: BlockedVersion = {
  list,
  version: '3',
  anchor: sampleStory.anchor,
  state: 'conflict',
  shown: '2',
  conflict: { number: 2, paths: ['src/frob.c'] },
  holds: [],
  head: null,
}
