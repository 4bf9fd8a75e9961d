import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { defaultReportPolicy, forEveryKind } from '../core/default-report-policy.ts'
import type { ArchivedDelivery } from '../core/delivery.ts'
import type { RefName } from '../core/ids.ts'
import { defaultLooseGapMs } from '../core/loose-join.ts'
import { effectiveDate } from '../core/message.ts'
import { knownBots } from '../core/other-bots.ts'
import type { OutgoingMail } from '../core/outgoing-mail.ts'
import type { Project, ReportPolicy } from '../core/project.ts'
import type { FlowPorts, ProjectPorts } from '../flow/ports.ts'
import { runDueJobs } from '../flow/run-jobs.ts'
import { noLimits } from '../flow/send-rate.ts'
import { takeMails } from '../flow/take-mail.ts'
import { plainForge } from '../forge/plain/plain-forge.ts'
import { requireGit } from '../git/cli/git-version.ts'
import { gitText } from '../git/cli/run-git.ts'
import { openGitEngine } from '../git/engine/open-git-engine.ts'
import { createRepository } from '../git/engine/repository.ts'
import type { PushResult, RefUpdate } from '../git/git-engine.ts'
import { createLogger } from '../log/logger.ts'
import { readMailCollection } from '../mail/collection/read-collection.ts'
import type { Mailer } from '../mail/mailer.ts'
import { parseMail } from '../mail/parse/parse-mail.ts'
import { readAsGit } from '../mail/parse/read-as-git.ts'
import { oneReturnPath } from '../mail/send/return-paths.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import { openMailReporter, openPullRequestWriter } from './load-templates.ts'
import { openArchive, openJournal } from './open-records.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

/** One line of `patchferry replay --json`: an outward act that was written down instead of done. */
export interface ReplayedAct {
  readonly at: string
  readonly act: 'push' | 'pull-request' | 'comment' | 'label' | 'close' | 'mail' | 'hold'
  /** What makes it this act: the same key is the same act. */
  readonly key: string
  readonly target: string
  readonly body: string
}

const source = 'replay'
const bot = { name: 'Patchferry', address: 'patchferry@localhost' }
const settleMs = 2 * 60_000
const quietMs = 10 * 60_000

/** Everything is told to those it concerns, so that a replay shows all that could be said. */
const reports: ReportPolicy = {
  ...defaultReportPolicy([]),
  audience: forEveryKind(() => 'author-and-list'),
  limits: { perThread: 0, perDay: 0, beyond: 'hold' },
  staleAfterMs: null,
}

interface DatedMail {
  readonly raw: Uint8Array
  readonly location: string
  readonly at: Date
}

/** All mails under `inbox` in the order of their dates; those without one come first. */
async function readDated(inbox: string, terminal: Terminal): Promise<readonly DatedMail[]> {
  const mails: DatedMail[] = []
  for await (const mail of readMailCollection([inbox], terminal.stdin, terminal.draining)) {
    if (mail.outcome === 'mail') {
      const { raw, location } = mail
      const parsed = parseMail(raw)
      const at = parsed.outcome === 'message' ? effectiveDate(parsed.message) : new Date(0)
      mails.push({ raw, location, at })
    }
  }
  return mails.toSorted((a, b) => a.at.getTime() - b.at.getTime())
}

function replayProject(mirrorUrl: string, address: string, branches: readonly RefName[]): Project {
  return {
    name: source,
    lists: [
      {
        name: source,
        address,
        listId: null,
        archiveUrl: null,
        sources: [source],
        ignoredPrefixes: [],
      },
    ],
    prefixes: null,
    paths: null,
    upstreamUrl: null,
    mirrorUrl,
    publicMirrorUrl: 'MIRROR',
    publicHeadsUrl: 'MIRROR',
    placement: null,
    checks: { expected: [], quietMs: 0 },
    branches,
    prefixBranches: {},
    usesGreenBase: false,
    tests: null,
    trust: {
      ciPaths: [],
      unknownSenders: 'test',
      authservIds: [],
      knownSenders: [],
      approvers: [],
    },
    reports,
    listReports: {},
    settleMs,
  }
}

/** A bare copy that shares the objects of `from` and has its branches; nothing done to it reaches `from`. */
async function shareRepository(from: string, to: string): Promise<void> {
  await gitText(['clone', '--quiet', '--bare', '--shared', '--template=', from, to])
}

async function localBranches(repository: string): Promise<readonly RefName[]> {
  const git = await openGitEngine(repository, { readMail: readAsGit })
  try {
    const all = await git.candidateBranches()
    return all.filter((ref) => ref.startsWith('refs/heads/'))
  } finally {
    await git.close()
  }
}

type Record = (act: Omit<ReplayedAct, 'at'>) => void

function recordingMailer(record: Record): Mailer {
  return {
    async send(mail: OutgoingMail) {
      const people = [...mail.to, ...mail.cc].map(({ address }) => address)
      const body = `Subject: ${mail.subject}\nIn-Reply-To: <${mail.inReplyTo ?? ''}>\n\n${mail.text}`
      record({ act: 'mail', key: mail.messageId, target: people.join(', '), body })
      return { outcome: 'accepted', reply: 'written down' }
    },
    wasAccepted: async () => false,
    close: async () => undefined,
  }
}

function recordPush(
  record: Record,
  updates: readonly RefUpdate[],
  pushed: PushResult | null,
): void {
  if (pushed?.outcome !== 'pushed') {
    return
  }
  for (const { ref, target, expected } of updates) {
    const key = `push ${ref} ${expected ?? '-'} ${target ?? '-'}`
    record({ act: 'push', key, target: ref, body: target ?? '' })
  }
}

