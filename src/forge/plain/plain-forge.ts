import { BotError } from '../../core/bot-error.ts'
import type { Forge } from '../forge.ts'

function unsupported(what: string): () => Promise<never> {
  return () =>
    Promise.reject(
      new BotError('FORGE_UNSUPPORTED', `a plain git remote has no ${what}`, { retry: 'never' }),
    )
}

/** Any git remote without a forge: branches and refs are all there is, and checks come from our own tester. */
export function plainForge(repository: string): Forge {
  return {
    repository,
    capabilities: {
      pullRequests: false,
      draftPullRequests: false,
      checks: false,
      maxBodyLength: 0,
    },
    ensurePullRequest: unsupported('pull requests'),
    getPullRequest: unsupported('pull requests'),
    closePullRequest: unsupported('pull requests'),
    ensureComment: unsupported('comments'),
    listChecks: async () => [],
  }
}
