import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Config, SourceConfig } from '../../config/config.ts'
import type { TopicId } from '../../core/ids.ts'
import { openUpstreamStores } from '../../git/engine/upstream-store.ts'
import { createLogger } from '../../log/logger.ts'
import { composeMail } from '../../mail/send/compose-mail.ts'
import type { StoreReader } from '../../store/store.ts'
import { makeFolder } from '../../util/make-folder.ts'
import { checkCur } from '../doctor/maildir-cur.ts'
import { openMailReporter } from '../load-templates.ts'
import { systemClock } from '../open-log.ts'
import { requireRestored } from '../require-restored.ts'
import { stateLayout } from '../state-layout.ts'
import type { Terminal } from '../terminal.ts'
import type { ReplayedAct } from './acts.ts'
import { openDryProjects } from './dry-projects.ts'
import { allSeries, type DrySeries } from './dry-series.ts'
import { type DatedMail, recentMails } from './recent-mails.ts'
import { openRehearsal } from './rehearse.ts'

/** One mail that would be sent. */
export interface DryMail {
  readonly type: 'mail'
  readonly kind: string
  readonly topic: TopicId | null
  readonly version: string | null
  readonly to: readonly string[]
  readonly cc: readonly string[]
  readonly subject: string
  /** The whole mail, with LF line ends. */
  readonly raw: string
  /** Why it would wait; null where it would be sent. */
  readonly waits: string | null
}

/** What a source could not give. */
export interface DrySourceFault {
  readonly type: 'source-failed'
  readonly source: string
  readonly message: string
}

/** What an operator should know of a source that could be read. */
export interface DrySourceNote {
  readonly type: 'source-note'
  readonly source: string
  readonly message: string
}

export interface DrySummary {
  readonly type: 'summary'
  readonly since: string
  readonly mails: number
  readonly series: Readonly<Record<string, number>>
  readonly pullRequests: number
  readonly reports: Readonly<Record<string, number>>
  /** Series that nobody is told of, by their outcome. */
  readonly unreported: Readonly<Record<string, number>>
  /** Somebody stopped it before it was through. */
  readonly stopped: boolean
}

export type DryLine = DrySeries | DryMail | DrySourceFault | DrySourceNote | DrySummary

/** How far it has come. */
export interface DryProgress {
  /** Mails, of all sources. */
  readonly read: number
  /** Those that are of `since` or later. */
  readonly kept: number
  /** The time of the mails that are run through, ISO 8601; null while mails are read. */
  readonly at: string | null
}

export interface DryRunOptions {
  readonly since: Date
  /** The newest so many mails of each source. */
  readonly limit: number
  readonly onProgress?: (progress: DryProgress) => void
}

function countBy<T>(items: readonly T[], keyOf: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const item of items) {
    const key = keyOf(item)
    counts[key] = (counts[key] ?? 0) + 1
  }
  return counts
}

async function allMails(reader: StoreReader): Promise<readonly DryMail[]> {
  const outbox = await reader.outbox({ limit: 100_000 })
  const sent = outbox.filter(({ state }) => state !== 'dropped')
  return sent.toReversed().map(({ kind, topic, version, mail, state, note }) => ({
    type: 'mail',
    kind,
    topic,
    version,
    to: mail.to.map(({ address }) => address),
    cc: mail.cc.map(({ address }) => address),
    subject: mail.subject,
    raw: Buffer.from(composeMail(mail)).toString('utf8').replaceAll('\r\n', '\n'),
    waits: state === 'held' ? note : null,
  }))
}

/** Mails that are rehearsed and that the service will not read. */
async function notesOn(
  source: SourceConfig,
  { stateDirectory }: Config,
): Promise<readonly DrySourceNote[]> {
  // A store that cannot be read says nothing of them.
  const found = await checkCur(source, stateLayout(stateDirectory)).catch(() => null)
  return found === null
    ? []
    : [
        {
          type: 'source-note',
          source: source.name,
          message: `${found.message}: ${found.remedy ?? ''}`,
        },
      ]
}

