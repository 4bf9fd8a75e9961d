import { Octokit } from '@octokit/rest'
import { BotError } from '../../core/bot-error.ts'

/** An App that GitHub has just made out of a manifest. */
export interface RegisteredApp {
  readonly id: number
  readonly slug: string
  readonly name: string
  /** Page of the App; `/installations/new` below it installs it. */
  readonly url: string
  /** PEM. */
  readonly privateKey: string
  readonly webhookSecret: string
}

/**
 * Exchanges the code of the manifest flow for the App and its secrets; GitHub takes each code once, within an hour. Throws
 * FORGE_BAD_REQUEST where GitHub does not take it, FORGE_UNREACHABLE where it does not answer.
 */
export async function convertManifest(
  apiUrl: string,
  code: string,
  signal: AbortSignal,
): Promise<RegisteredApp> {
  function quiet(): void {}
  const log = { debug: quiet, info: quiet, warn: quiet, error: quiet }
  const octokit = new Octokit({ baseUrl: apiUrl, log })
  try {
    const { data } = await octokit.rest.apps.createFromManifest({ code, request: { signal } })
    return {
      id: data.id,
      slug: data.slug ?? '',
      name: data.name,
      url: data.html_url,
      privateKey: data.pem,
      webhookSecret: data.webhook_secret ?? '',
    }
  } catch (cause) {
    signal.throwIfAborted()
    const said = cause instanceof Error ? cause.message : String(cause)
    const isAnswer = cause instanceof Error && 'status' in cause && Number(cause.status) < 500
    throw isAnswer
      ? new BotError('FORGE_BAD_REQUEST', `GitHub does not take the code: ${said}`, {
          retry: 'never',
          cause,
        })
      : new BotError('FORGE_UNREACHABLE', `GitHub does not answer: ${said}`, {
          retry: 'later',
          cause,
        })
  }
}
