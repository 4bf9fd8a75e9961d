import { createHash } from 'node:crypto'
import {
  type MessageId,
  type RefName,
  type Sha,
  type TopicId,
  toMessageId,
  toSha,
} from '../../src/core/ids.ts'
import type { Message, PatchFacts } from '../../src/core/message.ts'
import type { PullRequestRecord } from '../../src/core/pull-request/pull-request-record.ts'
import type {
  ApplicationRecord,
  DeliveryRecord,
  OutboxRecord,
  SeriesRecord,
} from '../../src/core/records.ts'
import type { OutgoingMail } from '../../src/core/report/outgoing-mail.ts'
import type { Series } from '../../src/core/series/series.ts'
import type { Topic } from '../../src/core/topic/topic.ts'

export const noon = new Date('2024-05-01T12:00:00Z')

export function after(ms: number): Date {
  return new Date(noon.getTime() + ms)
}

/** A full object name made from any text. */
export function sampleSha(text: string): Sha {
  return toSha(createHash('sha1').update(text).digest('hex'))
}

export function id(name: string): MessageId {
  return toMessageId(`${name}@example.org`)
}

export function ids(...names: readonly string[]): readonly MessageId[] {
  return names.map(id)
}

export function sampleTopicId(text: string): TopicId {
  return sampleSha(text).slice(0, 12) as TopicId
}

export function samplePatch(contentHash: string): PatchFacts {
  return {
    author: { name: 'Ada', address: 'ada@example.org' },
    title: 'mend the pump',
    patchId: sampleSha(contentHash),
    contentHash,
    files: [
      {
        oldPath: 'pump.c',
        newPath: 'pump.c',
        oldMode: '100644',
        newMode: '100644',
        oldBlob: '1111111',
        newBlob: '2222222',
        isBinary: false,
      },
    ],
    isFormatPatch: true,
  }
}

export function sampleMessage(messageId: MessageId, facts: Partial<Message> = {}): Message {
  return {
    messageId,
    inReplyTo: [],
    references: [],
    from: { name: 'Ada', address: 'ada@example.org' },
    submitter: { name: 'Ada', address: 'ada@example.org' },
    to: [{ name: '', address: 'list@example.org' }],
    cc: [],
    subject: 'a mail',
    sentAt: noon,
    receivedAt: null,
    listIds: ['list.example.org'],
    isAutomatic: false,
    hasDiffstat: false,
    patch: null,
    pull: null,
    trailers: [],
    baseCommit: null,
    prerequisitePatchIds: [],
    changeId: null,
    supersedes: [],
    dependsOn: [],
    repairs: [],
    problems: [],
    ...facts,
  }
}

/** The delivery of this mail by `source`; its bytes are those of `content`. */
export function sampleDelivery(
  messageId: MessageId | null,
  facts: Partial<DeliveryRecord> & { readonly content?: string } = {},
): DeliveryRecord {
  const { content = messageId ?? 'damaged', ...rest } = facts
  const blob = sampleSha(content)
  return {
    position: `0:${blob}`,
    blob,
    source: 'maildir',
    location: '/var/mail/new/1',
    arrivedAt: noon,
    isSilent: false,
    messageId,
    ...rest,
  }
}

export function sampleSeries(anchor: MessageId, facts: Partial<Series> = {}): Series {
  return {
    anchor,
    version: 1,
    minor: 0,
    total: 1,
    complete: true,
    name: 'Mend the pump',
    submitter: { name: 'Ada', address: 'Ada@Example.org' },
    prefixes: [],
    cover: null,
    patches: [
      {
        number: 1,
        messageId: anchor,
        subject: 'mend the pump',
        patchId: sampleSha(anchor),
        trailers: [],
      },
    ],
    missing: [],
    replies: [],
    composedFrom: null,
    baseCommit: null,
    prerequisitePatchIds: [],
    dependsOn: [],
    supersedes: [],
    changeId: null,
    pull: null,
    answers: [],
    startedAt: noon,
    problems: [],
    ...facts,
  }
}

export function sampleSeriesRecord(
  series: Series,
  facts: Partial<Omit<SeriesRecord, 'series'>> = {},
): SeriesRecord {
  return {
    series,
    project: 'pump',
    routing: 'by the list',
    list: 'pump-devel',
    topic: sampleTopicId(series.anchor),
    linkedBy: null,
    digest: 'digest',
    isSilent: false,
    updatedAt: noon,
    ...facts,
  }
}

export function sampleTopic(topic: TopicId, facts: Partial<Topic> = {}): Topic {
  return {
    topic,
    project: 'pump',
    slug: 'mend-the-pump',
    isFixed: false,
    name: 'Mend the pump',
    submitter: { name: 'Ada', address: 'ada@example.org' },
    version: '1',
    state: 'waiting',
    verdict: null,
    branch: null,
    head: null,
    pullRequest: null,
    createdAt: noon,
    updatedAt: noon,
    ...facts,
  }
}

export function sampleApplication(
  topic: TopicId,
  facts: Partial<ApplicationRecord> = {},
): ApplicationRecord {
  return {
    topic,
    project: 'pump',
    version: '1',
    n: null,
    digest: 'digest',
    base: sampleSha('base'),
    baseRule: 'default',
    baseBranch: null,
    rungs: [{ rule: 'default', taken: true, finding: 'the tip of main' }],
    application: {
      outcome: 'applied',
      head: sampleSha('head'),
      tree: sampleSha('tree'),
      commits: [],
    },
    holds: [],
    approvedBy: null,
    seriesRef: null,
    publishedAt: null,
    at: noon,
    ...facts,
  }
}

export function sampleMail(messageId: MessageId): OutgoingMail {
  return {
    messageId,
    inReplyTo: id('cover'),
    references: ids('cover'),
    from: { name: 'Patchferry', address: 'bot@example.org' },
    to: [{ name: 'Ada', address: 'ada@example.org' }],
    cc: [],
    subject: 'Re: [PATCH] mend the pump',
    date: after(1234),
    text: 'All checks passed.\n',
    headers: { 'Auto-Submitted': 'auto-generated' },
  }
}

export function sampleOutboxRecord(key: string, facts: Partial<OutboxRecord> = {}): OutboxRecord {
  return {
    key,
    kind: 'success',
    project: 'pump',
    list: 'pump-devel',
    topic: sampleTopicId('topic'),
    version: '1',
    head: sampleSha('head'),
    mail: sampleMail(id(`report-${key}`)),
    state: 'pending',
    note: '',
    offeredAt: null,
    createdAt: noon,
    updatedAt: noon,
    ...facts,
  }
}

/** An open one, of version 1. */
export function samplePullRequest(
  number: number,
  facts: Partial<PullRequestRecord> = {},
): PullRequestRecord {
  return {
    project: 'pump',
    number,
    topic: sampleTopicId('topic'),
    url: `https://forge.example/pulls/${number}`,
    headRef: 'refs/heads/series/mend-1a2b3c4d5e6f' as RefName,
    state: 'open',
    closedBy: null,
    version: '1',
    head: sampleSha('head'),
    written: {
      title: sampleSha('title'),
      body: sampleSha('body'),
      draft: false,
      labels: ['series/v1'],
      unsureLabels: [],
      baseRef: 'refs/heads/main' as RefName,
    },
    comments: ['a', 'b'],
    hintedAt: null,
    createdAt: noon,
    updatedAt: after(1),
    ...facts,
  }
}
