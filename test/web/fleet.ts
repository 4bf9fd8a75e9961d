import type { Check } from '../../src/core/checks/check.ts'
import type { Decision } from '../../src/core/decision.ts'
import type { MessageId, RefName, Sha, TopicId } from '../../src/core/ids.ts'
import type { Project } from '../../src/core/project.ts'
import type { ApplicationRecord } from '../../src/core/records.ts'
import { defaultReportPolicy } from '../../src/core/report/default-report-policy.ts'
import type { Topic } from '../../src/core/topic/topic.ts'
import type { Store, StoreTransaction } from '../../src/store/store.ts'
import {
  after,
  id,
  sampleApplication,
  sampleDelivery,
  sampleMail,
  sampleMessage,
  sampleOutboxRecord,
  samplePatch,
  sampleSeries,
  sampleSeriesRecord,
  sampleSha,
  sampleTopic,
  sampleTopicId,
} from '../store/samples.ts'

/** What the tests of the dashboard show: a handful of topics as a small project would have them. */

export const minute = 60_000
export const hour = 60 * minute

export const pumpProject: Project = {
  name: 'pump',
  lists: [
    {
      name: 'pump-devel',
      address: 'pump@example.org',
      listId: null,
      sources: ['maildir'],
      archiveUrl: null,
      ignoredPrefixes: [],
    },
  ],
  prefixes: null,
  paths: null,
  upstreamUrl: null,
  mirrorUrl: '/srv/pump.git',
  publicHeadsUrl: 'https://git.example.org/pump.git',
  publicMirrorUrl: 'https://git.example.org/pump.git',
  placement: null,
  checks: { expected: [], quietMs: 0 },
  branches: ['refs/heads/main' as RefName],
  prefixBranches: {},
  usesGreenBase: false,
  tests: { name: 'make check', argv: ['make', 'check'], timeoutMs: hour, bisectForMs: null },
  trust: { ciPaths: [], unknownSenders: 'test', authservIds: [], knownSenders: [], approvers: [] },
  reports: defaultReportPolicy([]),
  listReports: {},
  settleMs: 0,
}

export const ids = {
  pump: sampleTopicId('pump-v1-cover'),
  held: sampleTopicId('ci-1'),
  conflict: sampleTopicId('gauge-1'),
  testing: sampleTopicId('valve-1'),
  hostile: sampleTopicId('hostile-1'),
} as const

export const heldHead = sampleSha('held head')

export function check(sha: Sha, facts: Partial<Check>): Check {
  return {
    origin: 'command',
    context: 'make check',
    sha,
    state: 'success',
    summary: 'passed',
    targetUrl: null,
    failingStep: null,
    excerpt: '',
    startedAt: after(-2 * hour),
    finishedAt: after(-2 * hour + 83_400),
    ...facts,
  }
}

function decision(topic: TopicId, facts: Partial<Decision>): Decision {
  return {
    at: after(-3 * hour),
    messageId: null,
    topic,
    version: '2',
    step: 'assemble',
    rule: 'series-complete',
    inputs: {},
    result: 'v2 is complete',
    ...facts,
  }
}

async function addMails(tx: StoreTransaction, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const messageId = id(name)
    await tx.addMessage(
      sampleMessage(messageId, { subject: `[PATCH] ${name}`, patch: samplePatch(name) }),
      sampleDelivery(messageId),
    )
    await tx.addDelivery(sampleDelivery(messageId))
  }
}

export async function addTopic(
  tx: StoreTransaction,
  topic: TopicId,
  anchor: string,
  facts: Partial<Topic>,
  applied: Partial<ApplicationRecord> | null,
): Promise<void> {
  const name = facts.name ?? anchor
  await addMails(tx, [anchor])
  await tx.saveTopic(sampleTopic(topic, facts))
  const patch = { number: 1, messageId: id(anchor), subject: name, patchId: null, trailers: [] }
  const series = sampleSeries(id(anchor), {
    name,
    submitter: facts.submitter ?? { name: 'Ada Marsh', address: 'ada@example.org' },
    patches: [patch],
    startedAt: facts.createdAt ?? after(-hour),
  })
  await tx.replaceSeries([id(anchor)], [sampleSeriesRecord(series, { topic })])
  if (applied !== null) {
    await tx.saveApplication(sampleApplication(topic, { at: after(-hour), ...applied }))
  }
}

