import { existsSync } from 'node:fs'
import path from 'node:path'
import type { Config, ProjectConfig } from '../../config/config.ts'
import type { RefName } from '../../core/ids.ts'
import { baseBranches } from '../../flow/publish/refresh-branches.ts'
import { checkCi } from '../doctor/ci.ts'
import { checkDelivery } from '../doctor/delivery.ts'
import type { Dns } from '../doctor/dns.ts'
import { examine, type Finding, fault, ok, unchecked, warning, wrong } from '../doctor/finding.ts'
import { checkCur } from '../doctor/maildir-cur.ts'
import { checkBranches, checkForge, checkTests, withProject } from '../doctor/project.ts'
import { checkSenderDomain } from '../doctor/sender-domain.ts'
import { checkSource } from '../doctor/sources.ts'
import { openLog, systemClock } from '../open-log.ts'
import { recentMails } from '../rehearsal/recent-mails.ts'
import { stateLayout } from '../state-layout.ts'
import type { Terminal } from '../terminal.ts'
import { lookAtPlace } from './place.ts'
import { type Found, type Given, hasSmtpUser, isPlainWeb } from './questions.ts'
import { isImapUrl } from './server-url.ts'
import { isDistant } from './to-answers.ts'

export interface Bench {
  readonly terminal: Terminal
  readonly dns: Dns
  /** A folder of ours for what looking needs. */
  readonly directory: string
}

export interface Checked {
  readonly findings: readonly Finding[]
  /** What later questions suggest. */
  readonly found: Partial<Found>
  /** It is a folder that is not there and would be made. */
  readonly isToBeMade?: true
}

const monthMs = 30 * 24 * 60 * 60_000
const sampleSize = 200

function only(...findings: readonly Finding[]): Checked {
  return { findings, found: {} }
}

