import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { RefName } from '../core/ids.ts'
import type { Project, ReportPolicy } from '../core/project.ts'
import { defaultReportPolicy, forEveryKind } from '../core/report/default-report-policy.ts'
import { knownBots } from '../core/report/other-bots.ts'
import { plainForge } from '../forge/plain/plain-forge.ts'
import { gitText } from '../git/cli/run-git.ts'
import { openGitEngine } from '../git/engine/open-git-engine.ts'
import { createRepository } from '../git/engine/repository.ts'
import { createLogger } from '../log/logger.ts'
import { readMailCollection } from '../mail/collection/read-collection.ts'
import { readAsGit } from '../mail/parse/read-as-git.ts'
import { openMailReporter } from './load-templates.ts'
import { type ReplayedAct, recordingGit } from './rehearsal/acts.ts'
import { type DatedMail, toDated } from './rehearsal/recent-mails.ts'
import { openRehearsal } from './rehearsal/rehearse.ts'
import { stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

const source = 'replay'
const bot = { name: 'Patchferry', address: 'patchferry@localhost' }
const settleMs = 2 * 60_000

/** Everything is told to those it concerns, so that a replay shows all that could be said. */
const reports: ReportPolicy = {
  ...defaultReportPolicy([]),
  audience: forEveryKind(() => 'author-and-list'),
  limits: { perThread: 0, perDay: 0, beyond: 'hold' },
  staleAfterMs: null,
}

/** All mails under `inbox` in the order of their dates; those without one come first. */
async function readDated(inbox: string, terminal: Terminal): Promise<readonly DatedMail[]> {
  const mails: DatedMail[] = []
  for await (const mail of readMailCollection([inbox], terminal.stdin, terminal.draining)) {
    if (mail.outcome === 'mail') {
      mails.push(toDated(mail.raw, source, mail.location))
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
  const log = createLogger({ level: 'error', destination: terminal.stderr, secrets: [] })
  try {
    const mirror = path.join(directory, 'mirror.git')
    await shareRepository(path.resolve(terminal.cwd, repository), mirror)
    const rehearsal = await openRehearsal(layout, log, async (record) => {
      await createRepository(layout.repository(source))
      const git = await openGitEngine(layout.repository(source), { readMail: readAsGit })
      const remote = { url: mirror, authorization: null }
      const branches = await localBranches(mirror)
      return {
        bot,
        otherBots: knownBots,
        reporter: openMailReporter(null, null).reporter,
        projects: [
          {
            project: replayProject(mirror, firstRecipient(mails), branches),
            git: recordingGit(git, record),
            forge: plainForge(mirror, null),
            mirror: remote,
            overlay: null,
            heads: remote,
            upstream: null,
            test: () => Promise.reject(new TypeError('a replay runs no tests')),
          },
        ],
      }
    })
    try {
      yield* rehearsal.play(mails, terminal)
    } finally {
      await rehearsal.close()
    }
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

function firstRecipient(mails: readonly DatedMail[]): string {
  const addresses = mails.map(({ message }) => message?.to[0]?.address ?? '')
  return addresses.find((address) => address !== '') ?? 'list@localhost'
}
