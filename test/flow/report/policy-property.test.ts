import fc from 'fast-check'
import { expect, it } from 'vitest'
import { openMailReporter } from '../../../src/app/load-templates.ts'
import type { TopicId } from '../../../src/core/ids.ts'
import type { Project, ReportPolicy } from '../../../src/core/project.ts'
import {
  defaultReportPolicy,
  forEveryKind,
} from '../../../src/core/report/default-report-policy.ts'
import { limitWindowMs } from '../../../src/core/report/departure.ts'
import type { OutgoingMail } from '../../../src/core/report/outgoing-mail.ts'
import type { QuietHours } from '../../../src/core/report/quiet-hours.ts'
import { releaseMail } from '../../../src/flow/acts/outbox-acts.ts'
import type { FlowPorts, ProjectPorts } from '../../../src/flow/ports.ts'
import { rebuild } from '../../../src/flow/recovery/rebuild.ts'
import { fileReport } from '../../../src/flow/report/report-outcome.ts'
import { sendMail } from '../../../src/flow/report/send-mail.ts'
import { writeDigest } from '../../../src/flow/report/write-digest.ts'
import { plainForge } from '../../../src/forge/plain/plain-forge.ts'
import {
  id,
  sampleMail,
  sampleSeries,
  sampleSeriesRecord,
  sampleTopicId,
} from '../../store/samples.ts'
import { type FlowBench, openFlowBench } from '../../support/flow-bench.ts'
import { openTempStore } from '../../support/temp-store.ts'

const { signal } = new AbortController()
const hourMs = 3_600_000
const numRuns = Number(process.env['PATCHFERRY_POLICY_RUNS'] ?? 8)
const topics = ['one', 'two', 'three']

type Event =
  | { readonly what: 'report'; readonly topic: number }
  | { readonly what: 'pass'; readonly hours: number; readonly dieAt: number | null }
  | { readonly what: 'release' }
  | { readonly what: 'lose-the-store' }

const anyEvent: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ what: fc.constant('report' as const), topic: fc.nat(2) }) },
  {
    weight: 5,
    arbitrary: fc.record({
      what: fc.constant('pass' as const),
      hours: fc.nat(11),
      dieAt: fc.option(fc.nat(5)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('release' as const) }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('lose-the-store' as const) }) },
)

const anyPolicy: fc.Arbitrary<Partial<ReportPolicy>> = fc.record({
  limits: fc.record({
    perThread: fc.integer({ min: 1, max: 2 }),
    perDay: fc.integer({ min: 1, max: 4 }),
    beyond: fc.constantFrom('hold' as const, 'digest' as const),
  }),
  quietHours: fc.constantFrom<QuietHours | null>(null, {
    from: 13 * 60,
    to: 17 * 60,
    weekends: false,
    timeZone: 'UTC',
  }),
  timing: fc
    .constantFrom('always' as const, 'digest' as const)
    .map((timing) => forEveryKind((kind) => (kind === 'success' ? timing : 'always'))),
})

class Killed extends Error {}

interface Lived {
  readonly accepted: readonly { readonly mail: OutgoingMail; readonly at: Date }[]
  /** Keys of what a person released. */
  readonly released: ReadonlySet<string>
  /** By key. */
  readonly filed: ReadonlyMap<string, { readonly topic: TopicId }>
  readonly policy: ReportPolicy
  readonly ports: FlowPorts
  readonly stores: readonly { close(): Promise<void> }[]
}

