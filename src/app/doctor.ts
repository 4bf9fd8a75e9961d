import { access, constants, mkdir, mkdtemp, rm, stat, statfs } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { Config, ImapSourceConfig } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import { BotError } from '../core/bot-error.ts'
import type { RefName } from '../core/ids.ts'
import type { Isolation } from '../core/isolation.ts'
import type { Mailbox } from '../core/message.ts'
import { foreignBranches } from '../flow/overlay-branches.ts'
import type { ProjectPorts } from '../flow/ports.ts'
import { baseBranches } from '../flow/refresh-branches.ts'
import { requireGit } from '../git/cli/git-version.ts'
import { openUpstreamStores } from '../git/engine/upstream-store.ts'
import { lookAtImap, serverUrl } from '../mail/source/imap-connection.ts'
import { distantInbox, isLocal, localInbox } from '../mail/source/inbox-remote.ts'
import { commandTester } from '../tester/command-tester.ts'
import { remedyOf } from './error-catalogue.ts'
import { openMailReporter } from './load-templates.ts'
import type { ForgeTools } from './open-forge.ts'
import { openLog, systemClock } from './open-log.ts'
import { tryServer } from './open-mailer.ts'
import { imapServer } from './open-sources.ts'
import { openIntake, openProject } from './runtime.ts'
import { type StateLayout, stateLayout } from './state-layout.ts'
import type { Terminal } from './terminal.ts'

/** One line of `patchferry doctor`. */
export interface Finding {
  readonly check: string
  readonly level: 'ok' | 'warning' | 'wrong'
  readonly message: string
  /** What to do; null when it is well. */
  readonly remedy: string | null
}

const leastFreeBytes = 1024 ** 3

function ok(check: string, message: string): Finding {
  return { check, level: 'ok', message, remedy: null }
}

/** Runs one check; what it throws is a finding. */
async function examine(check: string, look: () => Promise<Finding>): Promise<Finding> {
  try {
    return await look()
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const remedy = error instanceof BotError ? remedyOf(error) : 'Read the message.'
    return { check, level: 'wrong', message, remedy }
  }
}

async function checkFolder(check: string, folder: string): Promise<Finding> {
  await mkdir(folder, { recursive: true })
  await access(folder, constants.W_OK)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const message = `${folder}: writable, ${Math.floor(free / 1024 ** 2)} MB free`
  return free < leastFreeBytes
    ? { check, level: 'warning', message, remedy: 'Make room: keep at least 1 GB free.' }
    : ok(check, message)
}

async function checkInbox(
  place: { readonly name: string; readonly path: string },
  check: string,
  signal: AbortSignal,
): Promise<Finding> {
  const remote = isLocal(place.path) ? localInbox(place) : distantInbox(place, tmpdir())
  const epochs = await remote.epochs(0, 0, signal)
  const count = `${epochs.length} ${epochs.length === 1 ? 'repository' : 'repositories'}`
  return ok(check, `public-inbox ${place.path}: ${count}`)
}

async function checkImap(
  check: string,
  name: string,
  config: ImapSourceConfig,
  terminal: Terminal,
): Promise<Finding> {
  const server = imapServer(config, terminal.env)
  const url = serverUrl(server)
  const found = await lookAtImap({ name, path: url }, server, config.folders, terminal.draining)
  const message = `${url}: login works; certificate ${found.fingerprint ?? 'none'}; `
  return found.missing.length === 0
    ? ok(check, `${message}folders ${config.folders.join(', ')}`)
    : {
        check,
        level: 'wrong',
        message: `${message}it does not open ${found.missing.join(', ')}`,
        remedy: `Correct \`folders\`; there are ${found.folders.slice(0, 50).join(', ')}.`,
      }
}

async function checkSource(
  config: Config['sources'][number],
  terminal: Terminal,
): Promise<Finding> {
  const check = `source ${config.name}`
  if (config.kind === 'imap') {
    return checkImap(check, config.name, config.imap, terminal)
  }
  if (config.kind === 'public-inbox') {
    return checkInbox(config, check, terminal.draining)
  }
  const found = await stat(config.path).catch(() => null)
  if (found === null) {
    const remedy = 'Create it, or correct the path under `lists`; the service waits for it.'
    return { check, level: 'wrong', message: `${config.path} does not exist`, remedy }
  }
  if (config.kind === 'maildir') {
    await stat(`${config.path}/new`)
    await access(`${config.path}/cur`, constants.W_OK)
  }
  if (config.kind === 'folder') {
    await access(config.path, constants.W_OK)
  }
  return ok(check, `${config.kind} ${config.path}`)
}