function pumpSeries(version: number, trailer: boolean): ReturnType<typeof sampleSeries> {
  function name(part: string): MessageId {
    return id(`pump-v${version}-${part}`)
  }
  const given = {
    key: 'Reviewed-by',
    value: 'Bert Quay <bert@example.org>',
    messageId: name('reply'),
  }
  return sampleSeries(name('cover'), {
    version,
    total: 2,
    name: 'Keep the bilge pump running when its float switch fails',
    submitter: { name: 'Ada Marsh', address: 'ada@example.org' },
    cover: name('cover'),
    patches: [
      {
        number: 1,
        messageId: name('1'),
        subject: 'pump: count an unreadable float switch as high water',
        patchId: null,
        trailers: trailer ? [given] : [],
      },
      {
        number: 2,
        messageId: name('2'),
        subject: 'README: say what the pump is for',
        patchId: null,
        trailers: [],
      },
    ],
    replies: trailer ? [name('reply')] : [],
    startedAt: after(version === 1 ? -26 * hour : -3 * hour),
  })
}

function pumpApplication(version: number): ApplicationRecord {
  function part(number: number): MessageId {
    return id(`pump-v${version}-${number}`)
  }
  return sampleApplication(ids.pump, {
    version: String(version),
    n: 1,
    baseRule: version === 1 ? 'default' : 'base-commit',
    baseBranch: 'refs/heads/main' as RefName,
    rungs: [
      { rule: 'base-commit', taken: version === 2, finding: 'base-commit names a known commit' },
      { rule: 'default', taken: version === 1, finding: 'the tip of main' },
    ],
    application: {
      outcome: 'applied',
      head: sampleSha(`pump v${version}`),
      tree: sampleSha('tree'),
      commits: [1, 2].map((number) => ({
        number,
        messageId: part(number),
        sha: sampleSha(`pump v${version} ${number}`),
        tree: sampleSha(`tree ${number}`),
        how: number === 1 ? ('3way' as const) : ('clean' as const),
      })),
    },
    seriesRef: `refs/series/${ids.pump}/v${version}-1` as RefName,
    publishedAt: after(-3 * hour),
    at: after(version === 1 ? -26 * hour : -3 * hour),
  })
}

async function addPump(tx: StoreTransaction): Promise<void> {
  const mails = [1, 2].flatMap((v) => ['cover', '1', '2'].map((part) => `pump-v${v}-${part}`))
  await addMails(tx, mails)
  await tx.addMessage(
    sampleMessage(id('pump-v2-reply'), {
      subject: 'Re: [PATCH v2 1/2] pump: count an unreadable float switch as high water',
      submitter: { name: 'Bert Quay', address: 'bert@example.org' },
      inReplyTo: [id('pump-v2-1')],
      references: [id('pump-v2-cover'), id('pump-v2-1')],
      trailers: [{ key: 'Reviewed-by', value: 'Bert Quay <bert@example.org>' }],
      sentAt: after(-2 * hour),
    }),
    sampleDelivery(id('pump-v2-reply')),
  )
  await tx.replaceSeries(
    mails.map(id),
    [1, 2].map((version) =>
      sampleSeriesRecord(pumpSeries(version, version === 2), {
        topic: ids.pump,
        linkedBy: version === 1 ? null : 'reply',
      }),
    ),
  )
  await tx.saveTopic(
    sampleTopic(ids.pump, {
      name: 'Keep the bilge pump running when its float switch fails',
      submitter: { name: 'Ada Marsh', address: 'ada@example.org' },
      version: '2',
      state: 'failure',
      verdict: 'failure',
      isFixed: true,
      updatedAt: after(-2 * hour),
    }),
  )
  for (const version of [1, 2]) {
    await tx.saveApplication(pumpApplication(version))
  }
  const head = sampleSha('pump v2')
  await tx.saveCheck(check(head, { context: 'lint', summary: 'no complaints' }), null)
  await tx.saveCheck(
    check(head, {
      state: 'failure',
      summary: 'exit code 2',
      failingStep: 'test/pump-test',
      excerpt: 'not ok 3 - starts_without_float',
    }),
    'ok 1 - starts\nok 2 - stops\n\u001B[31mnot ok 3 - starts_without_float\u001B[0m\n# pump-test.c:5: relay open\n1 of 3 failed\n',
  )
  await addPumpStory(tx)
}

