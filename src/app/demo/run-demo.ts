import { randomBytes } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { loadConfig } from '../../config/load-config.ts'
import type { MessageId } from '../../core/ids.ts'
import type { ApplicationRecord, OutboxRecord, SeriesRecord } from '../../core/records.ts'
import { mailRef } from '../../core/ref-name.ts'
import { versionText } from '../../core/series.ts'
import { createLogger } from '../../log/logger.ts'
import type { Store } from '../../store/store.ts'
import { systemClock } from '../open-log.ts'
import { openRuntime } from '../runtime.ts'
import { startService } from '../serve.ts'
import type { Terminal } from '../terminal.ts'
import { type DemoWorld, deliver, setUpDemo } from './set-up.ts'
import { readOutgoing, verify } from './verify.ts'

/** One row of the table at the end. */
export interface DemoRow {
  readonly series: string
  readonly version: string
  readonly base: string
  readonly verdict: string
  readonly branch: string
  readonly report: string
}

export interface DemoResult {
  readonly rows: readonly DemoRow[]
  /** What was not as it must be, a sentence each. */
  readonly wrong: readonly string[]
}

export interface DemoOptions {
  /** End by itself once every outcome is there. */
  readonly once: boolean
  /** A new temporary folder when null. */
  readonly directory: string | null
}

/** What the demo shows while it runs. */
export interface DemoScreen {
  say(line: string): void
  table(rows: readonly DemoRow[]): void
}

const patienceMs = 45_000
const lookMs = 100

interface Snapshot {
  readonly record: SeriesRecord
  readonly application: ApplicationRecord | null
  readonly report: OutboxRecord | null
  readonly state: string
}

/** Every version of every topic, with what came of it. */
async function snapshots(store: Store): Promise<readonly Snapshot[]> {
  return store.read(async (reader) => {
    const found: Snapshot[] = []
    for (const topic of await reader.topics({ limit: 100, offset: 0 })) {
      const applications = await reader.applications(topic.topic)
      const reports = await reader.outbox({ topic: topic.topic, limit: 100 })
      for (const record of await reader.seriesOfTopic(topic.topic)) {
        const version = versionText(record.series)
        const report = reports.find((one) => one.version === version) ?? null
        found.push({
          record,
          application: applications.findLast((one) => one.version === version) ?? null,
          report,
          state: topic.version === version ? topic.state : (report?.kind ?? 'superseded'),
        })
      }
    }
    return found.toSorted(
      (a, b) => a.record.series.startedAt.getTime() - b.record.series.startedAt.getTime(),
    )
  })
}

/** Says each change of state once. */
function createNarrator(screen: DemoScreen): (all: readonly Snapshot[]) => void {
  const said = new Map<string, string>()
  return (all) => {
    for (const { record, state } of all) {
      const key = record.series.anchor
      if (said.get(key) !== state) {
        said.set(key, state)
        screen.say(`  ${state.padEnd(11)} v${versionText(record.series)}  ${record.series.name}`)
      }
    }
  }
}

async function waitFor(
  isReached: () => Promise<boolean>,
  world: { readonly store: Store; readonly narrate: (all: readonly Snapshot[]) => void },
  signal: AbortSignal,
): Promise<boolean> {
  const until = Date.now() + patienceMs
  while (Date.now() < until && !signal.aborted) {
    world.narrate(await snapshots(world.store))
    if (await isReached()) {
      return true
    }
    await sleep(lookMs)
  }
  return false
}

function toRow({ record, application, report, state }: Snapshot, branch: string | null): DemoRow {
  const applied = application?.application
  return {
    series: record.series.name,
    version: `v${versionText(record.series)}`,
    base: application === null ? '-' : `${application.base.slice(0, 10)} ${application.baseRule}`,
    verdict: state,
    branch: applied?.outcome === 'applied' && application?.publishedAt ? (branch ?? '-') : '-',
    report: report === null ? '-' : `${report.kind}, ${report.state}`,
  }
}

