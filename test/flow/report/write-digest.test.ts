import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openMailReporter } from '../../../src/app/load-templates.ts'
import type { Project, ReportPolicy } from '../../../src/core/project.ts'
import type { OutboxRecord } from '../../../src/core/records.ts'
import { defaultReportPolicy } from '../../../src/core/report/default-report-policy.ts'
import type { DigestItem } from '../../../src/core/report/digest.ts'
import type { ProjectPorts } from '../../../src/flow/ports.ts'
import { catchUp } from '../../../src/flow/recovery/catch-up.ts'
import { rebuild } from '../../../src/flow/recovery/rebuild.ts'
import { awaitDigest } from '../../../src/flow/report/digest-item.ts'
import { optOut } from '../../../src/flow/report/opt-out.ts'
import { sendMail } from '../../../src/flow/report/send-mail.ts'
import { writeDigest } from '../../../src/flow/report/write-digest.ts'
import { plainForge } from '../../../src/forge/plain/plain-forge.ts'
import type { DigestItemState } from '../../../src/store/store.ts'
import {
  id,
  sampleMail,
  sampleOutboxRecord,
  sampleSeries,
  sampleSeriesRecord,
  sampleTopicId,
} from '../../store/samples.ts'
import { all, type FlowBench, openFlowBench } from '../../support/flow-bench.ts'
import { openTempStore } from '../../support/temp-store.ts'

const { signal } = new AbortController()
const hourMs = 3_600_000
const maintainer = { name: 'Mina', address: 'mina@example.org' }
const standard = defaultReportPolicy([maintainer])

let bench: FlowBench
beforeEach(async () => {
  bench = await openFlowBench()
  bench.ports = { ...bench.ports, reporter: openMailReporter(null, null).reporter }
  follow({})
})
afterEach(() => bench.close())

/** All that a digest asks of a project is its lists and their policy. */
function follow(policy: Partial<ReportPolicy>): void {
  const project = {
    name: 'pump',
    lists: [{ name: 'pump-devel', address: 'pump-devel@example.org', listId: null, sources: [] }],
    reports: { ...standard, ...policy },
    listReports: {},
  } as unknown as Project
  const git = { remoteRefs: async () => new Map() }
  bench.ports = {
    ...bench.ports,
    projects: [{ project, git, forge: plainForge('', null) } as unknown as ProjectPorts],
  }
}

function item(name: string, facts: Partial<DigestItem> = {}): DigestItem {
  return {
    key: `report-success-${name}`,
    project: 'pump',
    list: 'pump-devel',
    kind: 'success',
    topic: sampleTopicId(id(name)),
    version: '1',
    head: null,
    anchor: id(name),
    name: `pump: ${name}`,
    submitter: { name: 'Ada', address: 'ada@example.org' },
    verdict: 'This patch passes its test.',
    rule: 'digest',
    at: bench.now,
    ...facts,
  }
}

async function gather(...names: readonly string[]): Promise<void> {
  await bench.ports.store.transaction(async (tx) => {
    for (const name of names) {
      await awaitDigest(item(name), standard.digest, tx)
    }
  })
}

/** Runs what is due. */
async function work(): Promise<void> {
  for (;;) {
    const until = new Date(bench.now.getTime() + 60_000)
    const kinds = ['digest', 'send'] as const
    const job = await bench.ports.store.claim(kinds, 'test', bench.now, until)
    if (job === null) {
      return
    }
    await (job.kind === 'digest'
      ? writeDigest(job, bench.ports)
      : sendMail(job, bench.ports, signal))
  }
}

async function pass(hours: number): Promise<void> {
  bench.now = new Date(bench.now.getTime() + hours * hourMs)
  await work()
}

async function digests(): Promise<readonly OutboxRecord[]> {
  const mails = await bench.ports.store.read((reader) => reader.outbox({ limit: 99 }))
  return mails.filter(({ kind }) => kind === 'digest')
}

