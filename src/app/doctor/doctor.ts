import type { Config, SourceConfig } from '../../config/config.ts'
import { loadConfig } from '../../config/load-config.ts'
import type { ConfigProblem } from '../../config/problem.ts'
import { BotError } from '../../core/bot-error.ts'
import { openLog, systemClock } from '../open-log.ts'
import { type StateLayout, stateLayout } from '../state-layout.ts'
import type { Terminal } from '../terminal.ts'
import { checkClock, clockUrls } from './clock.ts'
import { checkDelivery, checkTemplates } from './delivery.ts'
import type { Dns } from './dns.ts'
import { examine, type Finding, fault, ok, warning, wrong } from './finding.ts'
import { checkFolder, checkOwner, checkSecretFile } from './folders.ts'
import { checkMachine } from './machine.ts'
import { checkCur } from './maildir-cur.ts'
import { checkProject } from './project.ts'
import { checkRecords } from './records.ts'
import { checkSenderDomain } from './sender-domain.ts'
import { checkSource } from './sources.ts'
import { checkWebhooks } from './webhooks.ts'

export interface DoctorOptions {
  readonly dns: Dns
  /** Of the key that our mail is signed with, `s=` of its DKIM-Signature; null where nobody says. */
  readonly selector: string | null
}

async function* checkFolders(config: Config): AsyncGenerator<Finding> {
  const { stateDirectory } = config
  yield await examine('state folder', () => checkFolder('state folder', stateDirectory))
  yield await examine('owner', () => checkOwner('owner', stateDirectory))
  for (const { file } of config.secretFiles) {
    yield await examine('secret file', () => checkSecretFile('secret file', file))
  }
}

async function* checkSending(
  { bot, delivery, mailTemplates }: Config,
  { dns, selector }: DoctorOptions,
  signal: AbortSignal,
): AsyncGenerator<Finding> {
  yield await examine('delivery', () => checkDelivery(delivery.way, signal))
  // What lies in a Maildir leaves by somebody else's server, if at all.
  if (delivery.way.kind !== 'maildir') {
    yield* await checkSenderDomain(bot.address, delivery.plainReturnPath, selector, dns)
  }
  yield await examine('mail templates', async () => checkTemplates(mailTemplates))
}

async function unreadMails(source: SourceConfig, layout: StateLayout): Promise<readonly Finding[]> {
  try {
    const found = await checkCur(source, layout)
    return found === null ? [] : [found]
  } catch {
    // That the store cannot be read was said before.
    return []
  }
}

/** Secrets that cannot be read, as by who is not the user of the service, keep nothing else from being looked at. */
async function readConfig(
  file: string,
  { env }: Terminal,
): Promise<
  | { readonly config: Config; readonly unread: readonly ConfigProblem[] }
  | { readonly fault: unknown }
> {
  try {
    return { config: await loadConfig(file, env), unread: [] }
  } catch (fault) {
    const details = fault instanceof BotError ? fault.details : {}
    const unread = (details['problems'] ?? []) as readonly ConfigProblem[]
    try {
      return { config: await loadConfig(file, env, 'when-used'), unread }
    } catch {
      return { fault }
    }
  }
}

/**
 * `patchferry doctor`: checks, in order, everything that can be wrong. Yields each finding as it is made; a check
 * that fails keeps none of the others from being made.
 */
export async function* doctor(
  configFile: string,
  options: DoctorOptions,
  terminal: Terminal,
): AsyncGenerator<Finding> {
  yield* await checkMachine()
  const loaded = await readConfig(configFile, terminal)
  if ('fault' in loaded) {
    yield fault('configuration', loaded.fault)
    return
  }
  const { config } = loaded
  const { draining } = terminal
  const log = openLog(config, terminal)
  const tools = { clock: systemClock, log, budgets: new Map() }
  yield ok('configuration', config.file)
  yield* loaded.unread.map(({ key, message, remedy }) => wrong(`secret ${key}`, message, remedy))
  yield* checkFolders(config)
  const layout = stateLayout(config.stateDirectory)
  yield* checkRecords(layout, log, draining)
  yield await checkClock(clockUrls(config), systemClock, draining)
  for (const source of config.sources) {
    const found = await examine(`source ${source.name}`, () => checkSource(source, terminal))
    yield found
    if (found.level === 'ok') {
      yield* await unreadMails(source, layout)
    }
  }
  yield* checkSending(config, options, draining)
  for (const project of config.projects) {
    yield* await checkProject(project, layout, tools, config.bot, draining)
  }
  yield* await checkWebhooks(config, draining)
  if (config.web.operator.tokens.length === 0) {
    yield warning(
      'operator token',
      'nobody can act on the dashboard',
      'Add a named token under `web.operator.tokens`; looking needs none.',
    )
  }
}
