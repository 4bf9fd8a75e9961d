import type { Probot } from 'probot'
import type { ForgeConfig } from '../../config/config.ts'
import { BotError } from '../../core/bot-error.ts'
import type { ForgeEvent } from '../../core/pull-request/forge-event.ts'
import { readGithubEvent } from '../../forge/github/read-github-event.ts'
import { readPayload } from '../../forge/read-payload.ts'
import { silentPino } from '../../log/silent-pino.ts'
import type { WebhookEndpoint } from '../../web/ports.ts'

type ProbotDelivery = Parameters<Probot['receive']>[0]

function credentialsOf({ access }: ForgeConfig): ConstructorParameters<typeof Probot>[0] {
  return access.kind === 'app'
    ? { appId: access.appId, privateKey: access.privateKey.reveal() }
    : { githubToken: access.token.reveal() }
}

/** What becomes of one event: `known` where its delivery came before. */
export type TakeEvent = (event: ForgeEvent) => ReturnType<WebhookEndpoint['receive']>

function forged(why: string): BotError {
  return new BotError('FORGE_WEBHOOK_SIGNATURE', why, { retry: 'never' })
}

/**
 * The webhook of a GitHub account, by Probot on our own listener: it checks the signature, in constant time, over the bytes
 * as they came, and hands each delivery to `take` before the listener answers. Probot reads nothing of the environment here, and
 * writes no log: it would write the payload of a forged delivery.
 */
export async function githubHooks(
  account: ForgeConfig,
  secret: string,
  take: TakeEvent,
): Promise<WebhookEndpoint> {
  const { Probot } = await import('probot')
  const probot = new Probot({
    ...credentialsOf(account),
    baseUrl: account.apiUrl,
    secret,
    log: silentPino(),
  })
  const outcomes = new Map<string, Awaited<ReturnType<TakeEvent>>>()
  await probot.load((app) => {
    app.onAny(async ({ id, name, payload }) => {
      const event = readGithubEvent({ name, id, payload })
      outcomes.set(id, event === null ? 'ignored' : await take(event))
    })
  })
  await probot.ready()
  return {
    async receive(headers, body) {
      const [id, name] = [headers['x-github-delivery'], headers['x-github-event']]
      const signature = headers['x-hub-signature-256']
      if (id === undefined || name === undefined || signature === undefined) {
        throw forged('a header is missing that GitHub sends with each delivery')
      }
      const payload = new TextDecoder().decode(body)
      if (payload === '' || !(await probot.webhooks.verify(payload, signature))) {
        throw forged('the signature is not by our secret')
      }
      await probot.receive({ id, name, payload: readPayload(body) } as ProbotDelivery)
      const outcome = outcomes.get(id) ?? 'ignored'
      outcomes.delete(id)
      return outcome
    },
  }
}