async function addPumpStory(tx: StoreTransaction): Promise<void> {
  const story: readonly Partial<Decision>[] = [
    { step: 'assemble', messageId: id('pump-v2-cover'), inputs: { total: 2, missing: [] } },
    {
      step: 'link',
      rule: 'reply',
      result: 'v2 belongs to the topic of the mail it answers',
      inputs: { answers: 'pump-v1-cover@example.org' },
    },
    { step: 'base', rule: 'base-commit', result: `base is ${sampleSha('base').slice(0, 12)}` },
    { step: 'apply', rule: 'applied', result: '2 patches applied, 1 by 3-way merge' },
    { step: 'trust', rule: 'nothing-held', result: 'no path that CI reads is touched' },
    {
      step: 'verdict',
      rule: 'all-checks-in',
      result: 'failure: make check',
      at: after(-2 * hour),
      inputs: { failures: ['make check'], alreadyBroken: [] },
    },
    { step: 'report', rule: 'audience', result: 'the author hears of it', at: after(-2 * hour) },
  ]
  for (const facts of story) {
    await tx.addDecision(decision(ids.pump, facts))
  }
  await tx.addToOutbox(
    sampleOutboxRecord('pump-v2', {
      kind: 'failure',
      topic: ids.pump,
      version: '2',
      state: 'held',
      note: 'dry run: a person releases reports',
      createdAt: after(-2 * hour),
      updatedAt: after(-2 * hour),
      mail: {
        ...sampleMail(id('report-pump-v2')),
        subject: 'Re: [PATCH v2 0/2] Keep the bilge pump running when its float switch fails',
        text: 'v2 fails: make check (step test/pump-test).\n\n  not ok 3 - starts_without_float\n',
      },
    }),
  )
  await tx.addToOutbox(
    sampleOutboxRecord('pump-v1', {
      kind: 'failure',
      topic: ids.pump,
      state: 'seen',
      note: 'on the list',
      createdAt: after(-25 * hour),
      updatedAt: after(-25 * hour),
    }),
  )
}

/** Text that means harm: markup, overrides of direction, and far too much of it. */
export const hostileName = `<script>alert(1)</script>" onmouseover="x \u202Egnp.exe\u202C ${'A'.repeat(10_000)}`

/** Fills a store with all of it. Times are relative to `noon` of the samples. */
export async function addFleet(store: Store): Promise<void> {
  await store.transaction(async (tx) => {
    await addPump(tx)
    await addTopic(
      tx,
      ids.held,
      'ci-1',
      {
        name: 'ci: cache compiler output between runs',
        submitter: { name: 'Chris Lock', address: 'chris@example.net' },
        state: 'held',
        updatedAt: after(-10 * minute),
      },
      {
        holds: ['It changes .github/workflows/check.yml, which CI reads.'],
        application: {
          outcome: 'applied',
          head: heldHead,
          tree: sampleSha('t'),
          commits: [
            {
              number: 1,
              messageId: id('ci-1'),
              sha: heldHead,
              tree: sampleSha('t'),
              how: 'clean',
            },
          ],
        },
      },
    )
    await addTopic(
      tx,
      ids.conflict,
      'gauge-1',
      { name: 'gauge: read in litres', state: 'conflict', updatedAt: after(-30 * hour) },
      {
        application: {
          outcome: 'conflict',
          commits: [],
          conflict: {
            number: 1,
            messageId: id('gauge-1'),
            paths: ['src/gauge.c'],
            output: 'CONFLICT (content): Merge conflict in src/gauge.c\n',
            hunks: [],
            olderBase: null,
          },
        },
      },
    )
    await addTopic(
      tx,
      ids.testing,
      'valve-1',
      {
        name: 'valve: close before the pump starts',
        submitter: { name: 'Dóra Szél', address: 'dora@example.org' },
        state: 'testing',
        verdict: 'failure',
        updatedAt: after(-2 * minute),
      },
      {},
    )
    await addTopic(
      tx,
      ids.hostile,
      'hostile-1',
      {
        name: hostileName,
        submitter: { name: hostileName, address: '"><img src=x>@example.org' },
        state: 'success',
        verdict: 'success',
        updatedAt: after(-50 * hour),
      },
      {},
    )
    await tx.addQuarantine({
      blob: sampleSha('damaged'),
      position: `0:${sampleSha('commit')}`,
      source: 'maildir',
      location: '/var/mail/new/17',
      code: 'MAIL_NO_HEADERS',
      message: 'no header <could> be read',
      at: after(-5 * hour),
    })
  })
}

/** Many plain topics, the newest last. */
export async function addCrowd(store: Store, count: number): Promise<void> {
  await store.transaction(async (tx) => {
    for (let number = 1; number <= count; number++) {
      const name = `crowd ${String(number).padStart(3, '0')}`
      const updatedAt = after(number * minute)
      await tx.saveTopic(sampleTopic(sampleTopicId(name), { name, state: 'success', updatedAt }))
    }
  })
}
