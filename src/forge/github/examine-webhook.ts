import type { ForgeFinding } from '../forge.ts'
import type { AppIdentity, GithubAuth } from './github-auth.ts'
import type { GithubRepository } from './github-repository.ts'

const what = 'webhook'
const remedy = 'Without it the bot looks by itself every few minutes, which is slower.'

/** So many of the last deliveries are looked at. */
const lastFew = 20

function well(message: string): ForgeFinding {
  return { what, level: 'ok', message, remedy: null }
}

function lacking(message: string, advice = remedy): ForgeFinding {
  return { what, level: 'warning', message, remedy: advice }
}

/** Where an App sends to, and what became of its last deliveries: GitHub keeps them for three days. */
async function ofApp({ octokit }: AppIdentity, signal: AbortSignal): Promise<ForgeFinding> {
  const request = { signal }
  const { data } = await octokit.rest.apps.getWebhookConfigForApp({ request })
  if (!data.url) {
    return lacking('the App has no webhook')
  }
  const host = `the App sends to ${new URL(data.url).host}`
  const last = await octokit.rest.apps.listWebhookDeliveries({ per_page: lastFew, request })
  const [newest] = last.data
  const failed = last.data.filter(({ status_code: code }) => code < 200 || code >= 300)
  if (newest === undefined || failed.length === 0) {
    return well(newest === undefined ? `${host}; nothing yet` : `${host}; the last ones arrived`)
  }
  const times = `${failed.length} of the last ${last.data.length} deliveries`
  const [reason] = failed.map(({ status, status_code: code }) => `${status} (${code})`)
  return failed.includes(newest)
    ? lacking(
        `${host}; ${times} did not arrive: ${reason}`,
        `Look whether ${data.url} reaches the service, and has the path /webhooks/NAME. ${remedy}`,
      )
    : well(`${host}; the last one arrived, ${times} did not`)
}

/** Whether GitHub sends deliveries, and where it tells, whether they arrive. */
export async function examineWebhook(
  { octokit, where }: GithubRepository,
  auth: GithubAuth,
  signal: AbortSignal,
): Promise<ForgeFinding> {
  try {
    if (auth.app !== null) {
      return await ofApp(auth.app, signal)
    }
    const { data } = await octokit.rest.repos.listWebhooks({ ...where, request: { signal } })
    const active = data.filter((hook) => hook.active)
    return active.length > 0
      ? well(`${active.length} active, and whether one is ours cannot be seen`)
      : lacking('the repository has no active webhook')
  } catch (error) {
    return lacking(`cannot be looked at: ${error instanceof Error ? error.message : String(error)}`)
  }
}