async function inState(state: DigestItemState): Promise<readonly string[]> {
  const of = { project: 'pump', list: 'pump-devel', state }
  const found = await bench.ports.store.read((reader) => reader.digestItems(of))
  return found.map(({ anchor }) => anchor.split('@')[0] ?? '')
}

async function lastDecision(name: string): Promise<string> {
  const of = { topic: sampleTopicId(id(name)) }
  const decided = await bench.ports.store.read((reader) => reader.decisions(of))
  return decided.map(({ rule, result }) => `${rule}: ${result}`).at(-1) ?? ''
}

describe('writeDigest', () => {
  it('tells what has gathered in one mail, once a day, and says so of each', async () => {
    await gather('one', 'two')
    await pass(19)
    expect(await digests()).toEqual([])

    await pass(1)
    const [digest] = await digests()
    expect(digest).toMatchObject({
      state: 'handed-over',
      list: 'pump-devel',
      mail: {
        subject: 'Patchferry digest of pump-devel, 2026-01-02: 2 reports',
        to: [maintainer],
        inReplyTo: null,
      },
    })
    expect(digest?.mail.text).toContain('pump: one')
    expect(await inState('told')).toEqual(['one', 'two'])
    expect(await lastDecision('two')).toBe(
      `digest: told in the digest of pump-devel of 2026-01-02, <${digest?.mail.messageId}>`,
    )

    await pass(48)
    expect(bench.mailer.sent).toHaveLength(1)
  })

  it('puts what comes after into the next one', async () => {
    await gather('one')
    await pass(20)
    await gather('two')
    await pass(1)
    expect(bench.mailer.sent).toHaveLength(1)

    await pass(23)
    expect(bench.mailer.sent).toHaveLength(2)
    expect(new Set(bench.mailer.sent).size).toBe(2)
  })

  it('is written late where nobody could at its time, with all that came by then', async () => {
    await gather('one')
    bench.now = new Date(bench.now.getTime() + 50 * hourMs)
    await gather('two')
    await work()

    expect(bench.mailer.sent).toHaveLength(1)
    expect((await digests())[0]?.mail.subject).toContain('2026-01-03: 2 reports')
  })

  it('leaves out what a newer version has overtaken', async () => {
    await gather('one', 'two')
    const topic = sampleTopicId(id('one'))
    const newer = sampleSeriesRecord(sampleSeries(id('v2'), { version: 2 }), { topic })
    await bench.ports.store.transaction((tx) => tx.replaceSeries([], [newer]))

    await pass(20)

    expect(await inState('dropped')).toEqual(['one'])
    expect(await inState('told')).toEqual(['two'])
    expect(await lastDecision('one')).toContain('overtaken')
  })

  it('goes to the list where the policy says so, and to nobody who opted out', async () => {
    follow({ digest: { ...standard.digest, to: 'list' } })
    await gather('one')
    await pass(20)
    expect((await digests())[0]?.mail.to).toEqual([{ name: '', address: 'pump-devel@example.org' }])

    follow({})
    await optOut('mina@example.org', 'opt-out', 'mina', bench.ports, signal)
    await gather('two')
    await pass(24)
    expect(bench.mailer.sent).toHaveLength(1)
    expect(await inState('dropped')).toEqual(['two'])
    expect(await lastDecision('two')).toContain('not reported because the digest goes to')
  })

  it('is held in a dry run', async () => {
    follow({ isDryRun: true })
    await gather('one')
    await pass(20)

    expect(await digests()).toMatchObject([{ state: 'held' }])
    expect(bench.mailer.sent).toEqual([])
  })

  it('carries hundreds, and the rest with the next one', async () => {
    await gather(...Array.from({ length: 310 }, (_, n) => `n${n}`))
    await pass(20)
    expect(await inState('told')).toHaveLength(300)
    expect((await digests())[0]?.mail.text).toContain('10 more come with the next digest')

    await pass(24)
    expect(await inState('told')).toHaveLength(310)
    expect(bench.mailer.sent).toHaveLength(2)
  })

  it('is not told again by a rebuilt store, nor what it told', async () => {
    await gather('one', 'two')
    await pass(20)
    const before = bench.ports
    const fresh = await openTempStore()
    try {
      bench.ports = { ...before, store: fresh.store }
      await rebuild(bench.ports, () => undefined, signal)
      expect(await inState('told')).toEqual(['one', 'two'])

      // Found again by the rebuild, as if nobody had been told.
      await gather('one', 'three')
      await pass(24)

      expect(await digests()).toHaveLength(2)
      expect(bench.mailer.sent).toHaveLength(2)
      expect((await digests())[0]?.mail.text).not.toContain('pump: one')
      expect(await inState('told')).toEqual(['one', 'two', 'three'])
    } finally {
      bench.ports = before
      await fresh.close()
    }
  })

  it('is not told again by a restored store that has its items waiting still, and says where it was', async () => {
    await gather('one', 'two')
    await pass(20)
    const before = bench.ports
    const copy = await openTempStore()
    try {
      bench.ports = { ...before, store: copy.store }
      await gather('one', 'three')
      await catchUp(bench.now, bench.ports, signal)
      expect((await inState('told')).toSorted()).toEqual(['one', 'two'])
      expect(await lastDecision('one')).toContain('told in the digest of pump-devel of 2026-01-02')
      expect(await inState('waiting')).toEqual(['three'])

      await catchUp(bench.now, bench.ports, signal)
      const of = { topic: sampleTopicId(id('one')) }
      expect(await copy.store.read((reader) => reader.decisions(of))).toHaveLength(1)
    } finally {
      bench.ports = before
      await copy.close()
    }
  })

  it('writes into the journal what it tells, before it is sent', async () => {
    await gather('one')
    await pass(20)
    const entries = await all(bench.ports.journal.sent(signal))

    expect(entries.map(({ event, items }) => [event, items?.length ?? 0])).toEqual([
      ['intended', 1],
      ['handed-over', 0],
    ])
    expect(entries[0]?.items).toEqual([item('one', { at: new Date('2026-01-01T12:00:00Z') })])
  })
})

