import type { Config, DeliveryConfig, ProjectConfig } from './config.ts'

interface Rule {
  /** Whether a running service takes it over. */
  readonly isLive: boolean
  /** As the file calls it. */
  readonly words: string
}
type Keys<T> = Readonly<Record<keyof T, Rule>>

function live(words: string): Rule {
  return { isLive: true, words }
}

function restart(words: string): Rule {
  return { isLive: false, words }
}

const deliveryKeys: Keys<DeliveryConfig> = {
  way: restart('maildir, smtp or sendmail'),
  returnPath: restart('returnPath'),
  plainReturnPath: restart('returnPath'),
  bounces: live('bounces'),
  retryForMs: live('retryFor'),
  lookForMs: live('lookFor'),
  ifUnknown: live('ifUnknown'),
  limits: live('limits'),
}

const projectKeys: Keys<ProjectConfig> = {
  name: restart('name'),
  lists: restart('lists'),
  upstreamUrl: restart('upstream'),
  upstreamAuthorization: restart('upstream'),
  mirrorUrl: restart('mirror'),
  mirrorAuthorization: restart('mirror'),
  overlayFolder: restart('mirror'),
  forge: restart('mirror'),
  placement: restart('mirror'),
  holdsNoSecrets: restart('mirror'),
  publicHeadsUrl: restart('mirror'),
  publicMirrorUrl: restart('mirror'),
  prefixes: live('prefixes'),
  paths: live('paths'),
  branches: live('branches'),
  prefixBranches: live('prefixBranches'),
  usesGreenBase: live('greenBase'),
  settleMs: live('settle'),
  tests: live('tests'),
  testing: live('tests'),
  checks: live('checks'),
  trust: live('trust'),
  reports: live('reports'),
  listReports: live('reports'),
}

const topKeys: Keys<Omit<Config, 'delivery' | 'projects' | 'file' | 'secrets'>> = {
  stateDirectory: restart('state'),
  bot: restart('bot'),
  lists: restart('lists'),
  sources: restart('lists[].sources'),
  forges: restart('forges'),
  web: restart('web'),
  otherBots: live('bot.others'),
  watch: live('operator'),
  mailTemplates: live('mailTemplates'),
  retention: live('retention'),
  log: live('log'),
  secretFiles: live('secrets'),
}

/** What comes of reading the file again. */
export interface Reloaded {
  /** What the service goes on with. */
  readonly config: Config
  /** What is different in it from now on. */
  readonly taken: readonly string[]
  /** What the file says otherwise and only a restart brings. */
  readonly needsRestart: readonly string[]
}

/** Secrets show nothing when they are printed. */
function comparable(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'object' && member !== null && 'reveal' in member
      ? [typeof member.reveal === 'function' ? String(member.reveal()) : null]
      : member,
  )
}

/** Takes those members of `wanted` that are live; the others stay as they run. */
function merge<T extends object>(
  running: T,
  wanted: T,
  keys: Keys<T>,
  prefix: string,
): { readonly value: T; readonly taken: readonly string[]; readonly restart: readonly string[] } {
  const value = { ...running }
  const taken: string[] = []
  const left: string[] = []
  for (const key of Object.keys(keys) as (keyof T)[]) {
    const { isLive, words } = keys[key]
    if (comparable(running[key]) === comparable(wanted[key])) {
      continue
    }
    if (isLive) {
      value[key] = wanted[key]
    }
    const told = isLive ? taken : left
    told.push(`${prefix}${words}`)
  }
  return { value, taken: [...new Set(taken)], restart: [...new Set(left)] }
}

/** What is different in a list itself is said of the list, and not of each project that has it. */
function withKnownLists(running: ProjectConfig, wanted: ProjectConfig): ProjectConfig {
  const [now, then] = [running, wanted].map(({ lists }) =>
    comparable(lists.map(({ name }) => name)),
  )
  return now === then ? { ...wanted, lists: running.lists } : wanted
}

/**
 * What of a configuration that was read again a running service takes over, and what it does not: the state folder, the bot,
 * lists with their sources, forges, listeners, the way out, and where a project's branches live are opened once.
 */
export function mergeReloaded(running: Config, wanted: Config): Reloaded {
  const top = merge<Omit<Config, 'delivery' | 'projects' | 'file' | 'secrets'>>(
    running,
    wanted,
    topKeys,
    '',
  )
  const delivery = merge(running.delivery, wanted.delivery, deliveryKeys, 'delivery.')
  const projects = running.projects.map((project) => {
    const again = wanted.projects.find(({ name }) => name === project.name)
    return merge(
      project,
      again === undefined ? project : withKnownLists(project, again),
      projectKeys,
      `projects.${project.name}.`,
    )
  })
  const names = [running, wanted].map((config) => config.projects.map(({ name }) => name))
  return {
    config: {
      ...running,
      ...top.value,
      delivery: delivery.value,
      projects: projects.map(({ value }) => value),
      secrets: wanted.secrets,
    },
    taken: [...top.taken, ...delivery.taken, ...projects.flatMap(({ taken }) => taken)],
    needsRestart: [
      ...top.restart,
      ...delivery.restart,
      ...(comparable(names[0]) === comparable(names[1])
        ? []
        : ['which projects there are, and their order']),
      ...projects.flatMap((project) => project.restart),
    ],
  }
}
