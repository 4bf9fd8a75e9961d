import type { ArchivedDelivery } from '../../core/delivery.ts'
import type { Mailbox } from '../../core/message.ts'
import { defaultLooseGapMs } from '../../core/series/loose-join.ts'
import { takeMails } from '../../flow/intake/take-mail.ts'
import type { FlowPorts, ProjectPorts } from '../../flow/ports.ts'
import { noLimits } from '../../flow/report/send-rate.ts'
import { lanes, runDueJobs } from '../../flow/run-jobs.ts'
import { noUpkeep } from '../../flow/tidy-up.ts'
import { requireGit } from '../../git/cli/git-version.ts'
import type { Logger } from '../../log/logger.ts'
import { parseMail } from '../../mail/parse/parse-mail.ts'
import { oneReturnPath } from '../../mail/send/return-paths.ts'
import type { Reporter } from '../../report/reporter.ts'
import { openSqliteStore } from '../../store/sqlite/open-sqlite-store.ts'
import { openPullRequestWriter } from '../load-templates.ts'
import { quietMs } from '../open-intake.ts'
import { openArchive, openJournal } from '../open-records.ts'
import type { StateLayout } from '../state-layout.ts'
import type { Terminal } from '../terminal.ts'
import { type RecordAct, type ReplayedAct, recordHolds, recordingMailer } from './acts.ts'
import type { DatedMail } from './recent-mails.ts'

/** How much longer than its mails a rehearsal goes on: all that comes of a mail, but not every digest there will ever be. */
const afterwardsMs = 30 * 24 * 60 * 60_000

/** No test is run. */
const rehearsedKinds = lanes.flat().filter((kind) => kind !== 'test')

/** Who acts, and where; everything in it is a copy in a folder of its own. */
export interface Stage {
  /** In the order they are offered a series, with whatever git and forge of theirs record. */
  readonly projects: readonly ProjectPorts[]
  readonly bot: Mailbox
  readonly otherBots: readonly string[]
  readonly reporter: Reporter
}

export interface Rehearsal {
  /** Takes the mails with their own clock, and does what falls due, each at its time: what would have been done, in that order. */
  play(mails: readonly DatedMail[], signals: Signals): AsyncGenerator<ReplayedAct>
  readonly ports: FlowPorts
  close(): Promise<void>
}

type Signals = Pick<Terminal, 'draining' | 'stopping'>

/** A service that writes down what it would do: with store, archive and journal at `layout`. `setUp` is handed what acts are written down with. */
export async function openRehearsal(
  layout: StateLayout,
  log: Logger,
  setUp: (record: RecordAct) => Promise<Stage>,
): Promise<Rehearsal> {
  const closers: (() => Promise<void>)[] = []
  async function close(): Promise<void> {
    for (const closer of closers.splice(0).toReversed()) {
      await closer()
    }
  }
  let now = new Date(0)
  let acts: ReplayedAct[] = []
  function record(act: Omit<ReplayedAct, 'at'>): void {
    acts.push({ at: now.toISOString(), ...act })
  }
  try {
    const store = await openSqliteStore(layout.store, { looseGapMs: defaultLooseGapMs })
    closers.push(() => store.close())
    await store.migrate()
    const archive = await openArchive(layout.archive, log)
    closers.push(() => archive.close())
    const journal = await openJournal(layout.journal, log)
    closers.push(() => journal.close())
    const { projects, bot, otherBots, reporter } = await setUp(record)
    closers.push(
      ...projects.map(
        ({ git }) =>
          () =>
            git.close(),
      ),
    )
    const ports: FlowPorts = {
      store,
      archive,
      journal,
      parse: parseMail,
      mailer: recordingMailer(record),
      reporter,
      pullRequestWriter: openPullRequestWriter(),
      projects,
      bot,
      otherBots,
      gitVersion: (await requireGit()).text,
      clock: () => now,
      every: () => () => undefined,
      log,
      quietMs,
      returnPaths: oneReturnPath(bot.address),
      bounces: { limit: 3, withinMs: 0, silentForMs: 0 },
      sending: { retryForMs: 0, lookForMs: 0, ifUnknown: 'hold', limits: noLimits },
      upkeep: noUpkeep,
      sourcesReadUntil: () => now,
    }
    const said = new Set<string>()

    async function work({ draining, stopping }: Signals): Promise<void> {
      await runDueJobs(rehearsedKinds, 'rehearsal', ports, draining, stopping)
      await recordHolds(ports, said, record)
    }

    /** Does what falls due up to `until`, each at its own time. */
    async function* advance(until: Date, signals: Signals): AsyncGenerator<ReplayedAct> {
      for (;;) {
        const next = await store.read((reader) => reader.nextJobAt())
        if (next === null || next > until || signals.draining.aborted) {
          break
        }
        now = next > now ? next : now
        await work(signals)
        const done = acts
        acts = []
        yield* done
      }
      if (until > now) {
        now = until
      }
    }

    async function* play(
      mails: readonly DatedMail[],
      signals: Signals,
    ): AsyncGenerator<ReplayedAct> {
      for (const { raw, source, location, at } of mails) {
        if (signals.draining.aborted) {
          return
        }
        yield* advance(at, signals)
        const delivery: ArchivedDelivery = {
          raw,
          source,
          location,
          arrivedAt: now,
          isSilent: false,
        }
        await takeMails([delivery], ports, async () => undefined, signals.stopping)
      }
      yield* advance(new Date(now.getTime() + afterwardsMs), signals)
    }
    return { play, ports, close }
  } catch (error) {
    await close()
    throw error
  }
}