async function play(
  world: DemoWorld,
  store: Store,
  screen: DemoScreen,
  signal: AbortSignal,
): Promise<void> {
  const watch = { store, narrate: createNarrator(screen) }
  let count = 0
  async function answered(ids: readonly string[]): Promise<boolean> {
    const sent = await readOutgoing(world.outgoing)
    return ids.every((id) => sent.some((mail) => mail.inReplyTo === id))
  }
  for (const act of world.scenario.acts) {
    screen.say(`\n${act.title}`)
    for (const mail of act.mails) {
      count += 1
      await deliver(world.inbox, `${1_700_000_000 + count}.M${count}P1.demo`, mail.raw)
    }
    await waitFor(() => answered(act.awaits), watch, signal)
  }
  const { expectations, quarantined } = world.scenario
  await waitFor(
    async () => {
      const held = await store.read((reader) => reader.quarantine(10))
      const isAnswered = await answered(expectations.map(({ answers }) => answers))
      return isAnswered && held.length >= quarantined
    },
    watch,
    signal,
  )
  // Nothing more may come: what is still due gets the time to be done.
  await waitFor(
    async () => {
      const due = await store.read((reader) => reader.jobCounts())
      return (due.waiting ?? 0) + (due.running ?? 0) === 0
    },
    watch,
    signal,
  )
}

async function judge(world: DemoWorld, store: Store): Promise<DemoResult> {
  const { scenario } = world
  const wrong = [...(await verify(scenario, world.mirror, world.outgoing))]
  const all = await snapshots(store)
  for (const expected of scenario.expectations) {
    const found = all.find(({ record }) => record.series.anchor === expected.anchor)
    const rule = found?.application?.baseRule ?? null
    if (expected.baseRule !== null && rule !== expected.baseRule) {
      wrong.push(`${expected.title}: base by ${rule ?? 'no rule'} instead of ${expected.baseRule}`)
    }
  }
  const quarantine = await store.read((reader) => reader.quarantine(10))
  if (quarantine.length !== scenario.quarantined) {
    wrong.push(`${quarantine.length} mails in quarantine instead of ${scenario.quarantined}`)
  }
  const branches = await store.read(async (reader) => {
    const topics = await reader.topics({ limit: 100, offset: 0 })
    return new Map(topics.map(({ topic, branch }) => [topic, branch]))
  })
  return {
    rows: all.map((one) => toRow(one, branches.get(one.record.topic) ?? null)),
    wrong,
  }
}

/**
 * Runs the main job for real in a folder of its own: the service as `serve` starts it, on embedded parts. Resolves
 * at the end of `--once`, or when the person has seen enough.
 */
export async function runDemo(
  options: DemoOptions,
  screen: DemoScreen,
  terminal: Terminal,
): Promise<DemoResult> {
  const directory =
    options.directory === null
      ? await mkdtemp(path.join(tmpdir(), 'patchferry-demo-'))
      : path.resolve(terminal.cwd, options.directory)
  screen.say(`The demo lives in ${directory}`)
  const world = await setUpDemo(directory, {
    settle: '1s',
    token: randomBytes(15).toString('base64url'),
  })
  const config = await loadConfig(world.config, {})
  const logFile = createWriteStream(path.join(directory, 'patchferry.log'))
  const log = createLogger({ level: 'info', destination: logFile, secrets: config.secrets })
  const runtime = await openRuntime(config, { clock: systemClock, log })
  const draining = new AbortController()
  const service = await startService(config, runtime, {
    draining: draining.signal,
    stopping: terminal.stopping,
  })
  try {
    screen.say(
      `Dashboard: ${service.listening.operatorUrl} (to act, log in with token ${world.token})`,
    )
    await play(world, runtime.ports.store, screen, terminal.draining)
    const result = await judge(world, runtime.ports.store)
    screen.table(result.rows)
    const ref = mailRef(world.scenario.shownPatch as MessageId)
    screen.say(`\nMails in:      ${world.inbox}`)
    screen.say(`Reports:       ${path.join(world.outgoing, 'new')}`)
    screen.say(`Log:           ${path.join(directory, 'patchferry.log')}`)
    screen.say(`Any Message-ID is a git address: git fetch ${world.mirror} ${ref}`)
    if (!options.once && !terminal.draining.aborted) {
      screen.say(`Dashboard:     ${service.listening.operatorUrl}   (Ctrl-C ends the demo)`)
      await new Promise<void>((resolve) => {
        terminal.draining.addEventListener('abort', () => resolve(), { once: true })
      })
    }
    return result
  } finally {
    draining.abort()
    await service.ended
    await runtime.close()
    logFile.end()
  }
}
