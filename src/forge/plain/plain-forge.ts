import { BotError } from '../../core/bot-error.ts'
import type { Forge } from '../forge.ts'

function unsupported(what: string): () => Promise<never> {
  return () =>
    Promise.reject(
      new BotError('FORGE_UNSUPPORTED', `a plain git remote has no ${what}`, { retry: 'never' }),
    )
}

/**
 * Any git remote without a forge: branches and refs are all there is, and checks come from our own tester.
 * `authorization` is the header for git over HTTP, null where none is needed.
 */
export function plainForge(repository: string, authorization: string | null): Forge {
  return {
    repository,
    capabilities: {
      pullRequests: false,
      draftPullRequests: false,
      agit: false,
      ciReadsMerge: false,
      workflowFolders: [],
      ciReadsTarget: false,
      checks: false,
      jobLogs: false,
      reviews: false,
      reviewReplies: false,
      rerun: false,
      approvals: false,
      maxBodyLength: 0,
    },
    ensurePullRequest: unsupported('pull requests'),
    editPullRequest: unsupported('pull requests'),
    getPullRequest: unsupported('pull requests'),
    findPullRequests: unsupported('pull requests'),
    openPullRequests: unsupported('pull requests'),
    closePullRequest: unsupported('pull requests'),
    ensureComment: unsupported('comments'),
    listComments: unsupported('comments'),
    permissionOf: unsupported('accounts'),
    listChecks: async () => ({ checks: [], approvalUrl: null }),
    readLog: async () => null,
    rerunChecks: unsupported('checks'),
    setStatus: unsupported('statuses'),
    listReviews: unsupported('reviews'),
    ensureReview: unsupported('reviews'),
    ensureReply: unsupported('reviews'),
    usage: () => ({ calls: 0, unmodified: 0, remaining: null, resetAt: null }),
    examine: async () => [],
    gitAuthorization: async () => authorization,
  }
}
