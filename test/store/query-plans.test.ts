import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import Sqlite from 'better-sqlite3'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Message } from '../../src/core/message.ts'
import { looseKey } from '../../src/core/series/loose-join.ts'
import type { StoreTransaction } from '../../src/store/store.ts'
import {
  after,
  id,
  ids,
  noon,
  sampleApplication,
  sampleDelivery,
  sampleMessage,
  sampleOutboxRecord,
  samplePatch,
  sampleSeries,
  sampleSeriesRecord,
  sampleSha,
  sampleTopic,
  sampleTopicId,
} from './samples.ts'
import { openWatchedStore, type WatchedStore } from './watched-store.ts'

/** A series of five without references, its replies, and what these refer to. */
const thread: readonly Message[] = [
  ...[1, 2, 3, 4, 5].map((n) =>
    sampleMessage(id(`patch-${n}`), {
      subject: `[PATCH ${n}/5] mend the pump`,
      sentAt: after(n * 60_000),
      patch: samplePatch(`patch-${n}`),
    }),
  ),
  ...[1, 2, 3].map((n) =>
    sampleMessage(id(`reply-${n}`), {
      inReplyTo: ids(`patch-${n}`),
      references: ids('lost', `patch-${n}`),
    }),
  ),
]

async function storeThread({ store }: WatchedStore): Promise<void> {
  await store.transaction(async (tx) => {
    for (const message of thread) {
      await tx.addMessage(message, sampleDelivery(message.messageId))
    }
  })
}

/** Mails that have nothing to do with the thread, though half of them have its loose key, hours away. */
function addStrangers(file: string, count: number): void {
  const database = new Sqlite(file)
  const key = thread[0] === undefined ? null : looseKey(thread[0])
  const numbers = `with recursive n (x) as (select 1 union all select x + 1 from n where x < ${count})`
  database.exec(`insert into message_id (name) ${numbers} select 'stranger-' || x from n`)
  database
    .prepare(
      `insert into message (id, loose_key, loose_time, position, blob, arrived_at, is_silent, facts)
       select id, iif(id % 2, ?, 'other ' || id), ? + id * 7200000, '', '', 0, 0, '{}'
       from message_id where name like 'stranger-%'`,
    )
    .run(key, after(0).getTime())
  database.exec(`insert into message_link (a, b)
    select id, id + 1 from message_id where name like 'stranger-%' and id % 2
      and exists (select 1 from message_id next where next.id = message_id.id + 1)`)
  database.close()
}

describe('queries', () => {
  let folder: string
  const opened: WatchedStore[] = []
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'patchferry-plans-'))
  })
  afterEach(async () => {
    for (const { store } of opened.splice(0)) {
      await store.close()
    }
    rmSync(folder, { recursive: true, force: true })
  })

  async function open(name: string): Promise<WatchedStore> {
    const watched = await openWatchedStore(path.join(folder, name))
    opened.push(watched)
    return watched
  }

  it('for a thread are as many, and give as much, among fifty thousand others as alone', async () => {
    const alone = await open('alone.sqlite')
    await storeThread(alone)
    const crowded = await open('crowded.sqlite')
    addStrangers(path.join(folder, 'crowded.sqlite'), 50_000)
    await storeThread(crowded)
    for (const { messageId } of thread) {
      const [work, crowdedWork] = await Promise.all(
        [alone, crowded].map(async ({ store, runs }) => {
          const before = runs.length
          const found = await store.read((reader) => reader.thread(messageId))
          expect(found).toHaveLength(thread.length)
          return runs.slice(before)
        }),
      )
      expect(work?.length).toBeGreaterThan(3)
      expect(crowdedWork).toEqual(work)
    }
    expect(await crowded.store.read((reader) => reader.messageCount())).toBe(50_008)
  }, 30_000)

  it('find their rows by index, but for counts and lists of everything', async () => {
    const watched = await open('plans.sqlite')
    const { store, runs, planOf } = watched
    await storeThread(watched)
    runs.splice(0)
    await store.transaction(useEverything)
    const job = await store.claim(['assemble', 'send'], 'worker', after(0), after(1000))
    if (job !== null) {
      await store.extendLease(job, after(2000))
      await store.fail(job, null, 'no')
      await store.claimAlike(job, 5, 'worker', after(0), after(1000))
    }
    await store.claim(['assemble', 'send'], 'worker', after(0), after(1000))
    await store.sweep(after(3000), 3, true)
    const scans = [...new Set(runs.map(({ sql }) => sql))]
      .filter((sql) => /^(?:select|insert|update|delete|\s*with)\b/.test(sql))
      .flatMap((sql) => planOf(sql).map((line) => ({ sql, line })))
      .filter(({ line }) => /^SCAN (?!node\b)/.test(line))
    expect(scans.map(({ line }) => line).sort()).toEqual([
      'SCAN job USING COVERING INDEX job_next',
      // The first hundred, and no more.
      'SCAN message',
      'SCAN message USING COVERING INDEX message_loose',
      'SCAN outbox USING COVERING INDEX outbox_state',
      'SCAN outbox USING INDEX outbox_created',
      'SCAN quarantine USING INDEX quarantine_at',
      'SCAN topic USING INDEX topic_updated',
    ])
  })
})

