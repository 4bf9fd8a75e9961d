import { createHmac, randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Config, ForgeConfig } from '../../config/config.ts'
import { examine, type Finding, ok, said, unchecked, wrong } from './finding.ts'

const patienceMs = 10_000
const listenerPatienceMs = 2_000
const answered = z.object({ outcome: z.enum(['taken', 'ignored']) })

/** A delivery that every forge's reader takes, and that says nothing: the event with which forges try a new webhook. */
function ping(secret: string): { readonly headers: Record<string, string>; readonly body: string } {
  const body = JSON.stringify({ zen: 'patchferry doctor' })
  const hmac = createHmac('sha256', secret).update(body).digest('hex')
  const id = randomUUID()
  return {
    body,
    headers: {
      'Content-Type': 'application/json',
      'X-GitHub-Event': 'ping',
      'X-GitHub-Delivery': id,
      'X-Hub-Signature-256': `sha256=${hmac}`,
      'X-Gitea-Event': 'ping',
      'X-Gitea-Delivery': id,
      'X-Gitea-Signature': hmac,
    },
  }
}

/** Whether the service runs: nothing can be said of the way to it where it does not. */
async function isListening({ web }: Config, signal: AbortSignal): Promise<boolean> {
  const { host, port } = web.public
  const bound = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  const name = bound.includes(':') ? `[${bound}]` : bound
  const either = AbortSignal.any([signal, AbortSignal.timeout(listenerPatienceMs)])
  return fetch(`http://${name}:${port}/health`, { signal: either }).then(
    () => true,
    () => false,
  )
}

async function tryAddress(
  check: string,
  url: string,
  secret: string,
  signal: AbortSignal,
): Promise<Finding> {
  const remedy = `Let the proxy in front hand ${url} to \`web.public\`, path and body unchanged.`
  const either = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  let answer: Response
  try {
    const { headers, body } = ping(secret)
    answer = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: either })
  } catch (error) {
    signal.throwIfAborted()
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
    return wrong(check, `${url} does not answer: ${said(cause)}`, remedy)
  }
  const text = await answer.text().catch(() => '')
  if (answered.safeParse(parse(text)).success) {
    return ok(check, `${url} reaches us, and knows our secret`)
  }
  return text.includes('WEB_WEBHOOK_REFUSED')
    ? wrong(check, `${url} reaches a Patchferry that has another secret`, 'Compare the secrets.')
    : wrong(check, `${url} answers ${answer.status}, and that is not us`, remedy)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

async function checkOne(
  { name, smeeUrl }: ForgeConfig,
  secret: string,
  config: Config,
  signal: AbortSignal,
): Promise<Finding> {
  const check = `webhook ${name}`
  const { url } = config.web.public
  if (smeeUrl !== null) {
    return ok(check, `deliveries come by ${new URL(smeeUrl).host}`)
  }
  if (url === null) {
    const remedy = 'Write `web.public.url`: how the world reaches the public listener.'
    return unchecked(check, 'no public address is given', remedy)
  }
  if (!(await isListening(config, signal))) {
    return unchecked(check, 'the service does not run', 'Run doctor again beside it.')
  }
  return tryAddress(check, `${url}/webhooks/${name}`, secret, signal)
}

/** Whether deliveries of the forges reach us: each address is sent one that says nothing, signed as the forge would. */
export async function checkWebhooks(
  config: Config,
  signal: AbortSignal,
): Promise<readonly Finding[]> {
  const findings: Finding[] = []
  for (const account of config.forges) {
    const { webhookSecret } = account
    if (webhookSecret !== null) {
      findings.push(
        await examine(`webhook ${account.name}`, async () =>
          checkOne(account, webhookSecret.reveal(), config, signal),
        ),
      )
    }
  }
  return findings
}