describe('a report beyond a limit', () => {
  it('is held where the series that it is about is not to be found', async () => {
    follow({ limits: { perThread: 1, perDay: 0, beyond: 'digest' } })
    await bench.ports.store.transaction(async (tx) => {
      for (const key of ['a', 'b']) {
        const mail = sampleMail(id(`report-${key}`))
        await tx.addToOutbox(sampleOutboxRecord(key, { mail, createdAt: bench.now }))
        await tx.enqueue('send', key, bench.now)
      }
    })

    await work()

    expect(await bench.ports.store.read((reader) => reader.outboxEntry('b'))).toMatchObject({
      state: 'held',
      note: expect.stringContaining('a person releases it'),
    })
  })

  it('is told in the digest where the policy says so', async () => {
    follow({ limits: { perThread: 1, perDay: 0, beyond: 'digest' } })
    const topic = sampleTopicId(id('one'))
    const series = sampleSeriesRecord(sampleSeries(id('one')), { topic })
    await bench.ports.store.transaction(async (tx) => {
      await tx.replaceSeries([], [series])
      for (const key of ['a', 'b']) {
        const mail = { ...sampleMail(id(`report-${key}`)), text: 'This patch\npasses.\n\nMore.\n' }
        await tx.addToOutbox(sampleOutboxRecord(key, { topic, mail, createdAt: bench.now }))
        await tx.enqueue('send', key, bench.now)
      }
    })
    await work()
    expect(bench.mailer.sent).toHaveLength(1)
    expect(await inState('waiting')).toEqual(['one'])

    await pass(20)
    const [digest] = await digests()
    expect(digest?.mail.text).toContain('This patch passes.')
    expect(digest?.mail.text).toContain('One of them is here because a limit on mails was reached')
    expect(bench.mailer.sent).toHaveLength(2)
  })
})
