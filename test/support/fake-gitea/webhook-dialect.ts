import type { WebhookDialect } from '../fake-forge/webhook-sender.ts'
import type { FakeVersion } from './versions.ts'

/** What the servers call an event in `-Event-Type`, where it is not the same (`models/webhook`, `modules/webhook`). */
function eventType(event: string, payload: unknown): string {
  const { action, is_pull: isPull } = payload as {
    readonly action?: string
    readonly is_pull?: boolean
  }
  if (event === 'issue_comment' && isPull === true) {
    return 'pull_request_comment'
  }
  if (event === 'pull_request' && action === 'synchronized') {
    return 'pull_request_sync'
  }
  if (event === 'pull_request' && action === 'label_updated') {
    return 'pull_request_label'
  }
  return event.replace(/^pull_request_(approved|rejected|comment)$/, 'pull_request_review_$1')
}

/**
 * All families of headers at once, and the body written for people, with two blanks for each step
 * (`services/webhook/shared/payloader.go`). Gitea has no headers of Forgejo's.
 */
export function giteaHookDialect({ product }: FakeVersion): WebhookDialect {
  const families = ['Gitea', 'Gogs', ...(product === 'forgejo' ? ['Forgejo'] : [])]
  return {
    write: (payload) => JSON.stringify(payload, null, 2),
    headers: ({ id, event, payload }, { sha1, sha256 }) => ({
      ...Object.fromEntries(
        families.flatMap((family) => [
          [`X-${family}-Delivery`, id],
          [`X-${family}-Event`, event],
          [`X-${family}-Event-Type`, eventType(event, payload)],
          [`X-${family}-Signature`, sha256],
        ]),
      ),
      'X-Hub-Signature': `sha1=${sha1}`,
      'X-Hub-Signature-256': `sha256=${sha256}`,
      'X-GitHub-Delivery': id,
      'X-GitHub-Event': event,
      'X-GitHub-Event-Type': eventType(event, payload),
    }),
  }
}