/** Series that are held now and were not said to be before. */
async function recordHolds(ports: FlowPorts, said: Set<string>, record: Record): Promise<void> {
  const held = await ports.store.read(async (reader) => {
    const topics = await reader.topics({ states: ['held'], limit: 10_000, offset: 0 })
    const found = []
    for (const { topic } of topics) {
      found.push(...(await reader.applications(topic)))
    }
    return found.filter((one) => one.holds.length > 0 && one.publishedAt === null)
  })
  for (const { topic, version, application, holds } of held) {
    const head = application.outcome === 'conflict' ? '-' : application.head
    const key = `hold ${topic} v${version} ${head}`
    if (!said.has(key)) {
      said.add(key)
      record({ act: 'hold', key, target: `${topic} v${version}`, body: holds.join('\n') })
    }
  }
}

/**
 * Runs the whole pipeline over the mails under `inbox` with the clock of the mails, on copies: the repository is only
 * read. Tests are not run, so that no verdict is reported. Throws GIT_REPOSITORY_*, MAIL_PATH_*.
 */
export async function* replay(
  inbox: string,
  repository: string,
  terminal: Terminal,
): AsyncGenerator<ReplayedAct> {
  const mails = await readDated(inbox, terminal)
  const directory = await mkdtemp(path.join(tmpdir(), 'patchferry-replay-'))
  const layout = stateLayout(directory)
  const closers: (() => Promise<void>)[] = []
  let now = new Date(0)
  let acts: ReplayedAct[] = []
  function record(act: Omit<ReplayedAct, 'at'>): void {
    acts.push({ at: now.toISOString(), ...act })
  }
  try {
    const mirror = path.join(directory, 'mirror.git')
    await shareRepository(path.resolve(terminal.cwd, repository), mirror)
    await createRepository(layout.repository(source))
    const git = await openGitEngine(layout.repository(source), { readMail: readAsGit })
    const log = createLogger({ level: 'error', destination: terminal.stderr, secrets: [] })
    const store = await openSqliteStore(layout.store, { looseGapMs: defaultLooseGapMs })
    await store.migrate()
    const archive = await openArchive(layout.archive, log)
    const journal = await openJournal(layout.journal, log)
    closers.push(
      () => git.close(),
      () => store.close(),
      () => archive.close(),
      () => journal.close(),
    )
    const branches = await localBranches(mirror)
    const project: ProjectPorts = {
      project: replayProject(mirror, firstRecipient(mails), branches),
      git: {
        ...git,
        async push(remote, updates, signal) {
          const pushed = await git.push(remote, updates, signal)
          recordPush(record, updates, pushed)
          return pushed
        },
        async pushEach(remote, groups, signal) {
          const pushed = await git.pushEach(remote, groups, signal)
          for (const [index, one] of pushed.entries()) {
            recordPush(record, groups[index] ?? [], one.status === 'fulfilled' ? one.value : null)
          }
          return pushed
        },
      },
      forge: plainForge(mirror, null),
      mirror: { url: mirror, authorization: null },
      overlay: null,
      heads: { url: mirror, authorization: null },
      upstream: null,
      test: () => Promise.reject(new TypeError('a replay runs no tests')),
    }
    const ports: FlowPorts = {
      store,
      archive,
      journal,
      parse: parseMail,
      mailer: recordingMailer(record),
      reporter: openMailReporter(null, null).reporter,
      pullRequestWriter: openPullRequestWriter(),
      projects: [project],
      bot,
      otherBots: knownBots,
      gitVersion: (await requireGit()).text,
      clock: () => now,
      every: () => () => undefined,
      log,
      quietMs,
      returnPaths: oneReturnPath(bot.address),
      bounces: { limit: 3, withinMs: 0, silentForMs: 0 },
      sending: { retryForMs: 0, lookForMs: 0, ifUnknown: 'hold', limits: noLimits },
      sourcesReadUntil: () => now,
    }
    const said = new Set<string>()
    async function work(): Promise<void> {
      const kinds = ['assemble', 'publish', 'pull', 'collect', 'send', 'bounce', 'release'] as const
      await runDueJobs(kinds, source, ports, terminal.draining, terminal.stopping)
      await recordHolds(ports, said, record)
    }
    /** Does what falls due up to `until`, each at its own time. */
    async function* advance(until: Date | null): AsyncGenerator<ReplayedAct> {
      for (;;) {
        const next = await store.read((reader) => reader.nextJobAt())
        if (next === null || (until !== null && next > until) || terminal.draining.aborted) {
          break
        }
        now = next > now ? next : now
        await work()
        const done = acts
        acts = []
        yield* done
      }
      if (until !== null && until > now) {
        now = until
      }
    }
    for (const { raw, location, at } of mails) {
      yield* advance(at)
      const delivery: ArchivedDelivery = { raw, source, location, arrivedAt: now, isSilent: false }
      await takeMails([delivery], ports, async () => undefined, terminal.stopping)
    }
    yield* advance(null)
  } finally {
    for (const close of closers.toReversed()) {
      await close()
    }
    await rm(directory, { recursive: true, force: true })
  }
}

function firstRecipient(mails: readonly DatedMail[]): string {
  for (const { raw } of mails) {
    const parsed = parseMail(raw)
    const address = parsed.outcome === 'message' ? parsed.message.to[0]?.address : undefined
    if (address !== undefined && address !== '') {
      return address
    }
  }
  return 'list@localhost'
}
