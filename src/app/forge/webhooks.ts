import type { Config, ProjectConfig } from '../../config/config.ts'
import type { ForgeEvent } from '../../core/pull-request/forge-event.ts'
import { type FlowPorts, findProject } from '../../flow/ports.ts'
import { takeHint } from '../../flow/pull-request/take-hint.ts'
import type { WebhookReader } from '../../forge/forge.ts'
import { giteaWebhookReader } from '../../forge/gitea/gitea-webhook.ts'
import type { WebhookEndpoint } from '../../web/ports.ts'
import type { WakeUp } from '../wake-up.ts'
import { githubHooks, type TakeEvent } from './github-hooks.ts'

function isAbout({ repository: said }: ForgeEvent, { forge }: ProjectConfig): boolean {
  return [forge?.repository, forge?.heads].some(
    (one) => one !== undefined && `${one.owner}/${one.name}`.toLowerCase() === said.toLowerCase(),
  )
}

function readingHooks(reader: WebhookReader, take: TakeEvent): WebhookEndpoint {
  return {
    async receive(headers, body) {
      const event = await reader.read(headers, body)
      if (event === null) {
        return 'ignored'
      }
      return take(event)
    },
  }
}

/** The webhooks of the accounts that have a secret, by the name of the account. What they hint at wakes the lanes. */
export async function openWebhooks(
  { forges, projects }: Config,
  ports: FlowPorts,
  wakeUp: WakeUp,
): Promise<ReadonlyMap<string, WebhookEndpoint>> {
  const endpoints = new Map<string, WebhookEndpoint>()
  for (const account of forges) {
    const secret = account.webhookSecret?.reveal()
    if (secret === undefined) {
      continue
    }
    const own = projects.filter(({ forge }) => forge?.account.name === account.name)
    async function take(event: ForgeEvent): Promise<'taken' | 'known' | 'ignored'> {
      const outcomes = new Set<'taken' | 'known'>()
      for (const { name } of own.filter((project) => isAbout(event, project))) {
        const project = findProject(ports, name)
        if (project !== null) {
          outcomes.add(await takeHint(event, project, ports))
        }
      }
      if (outcomes.has('taken')) {
        wakeUp.ring()
        return 'taken'
      }
      return outcomes.has('known') ? 'known' : 'ignored'
    }
    endpoints.set(
      account.name,
      account.kind === 'github'
        ? await githubHooks(account, secret, take)
        : readingHooks(giteaWebhookReader(secret), take),
    )
  }
  return endpoints
}