async function useEverything(tx: StoreTransaction): Promise<void> {
  const topic = sampleTopicId('topic')
  const series = sampleSeriesRecord(
    sampleSeries(id('patch-1'), { changeId: 'I1', answers: ids('cover') }),
    { topic },
  )
  await tx.saveCursor('maildir', '1')
  await tx.cursor('maildir')
  await tx.advanceArchiveTip(null, '0:a')
  await tx.advanceArchiveTip('0:a', '0:b')
  await tx.archiveTip()
  await tx.addDelivery(sampleDelivery(id('patch-1')))
  await tx.deliveredAmong('maildir', [sampleSha('x')])
  await tx.deliveries(id('patch-1'))
  const copy = sampleMessage(id('patch-1'), { patch: samplePatch('another') })
  await tx.addMessage(copy, sampleDelivery(id('patch-1')))
  await tx.messages(ids('patch-1', 'patch-2'))
  await tx.thread(id('patch-1'))
  await tx.messageCount()
  await tx.addQuarantine({
    blob: sampleSha('q'),
    position: '0:1',
    source: 'maildir',
    location: 'x',
    code: 'MAIL_HEADERS',
    message: 'none',
    at: after(0),
  })
  await tx.unroutedSeries(10)
  await tx.unroutedCounts()
  await tx.quarantine(5)
  await tx.replaceSeries(ids('patch-1'), [series])
  await tx.replaceSeries(ids('patch-1'), [{ ...series, digest: 'other' }])
  await tx.threads(ids('patch-1', 'reply-1'), 10)
  await tx.sourcesOf(ids('patch-1'))
  await tx.expectSeries([sampleSeries(id('patch-2'))], ids('patch-2'))
  await tx.takeDue('assemble', after(0), 5)
  await tx.seriesOf(id('patch-1'))
  await tx.seriesByAnchor(id('patch-1'))
  await tx.seriesOfTopic(topic)
  await tx.hasOtherTopic('ada@example.org', topic)
  await tx.firstMessages(5)
  await tx.relatives({
    messageIds: ids('cover'),
    changeId: 'I1',
    submitter: 'ada@example.org',
    titles: ['mend the pump'],
    startedAt: noon,
    patchIds: [sampleSha('p')],
  })
  await tx.saveTopic(sampleTopic(topic))
  await tx.topic(topic)
  await tx.topics({ limit: 5, offset: 0 })
  await tx.topics({ project: 'pump', limit: 5, offset: 0 })
  await tx.dropEmptyTopics([topic])
  await tx.fixTopic(topic, ids('patch-1'))
  await tx.fixedTopicOf(ids('patch-1'))
  await tx.saveApplication(sampleApplication(topic))
  await tx.applications(topic)
  await tx.applicationsTouching(sampleSha('head'))
  await tx.publishedBetween('pump', null, after(0), 5)
  await tx.checks(sampleSha('head'))
  await tx.checkLog(sampleSha('head'), 'make check')
  await tx.removeChecks(sampleSha('head'))
  await tx.decisions({ topic })
  await tx.decisions({ messageId: id('patch-1') })
  await tx.humanDecisions('unlink')
  await tx.addToOutbox(sampleOutboxRecord('k'))
  await tx.moveOutbox('k', ['pending'], 'sending', '', after(0))
  await tx.outboxEntry('k')
  await tx.outboxByMessageId(id('report-k'))
  await tx.outboxByIdStart('report-')
  await tx.outbox({ limit: 5 })
  await tx.outbox({ states: ['held'], limit: 5 })
  await tx.outbox({ topic, limit: 5 })
  await tx.outboxCounts()
  await tx.pullRequests({ topic })
  await tx.pullRequests({ project: 'pump' })
  await tx.pullRequests({ project: 'pump', number: 1 })
  await tx.enqueue('assemble', 'patch-1', after(0))
  await tx.enqueue('send', 'k', after(0))
  await tx.jobCounts()
  await tx.deadJobs(5)
  await tx.failedJobs(5)
  await tx.nextJobAt()
}