/** A world in which reports are filed and time passes, and the service dies between any two of its effects. */
async function live(
  bench: FlowBench,
  changes: Partial<ReportPolicy>,
  events: readonly Event[],
): Promise<Lived> {
  const accepted: { readonly mail: OutgoingMail; readonly at: Date }[] = []
  const released = new Set<string>()
  const filed = new Map<string, { readonly topic: TopicId; readonly file: () => Promise<void> }>()
  const policy: ReportPolicy = { ...defaultReportPolicy([]), staleAfterMs: null, ...changes }
  const { journal } = bench.ports
  let stores: readonly { close(): Promise<void> }[] = []
  let dieAt: number | null = null
  function mayDie(): void {
    if (dieAt !== null && dieAt-- === 0) {
      dieAt = null
      throw new Killed('killed')
    }
  }
  const list = { name: 'pump-devel', address: 'pump@example.org', listId: null, sources: [] }
  const project = { name: 'pump', lists: [list], reports: policy, listReports: {} }
  const git = { remoteRefs: async () => new Map() }
  let ports: FlowPorts = {
    ...bench.ports,
    projects: [
      {
        project: project as unknown as Project,
        git,
        forge: plainForge('', null),
      } as unknown as ProjectPorts,
    ],
    reporter: openMailReporter(null, null).reporter,
    journal: {
      ...journal,
      async recordSent(entry, stop) {
        mayDie()
        await journal.recordSent(entry, stop)
        mayDie()
      },
    },
    mailer: {
      ...bench.mailer,
      async send(mail) {
        accepted.push({ mail, at: bench.now })
        return { outcome: 'accepted', reply: 'taken' }
      },
      wasAccepted: async (wanted) => accepted.some(({ mail }) => mail.messageId === wanted),
    },
  }

  async function report(topic: number): Promise<void> {
    const number = filed.size
    const key = `report-${number}`
    const name = topics[topic] ?? ''
    const topicId = sampleTopicId(name)
    const record = sampleSeriesRecord(sampleSeries(id(`${name}-${number}`)), { topic: topicId })
    const mail = {
      ...sampleMail(id(key)),
      headers: { 'X-Patchferry-List': 'pump-devel' },
      text: `This is report ${number}.\n`,
    }
    const head = number.toString(16).padStart(40, '0') as typeof record.series.baseCommit
    function file(): Promise<void> {
      return ports.store.transaction(async (tx) => {
        await tx.replaceSeries([], [record])
        await fileReport(
          {
            request: { kind: number % 2 === 0 ? 'success' : 'failure', record, application: null },
            key,
            head,
            project: 'pump',
            list: 'pump-devel',
            addressing: { outcome: 'send', audience: 'author-and-list', to: mail.to, cc: [] },
            mail,
            policy,
            loop: null,
          },
          ports,
          tx,
        )
      })
    }
    filed.set(key, { topic: topicId, file })
    await file()
  }

  async function work(): Promise<void> {
    for (;;) {
      const until = new Date(bench.now.getTime() + 60_000)
      const job = await ports.store.claim(['digest', 'send'], 'test', bench.now, until)
      if (job === null) {
        return
      }
      await (job.kind === 'digest' ? writeDigest(job, ports) : sendMail(job, ports, signal))
    }
  }

  async function pass(hours: number, death: number | null): Promise<void> {
    bench.now = new Date(bench.now.getTime() + hours * hourMs)
    dieAt = death
    await work().catch((error: unknown) => {
      if (!(error instanceof Killed)) {
        throw error
      }
    })
    dieAt = null
    // The lease of what died runs out.
    bench.now = new Date(bench.now.getTime() + 61_000)
    await ports.store.sweep(bench.now, 99, true)
  }

  for (const event of events) {
    if (event.what === 'report') {
      await report(event.topic)
    } else if (event.what === 'pass') {
      await pass(event.hours, event.dieAt)
    } else if (event.what === 'release') {
      const [held] = await ports.store.read((reader) =>
        reader.outbox({ states: ['held'], limit: 1 }),
      )
      if (held !== undefined) {
        released.add(held.key)
        const act = { reason: '', by: 'mina', mayArriveTwice: false }
        await releaseMail(held.key, act, ports, signal)
      }
    } else {
      const fresh = await openTempStore()
      stores = [...stores, fresh]
      ports = { ...ports, store: fresh.store }
      await rebuild(ports, () => undefined, signal)
      for (const { file } of filed.values()) {
        await file()
      }
    }
  }
  for (let day = 0; day < 40; day += 1) {
    await pass(12, null)
  }
  return { accepted, released, filed, policy, ports, stores }
}

it('sends at most what the limits allow, each once, and says of all the rest why not', async () => {
  await fc.assert(
    fc.asyncProperty(anyPolicy, fc.array(anyEvent, { maxLength: 25 }), async (changes, events) => {
      const bench = await openFlowBench()
      const end = await live(bench, changes, events)
      try {
        const { accepted, released, filed, policy, ports } = end
        const ids = accepted.map(({ mail }) => mail.messageId)
        expect(new Set(ids).size).toBe(ids.length)

        const reports = accepted.flatMap(({ mail, at }) => {
          const key = mail.messageId.split('@')[0] ?? ''
          const topic = filed.get(key)?.topic
          return topic === undefined ? [] : [{ key, topic, at: at.getTime() }]
        })
        for (const [index, one] of reports.entries()) {
          const within = reports.slice(0, index).filter(({ at }) => at > one.at - limitWindowMs)
          const isFree = released.has(one.key)
          const inThread = within.filter(({ topic }) => topic === one.topic).length
          expect(isFree ? 0 : inThread).toBeLessThan(policy.limits.perThread)
          expect(isFree ? 0 : within.length).toBeLessThan(policy.limits.perDay)
        }

        for (const [key, { topic }] of filed) {
          const said = await ports.store.read(async (reader) => {
            const record = await reader.outboxEntry(key)
            const [item] = await reader.digestItems({ key })
            const decided = await reader.decisions({ topic })
            const digest = item === undefined ? '' : decided.map(({ result }) => result).join('\n')
            return { state: record?.state ?? null, note: record?.note ?? '', item, digest }
          })
          const isSent = reports.some((one) => one.key === key)
          const isInDigest =
            said.item !== undefined && said.digest.includes('told in the digest of')
          const isHeld = said.state === 'held' && said.note.includes('a person releases it')
          expect([key, isSent || isInDigest || isHeld]).toEqual([key, true])
          expect([key, isSent && said.item !== undefined]).toEqual([key, false])
        }
      } finally {
        for (const store of end.stores) {
          await store.close()
        }
        await bench.close()
      }
    }),
    { numRuns },
  )
}, 120_000)
