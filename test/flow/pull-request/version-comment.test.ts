import { expect, it } from 'vitest'
import { toMessageId } from '../../../src/core/ids.ts'
import type { ApplicationRecord } from '../../../src/core/records.ts'
import { versionComment } from '../../../src/flow/pull-request/comment-on-pull-request.ts'
import { pullRequestWriter, sampleStory } from '../../report/pull-request-texts.ts'
import {
  id,
  sampleApplication,
  samplePullRequest,
  sampleSeries,
  sampleSeriesRecord,
  sampleSha,
  sampleTopicId,
} from '../../store/samples.ts'

const topic = sampleTopicId('topic')
const { signal } = new AbortController()

function applied(name: string, version: string): ApplicationRecord {
  const record = sampleApplication(topic, { version, digest: name })
  const sha = sampleSha(name)
  const [first] = record.application.commits
  const commits = first === undefined ? [] : [{ ...first, messageId: toMessageId(name), sha }]
  return { ...record, application: { outcome: 'applied', head: sha, tree: sha, commits } }
}

/** What is said where `next` follows a version 1 with this cover letter. */
async function said(next: ApplicationRecord, cover: string, now: string): Promise<string> {
  const before = applied('one', '1')
  const series = sampleSeries(id('cover'), { cover: id('cover') })
  const record = sampleSeriesRecord(series, { topic, digest: 'one' })
  const reader = { seriesOfTopic: async () => [record], messages: async () => [{}] }
  const comment = await versionComment(
    samplePullRequest(1, { head: sampleSha('one') }),
    { application: next, head: sampleSha('next'), record },
    { ...sampleStory, version: next.version, text: now },
    [before],
    {
      git: { rangeDiff: async () => '1:  a = 1:  b frob' },
      forge: { capabilities: { maxBodyLength: 0 } },
    } as never,
    {
      pullRequestWriter: pullRequestWriter(),
      store: { read: async (work: (from: unknown) => unknown) => work(reader) },
      archive: { rawMails: async () => [Buffer.from('')] },
      parse: () => ({ outcome: 'message', body: { text: cover } }),
    } as never,
    signal,
  )
  return comment?.body ?? ''
}

it('a comment says of a new version whether its cover letter is another one, its signature aside', async () => {
  const next = applied('next', '2')
  expect(await said(next, 'Old words.\n-- \n2.39.5\n', 'New words.\n')).toContain(
    'The cover letter has changed',
  )
  expect(await said(next, 'The words.\n-- \n2.39.5\n', 'The words.\n')).not.toContain(
    'cover letter',
  )
})

it('a comment says that a person linked another series in place of the same version', async () => {
  const text = await said(applied('next', '1'), 'Old words.\n', 'New words.\n')
  expect(text).toMatch(/^Another series is version 1 here now/)
  expect(text).not.toMatch(/applied anew|Since version/)
})