/** Where a program is that is named as a shell would: by its path, or found in PATH. */
async function checkSendmail(program: string): Promise<Finding> {
  const folders = program.includes('/') ? [''] : (process.env['PATH'] ?? '').split(path.delimiter)
  for (const folder of folders) {
    const file = path.join(folder, program)
    const isThere = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    )
    if (isThere) {
      return ok('delivery', `${file} can be run; \`patchferry mail test ADDRESS\` sends by it`)
    }
  }
  return {
    check: 'delivery',
    level: 'wrong',
    message: `there is no program ${program}`,
    remedy: 'Install one that speaks sendmail, or correct `delivery.sendmail.command`.',
  }
}

async function checkDelivery(
  way: Config['delivery']['way'],
  signal: AbortSignal,
): Promise<Finding> {
  if (way.kind === 'maildir') {
    return checkFolder('delivery', way.path)
  }
  if (way.kind === 'sendmail') {
    return checkSendmail(way.argv[0] ?? '')
  }
  try {
    const steps: string[] = []
    await tryServer(way, (reached) => steps.push(reached), signal)
    const login = way.login === null ? ', no login' : ''
    return ok('delivery', `${steps.join(', ')}${login}`)
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error)
    const message = `${way.host}:${way.port}: ${said}`
    const remedy = 'Correct `delivery.smtp`; reports wait for it and are tried again.'
    return { check: 'delivery', level: 'wrong', message, remedy }
  }
}

function checkTemplates(folder: string | null): Finding {
  const check = 'mail templates'
  const { used, unused } = openMailReporter(folder, null).own
  if (unused.length > 0) {
    return {
      check,
      level: 'warning',
      message: `nothing uses ${unused.join(', ')}`,
      remedy: 'Correct the name: docs/mail-templates.md lists those that are used.',
    }
  }
  return ok(check, folder === null ? 'ours' : `${folder}: ${used.length} of your own`)
}