function commonest(texts: readonly string[]): string | null {
  const counts = new Map<string, number>()
  for (const text of texts) {
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return [...counts].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? null
}

/** A folder of this machine that has nothing to be asked for yet; null where it is there. */
async function lookAtNewPlace(check: string, place: string): Promise<Checked | null> {
  const found = await lookAtPlace(place)
  if (found.outcome === 'impossible') {
    const message = `${place} cannot be made: ${found.message}`
    return only(wrong(check, message, 'Name a folder that is there, or that can be made.'))
  }
  return found.outcome === 'there'
    ? null
    : {
        findings: [unchecked(check, `${place} is not there yet, and will be made`)],
        found: {},
        isToBeMade: true,
      }
}

/** Whether the source can be read, and holds mail of this list. */
async function lookAtSource(config: Config, bench: Bench): Promise<Checked> {
  const [source, list] = [config.sources[0], config.lists[0]]
  if (source === undefined || list === undefined) {
    return only()
  }
  const created =
    source.kind === 'maildir' && !existsSync(path.join(source.path, 'new'))
      ? await lookAtNewPlace('source', source.path)
      : null
  if (created !== null) {
    return created
  }
  const login = await examine('source', () => checkSource(source, bench.terminal))
  if (login.level === 'wrong') {
    return only(login)
  }
  const window = {
    since: new Date(Date.now() - monthMs),
    limit: sampleSize,
    directory: bench.directory,
  }
  const mails = (await recentMails(source, window, bench.terminal)).flatMap(({ message }) =>
    message === null ? [] : [message],
  )
  const address = list.address.toLowerCase()
  const own = mails.filter(
    ({ to, cc, listIds }) =>
      [...to, ...cc].some((one) => one.address.toLowerCase() === address) ||
      listIds.includes(address.replace('@', '.')),
  )
  const check = 'mails'
  if (mails.length === 0) {
    const remedy = 'That is well where it is new: subscribe it to the list, or wait.'
    return only(login, warning(check, 'there is none of the last 30 days', remedy))
  }
  const count = `${own.length} of the ${mails.length === sampleSize ? 'newest ' : ''}${mails.length} mails of the last 30 days`
  if (own.length === 0) {
    const others = [...new Set(mails.flatMap(({ listIds }) => listIds))].slice(0, 5).join(', ')
    const lists = others === '' ? 'of no list' : `of ${others}`
    return only(
      login,
      wrong(
        check,
        `${count} went to ${list.address}; they are ${lists}`,
        'Correct the address of the list, or where its mail arrives.',
      ),
    )
  }
  const listId = commonest(own.flatMap(({ listIds }) => listIds))
  const id = listId === null ? '' : `, List-Id ${listId}`
  return {
    findings: [login, ok(check, `${count} went to ${list.address}${id}`)],
    found: { listId },
  }
}

/** Adds what lies in a Maildir and will not be read. */
async function withUnread(checked: Checked, config: Config): Promise<Checked> {
  const [source] = config.sources
  const layout = stateLayout(config.stateDirectory)
  const unread = source === undefined ? null : await checkCur(source, layout).catch(() => null)
  return unread === null ? checked : { ...checked, findings: [...checked.findings, unread] }
}

/** Runs `use` with what serves the project, in a folder of ours. */
async function onProject(
  config: Config,
  { terminal, directory }: Bench,
  use: (
    project: ProjectConfig,
    ports: Parameters<typeof checkBranches>[0],
  ) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const [project] = config.projects
  if (project === undefined) {
    return []
  }
  const tools = { clock: systemClock, log: openLog(config, terminal), budgets: new Map() }
  try {
    return await withProject(project, stateLayout(directory), tools, (ports) => use(project, ports))
  } catch (error) {
    terminal.draining.throwIfAborted()
    return [fault('repository', error)]
  }
}

/** A path that is not there: `init` makes a bare repository of it. */
function isToBeMade(url: string): boolean {
  return !isDistant(url) && !existsSync(url)
}

/** Which branches upstream, or the mirror, has, for the one to suggest. */
async function lookAtBranches(
  config: Config,
  which: 'upstream' | 'mirror',
  bench: Bench,
): Promise<Checked> {
  const mirror = config.projects[0]?.mirrorUrl ?? ''
  const created =
    which === 'mirror' && isToBeMade(mirror) ? await lookAtNewPlace('mirror', mirror) : null
  if (created !== null) {
    return created
  }
  let branch: string | null = null
  const findings = await onProject(config, bench, async (_, ports) => {
    return [
      await examine(which, async () => {
        const remote = which === 'upstream' ? (ports.upstream ?? ports.mirror) : ports.mirror
        const refs = await ports.git.remoteRefs(remote, ['refs/heads/'], bench.terminal.draining)
        const names = [...refs.keys()].map((ref: RefName) => ref.replace(/^refs\/heads\//, ''))
        branch = ['main', 'master'].find((name) => names.includes(name)) ?? names[0] ?? null
        const some = names.slice(0, 5).join(', ')
        return ok(which, `${remote.url} answers; branches: ${some || 'none yet'}`)
      }),
    ]
  })
  return { findings, found: branch === null ? {} : { branch } }
}

/** What says that the account itself is wrong, whatever the placement. */
const ofAccount = /: (?:account|permissions|version|server|write:\w+)$/

async function lookAtForge(config: Config, given: Given, bench: Bench): Promise<Checked> {
  const isPlaced = given.has('placement')
  const findings = await onProject(config, bench, async (_, ports) => {
    const found = await checkForge(ports, bench.terminal.draining)
    return isPlaced ? found : found.filter(({ check }) => ofAccount.test(check))
  })
  return only(...findings)
}

/** Whether somebody publishes there already; whether it can be reached was said before. */
async function seriesOnMirror(
  config: Config,
  { git, heads }: Parameters<typeof checkBranches>[0],
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const isOurs = existsSync(stateLayout(config.stateDirectory).store)
  if (isOurs || isToBeMade(heads.url)) {
    return []
  }
  const series = await git.remoteRefs(heads, ['refs/series/'], signal).catch(() => new Map())
  signal.throwIfAborted()
  return series.size === 0
    ? []
    : [
        warning(
          'mirror',
          `${heads.url} carries ${series.size} published series already, of another installation or of an earlier one`,
          'Each installation needs a mirror of its own: name another one. If it is yours from before, put its state folder in place or run `patchferry restore DIR`; with neither, run `patchferry rebuild` first. Until then `serve` and `sync` refuse to start.',
        ),
      ]
}

async function lookAtBase(config: Config, bench: Bench): Promise<Checked> {
  const findings = await onProject(config, bench, async (project, ports) => {
    const { draining } = bench.terminal
    if (project.upstreamUrl === null && isToBeMade(project.mirrorUrl)) {
      const name = project.branches.map((ref) => ref.replace(/^refs\/heads\//, '')).join(', ')
      const remedy = `Push it once the mirror is made: \`git push ${project.mirrorUrl} ${name}\`.`
      return [warning('base branches', `there is no ${name} yet`, remedy)]
    }
    const base = await examine('base branches', () => checkBranches(ports, draining))
    const series = await seriesOnMirror(config, ports, draining)
    return base.level === 'wrong'
      ? [base, ...series]
      : [base, ...series, ...(await checkCi(ports, baseBranches(project), draining))]
  })
  return only(...findings)
}

async function lookAtTests(config: Config, bench: Bench): Promise<Checked> {
  const [project] = config.projects
  if (project === undefined) {
    return only()
  }
  const hasCi = project.forge !== null
  return only(await checkTests(project, hasCi, bench.terminal.draining))
}

async function lookAtDelivery(config: Config, bench: Bench): Promise<Checked> {
  const { way } = config.delivery
  // A Maildir is made; looking would make it now.
  return way.kind === 'maildir'
    ? ((await lookAtNewPlace('delivery', way.path)) ?? only())
    : only(await checkDelivery(way, bench.terminal.draining))
}

/** Before the login is known; what is well is said once it is. */
async function lookAtServer(config: Config, bench: Bench): Promise<Checked> {
  const { findings } = await lookAtDelivery(config, bench)
  return only(...findings.filter(({ level }) => level === 'wrong'))
}

async function lookAtSender({ bot, delivery }: Config, { dns }: Bench): Promise<Checked> {
  const found = await checkSenderDomain(bot.address, delivery.plainReturnPath, null, dns)
  // Its records can be published later, and nothing leaves before.
  return only(
    ...found.map((one) => (one.level === 'wrong' ? { ...one, level: 'warning' as const } : one)),
  )
}

/**
 * Tries the answer to `option` against the real thing: server, source, repository, forge, isolation, DNS. `config` is the
 * configuration as it would be with what is answered so far. Changes nothing there.
 */
export async function checkAnswer(
  option: string,
  given: Given,
  config: Config,
  bench: Bench,
): Promise<Checked> {
  const isImap = isImapUrl(given.get('source') ?? '')
  const isPlain = given.get('forge') === 'plain'
  switch (option) {
    case 'source':
      return isImap ? only() : withUnread(await lookAtSource(config, bench), config)
    case 'source-login':
      return lookAtSource(config, bench)
    case 'upstream':
      return given.get('upstream') === '' ? only() : lookAtBranches(config, 'upstream', bench)
    case 'mirror':
      return isDistant(given.get('mirror') ?? '') ? only() : lookAtBranches(config, 'mirror', bench)
    case 'forge':
      return isPlain && isDistant(given.get('mirror') ?? '') && !isPlainWeb(given)
        ? lookAtBranches(config, 'mirror', bench)
        : only()
    case 'mirror-user':
      return given.get('mirror-user') === '' ? lookAtBranches(config, 'mirror', bench) : only()
    case 'mirror-login':
      return lookAtBranches(config, 'mirror', bench)
    case 'forge-login':
    case 'fork':
      return lookAtForge(config, given, bench)
    case 'placement':
      return config.projects[0]?.placement === given.get('placement')
        ? lookAtForge(config, given, bench)
        : only()
    case 'branch':
      return lookAtBase(config, bench)
    case 'test':
      return given.get('test') === '' ? lookAtTests(config, bench) : only()
    case 'isolation':
      return given.get('test') === '' ? only() : lookAtTests(config, bench)
    case 'bot':
      return lookAtSender(config, bench)
    case 'delivery':
      return hasSmtpUser(given) ? lookAtServer(config, bench) : lookAtDelivery(config, bench)
    case 'delivery-login':
      return lookAtDelivery(config, bench)
    default:
      return only()
  }
}