/** Reads the sources, one after the other: one that fails keeps none of the others from being read. */
async function readSources(
  config: Config,
  { since, limit }: DryRunOptions,
  directory: string,
  onMail: (isRecent: boolean) => void,
  terminal: Terminal,
): Promise<{
  readonly mails: readonly DatedMail[]
  readonly said: readonly (DrySourceFault | DrySourceNote)[]
}> {
  const mails: DatedMail[] = []
  const said: (DrySourceFault | DrySourceNote)[] = []
  for (const source of config.sources) {
    try {
      mails.push(...(await recentMails(source, { since, limit, directory, onMail }, terminal)))
      said.push(...(await notesOn(source, config)))
    } catch (error) {
      if (!terminal.draining.aborted) {
        const message = error instanceof Error ? error.message : String(error)
        said.push({ type: 'source-failed', source: source.name, message })
      }
    }
  }
  return { mails: mails.toSorted((a, b) => a.at.getTime() - b.at.getTime()), said }
}

/**
 * What the service would make of the mails since then, had it run. Nothing is pushed or
 * sent, no source, store or mirror is changed, and no test is run; base branches are fetched, into the objects that the service
 * will use. `onAct` hears of each act as it would be done. Throws CLI_RESTORE_UNFINISHED, and what fetching the base branches throws.
 */
export async function* dryRun(
  config: Config,
  options: DryRunOptions,
  terminal: Terminal,
  onAct: (act: ReplayedAct) => void = () => undefined,
): AsyncGenerator<DryLine> {
  const state = stateLayout(config.stateDirectory)
  requireRestored(state)
  // The objects are fetched into it, and it is the service's afterwards: for nobody else's eyes.
  await makeFolder(config.stateDirectory, 0o700)
  const directory = await mkdtemp(path.join(tmpdir(), 'patchferry-dry-run-'))
  const layout = stateLayout(directory)
  const { secrets } = config
  const log = createLogger({ level: 'error', destination: terminal.stderr, secrets })
  const tools = { clock: systemClock, log, budgets: new Map() }
  const upstreams = openUpstreamStores(state.upstreams)
  try {
    let progress: DryProgress = { read: 0, kept: 0, at: null }
    function tell(change: Partial<DryProgress>): void {
      progress = { ...progress, ...change }
      options.onProgress?.(progress)
    }
    function onMail(isRecent: boolean): void {
      tell({ read: progress.read + 1, kept: progress.kept + (isRecent ? 1 : 0) })
    }
    const { mails, said } = await readSources(config, options, directory, onMail, terminal)
    yield* said
    const rehearsal = await openRehearsal(layout, log, async (record) => ({
      projects: await openDryProjects(config, layout, upstreams, tools, record, terminal.draining),
      bot: config.bot,
      otherBots: config.otherBots,
      reporter: openMailReporter(config.mailTemplates, log).reporter,
    }))
    try {
      for await (const act of rehearsal.play(mails, terminal)) {
        tell({ at: act.at })
        onAct(act)
      }
      const { series, reports } = await rehearsal.ports.store.read(async (reader) => ({
        series: await allSeries(config, reader),
        reports: await allMails(reader),
      }))
      yield* series
      yield* reports
      const pulls = series.flatMap(({ project, pullRequest }) =>
        pullRequest === null ? [] : [`${project} ${pullRequest.number}`],
      )
      yield {
        type: 'summary',
        since: options.since.toISOString(),
        mails: mails.length,
        series: countBy(series, ({ outcome }) => outcome),
        pullRequests: new Set(pulls).size,
        reports: countBy(reports, ({ kind }) => kind),
        unreported: countBy(
          series.filter(({ unreported }) => unreported !== null),
          ({ outcome }) => outcome,
        ),
        stopped: terminal.draining.aborted,
      }
    } finally {
      await rehearsal.close()
    }
  } finally {
    await upstreams.close()
    await rm(directory, { recursive: true, force: true })
  }
}