/** Runs nothing in particular under this isolation. Returns why it cannot; null when it can. */
async function tryIsolation(isolation: Isolation, signal: AbortSignal): Promise<string | null> {
  const folder = await mkdtemp(path.join(tmpdir(), 'patchferry-doctor-'))
  try {
    const result = await commandTester(isolation).run(
      { directory: folder, argv: ['true'], environment: {}, timeoutMs: 60_000 },
      signal,
    )
    switch (result.outcome) {
      case 'passed':
        return null
      case 'not-started':
        return result.reason
      case 'failed':
      case 'timed-out':
        return `even \`true\` does not succeed: ${result.output.trim()}`
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function checkProject(
  project: Config['projects'][number],
  layout: StateLayout,
  tools: ForgeTools,
  bot: Mailbox,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const name = `project ${project.name}`
  const upstreams = openUpstreamStores(layout.upstreams)
  try {
    const ports = await openProject(project, layout, upstreams, tools)
    try {
      return [
        ...(await checkForge(ports, signal)),
        ...(await checkRemotes(project, ports, signal)),
        ...(await checkOverlay(ports, bot, signal)),
      ]
    } finally {
      await ports.git.close()
    }
  } catch (error) {
    return [await examine(`${name}: repository`, () => Promise.reject(error))]
  } finally {
    await upstreams.close()
  }
}

/** What the forge says of the account of the bot, its rights and the repositories. */
async function checkForge(
  { project, forge }: ProjectPorts,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const check = `project ${project.name}: forge`
  try {
    const found = await forge.examine(signal)
    return found.map(({ what, level, message, remedy }) => ({
      check: `${check}: ${what}`,
      level: level === 'failing' ? 'wrong' : level,
      message,
      remedy,
    }))
  } catch (error) {
    return [await examine(check, () => Promise.reject(error))]
  }
}

/** Whether the overlay can be read, and which branches of the mirror it is kept from. */
async function checkOverlay(
  project: ProjectPorts,
  bot: Mailbox,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const { overlay } = project
  const check = `project ${project.project.name}: overlay`
  if (overlay === null) {
    return []
  }
  const finding = await examine(check, async () => {
    const files = await overlay(signal)
    // Before the first round nothing is known of upstream, and nothing is anybody's.
    const branches: RefName[] = []
    for (const branch of baseBranches(project.project)) {
      branches.push(...((await project.git.resolve(branch)) === null ? [] : [branch]))
    }
    const foreign = await foreignBranches(branches, project, { bot }, signal)
    return foreign.length === 0
      ? ok(check, `${files.length} ${files.length === 1 ? 'file' : 'files'}`)
      : {
          check,
          level: 'warning',
          message: `somebody pushed to ${foreign.join(', ')} of the mirror: left as it is`,
          remedy: 'Set it back to a commit of upstream, or delete it there; the overlay follows.',
        }
  })
  return [finding]
}

async function checkRemotes(
  project: Config['projects'][number],
  { git, mirror: base, heads, upstream: source }: ProjectPorts,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const name = `project ${project.name}`
  const upstream = await examine(`${name}: base branches`, async () => {
    const { url } = source ?? base
    const refs = await git.remoteRefs(source ?? base, project.branches, signal)
    const missing = project.branches.filter((branch) => !refs.has(branch))
    return missing.length === 0
      ? ok(`${name}: base branches`, `${url}: ${project.branches.join(', ')}`)
      : {
          check: `${name}: base branches`,
          level: 'wrong',
          message: `${url} has no ${missing.join(', ')}`,
          remedy: 'Correct `branches`, or push them there first.',
        }
  })
  const mirror = await examine(`${name}: mirror`, async () => {
    for (const remote of new Set([base, heads])) {
      await git.remoteRefs(remote, ['refs/heads/'], signal)
    }
    return path.isAbsolute(project.publicMirrorUrl)
      ? {
          check: `${name}: mirror`,
          level: 'warning',
          message: `${project.mirrorUrl} answers, and reports tell people to fetch from that path`,
          remedy: 'Give `mirror.publicUrl`: the address that others can fetch from.',
        }
      : ok(`${name}: mirror`, `${project.mirrorUrl} answers`)
  })
  const tests = await examine(`${name}: tests`, async () => {
    if (project.testing === null) {
      return ok(`${name}: tests`, 'none: the verdict is left to the forge')
    }
    const problem = await tryIsolation(project.testing.isolation, signal)
    const { kind } = project.testing.isolation
    return problem === null
      ? ok(`${name}: tests`, `isolation ${kind} works`)
      : {
          check: `${name}: tests`,
          level: 'wrong',
          message: `isolation ${kind}: ${problem}`,
          remedy: 'docs/security.md says what each isolation needs.',
        }
  })
  return [upstream, mirror, tests]
}

/**
 * `patchferry doctor`: checks, in order, everything that can be wrong. Yields each finding as it is made; a check
 * that fails keeps none of the others from being made.
 */
export async function* doctor(configFile: string, terminal: Terminal): AsyncGenerator<Finding> {
  yield ok('Node', process.version)
  yield await examine('git', async () => ok('git', (await requireGit()).text))
  let config: Config
  try {
    config = await loadConfig(configFile, terminal.env)
  } catch (error) {
    yield await examine('configuration', () => Promise.reject(error))
    return
  }
  const log = openLog(config, terminal)
  const tools = { clock: systemClock, log, budgets: new Map() }
  yield ok('configuration', config.file)
  const layout = stateLayout(config.stateDirectory)
  yield await examine('state folder', () => checkFolder('state folder', config.stateDirectory))
  yield await examine('store', async () => {
    const intake = await openIntake(config, { clock: systemClock, log })
    const count = await intake.ports.store.read((reader) => reader.messageCount())
    await intake.close()
    return ok('store', `SQLite, ${count} mails`)
  })
  for (const source of config.sources) {
    yield await examine(`source ${source.name}`, () => checkSource(source, terminal))
  }
  yield await examine('delivery', () => checkDelivery(config.delivery.way, terminal.draining))
  yield await examine('mail templates', async () => checkTemplates(config.mailTemplates))
  for (const project of config.projects) {
    yield* await checkProject(project, layout, tools, config.bot, terminal.draining)
  }
  if (config.web.operator.tokens.length === 0) {
    yield {
      check: 'operator token',
      level: 'warning',
      message: 'nobody can act on the dashboard',
      remedy: 'Add a named token under `web.operator.tokens`; looking needs none.',
    }
  }
}
