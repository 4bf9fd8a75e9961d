import type { ForgeConfig, ProjectConfig } from '../../config/config.ts'
import type { Clock } from '../../core/clock.ts'
import type { Forge } from '../../forge/forge.ts'
import { dialectOf } from '../../forge/gitea/dialect.ts'
import { capabilitiesOf, openGiteaForge } from '../../forge/gitea/gitea-forge.ts'
import { openGithubForge } from '../../forge/github/open-github-forge.ts'
import { openRequestBudget, type RequestBudget } from '../../forge/github/request-budget.ts'
import { plainForge } from '../../forge/plain/plain-forge.ts'
import type { RemoteAccess } from '../../git/git-engine.ts'
import type { Logger } from '../../log/logger.ts'
import { lateForge } from './late-forge.ts'

/** What forges are opened with. */
export interface ForgeTools {
  readonly clock: Clock
  readonly log: Logger
  /** By the name of the account: what its projects share. Filled as they are opened. */
  readonly budgets: Map<string, RequestBudget>
}

/** The forge of a project, and how git reaches its repositories. */
export interface OpenedForge {
  readonly forge: Forge
  readonly mirror: RemoteAccess
  readonly heads: RemoteAccess
}

function tokenOf({ access, name }: ForgeConfig): () => Promise<string> {
  return async () => {
    if (access.kind !== 'token') {
      throw new TypeError(`the account ${name} has no token`)
    }
    return access.token.reveal()
  }
}

function budgetOf({ name }: ForgeConfig, { clock, budgets }: ForgeTools): RequestBudget {
  const budget = budgets.get(name) ?? openRequestBudget(clock)
  budgets.set(name, budget)
  return budget
}

function openAccount(
  { account, repository, heads }: NonNullable<ProjectConfig['forge']>,
  pushesWorkflows: boolean,
  tools: ForgeTools,
): Forge {
  const { access } = account
  switch (account.kind) {
    case 'github':
      return openGithubForge({
        apiUrl: account.apiUrl,
        repository,
        heads,
        auth:
          access.kind === 'token'
            ? { kind: 'token', token: tokenOf(account) }
            : {
                kind: 'app',
                appId: String(access.appId),
                privateKey: () => access.privateKey.reveal(),
                installationId: access.installationId,
              },
        pushesWorkflows,
        clock: tools.clock,
        log: tools.log,
        budget: budgetOf(account, tools),
      })
    case 'forgejo':
    case 'gitea': {
      const { url } = account
      const options = {
        url,
        repository,
        heads,
        token: tokenOf(account),
        clock: tools.clock,
        log: tools.log,
      }
      return lateForge(
        `${repository.owner}/${repository.name}`,
        capabilitiesOf(dialectOf('0', account.kind === 'forgejo')),
        (signal) => openGiteaForge(options, signal),
      )
    }
  }
}

/** Opens what a project's configuration names. Asks no server yet: one that is down keeps no mail waiting. */
export function openForge(config: ProjectConfig, tools: ForgeTools): OpenedForge {
  if (config.forge === null) {
    const mirror: RemoteAccess = {
      url: config.mirrorUrl,
      authorize: async () => config.mirrorAuthorization?.reveal() ?? null,
    }
    return { forge: plainForge(config.mirrorUrl, null), mirror, heads: mirror }
  }
  const forge = openAccount(config.forge, config.overlayFolder !== null, tools)
  const { mirrorUrl } = config
  const { headsUrl } = config.forge
  const mirror: RemoteAccess = {
    url: mirrorUrl,
    authorize: (signal) => forge.gitAuthorization('repository', signal),
  }
  const heads: RemoteAccess = {
    url: headsUrl,
    authorize: (signal) => forge.gitAuthorization('heads', signal),
  }
  return { forge, mirror, heads: headsUrl === mirrorUrl ? mirror : heads }
}
