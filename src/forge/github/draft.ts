import { BotError } from '../../core/bot-error.ts'
import type { GithubRepository } from './github-repository.ts'

function mutationOf(draft: boolean): string {
  const name = draft ? 'convertPullRequestToDraft' : 'markPullRequestReadyForReview'
  return `mutation ($id: ID!) {
  ${name}(input: { pullRequestId: $id }) {
    pullRequest { isDraft }
  }
}`
}

function firstProblem(error: unknown): { readonly type: string; readonly message: string } | null {
  if (!(error instanceof Error) || !('errors' in error) || !Array.isArray(error.errors)) {
    return null
  }
  const [first] = error.errors as readonly { readonly type?: string; readonly message?: string }[]
  return { type: first?.type ?? '', message: first?.message ?? error.message }
}

/** Makes a pull request a draft, or ready for review: GitHub's REST API has no way to, GraphQL does. */
export async function setDraft(
  { octokit }: GithubRepository,
  nodeId: string,
  draft: boolean,
  signal: AbortSignal,
): Promise<void> {
  try {
    await octokit.graphql(mutationOf(draft), { id: nodeId, request: { signal } })
  } catch (error) {
    const problem = firstProblem(error)
    if (problem === null) {
      throw error
    }
    const isForbidden = problem.type === 'FORBIDDEN'
    throw new BotError(
      isForbidden ? 'FORGE_FORBIDDEN' : 'FORGE_BAD_REQUEST',
      `GraphQL: ${problem.message}`,
      { retry: isForbidden ? 'after-human' : 'never', details: { type: problem.type } },
    )
  }
}
