import type { Check } from '../../../src/core/checks/check.ts'
import type { RefName, Sha } from '../../../src/core/ids.ts'
import type { PullRequest } from '../../../src/core/pull-request/pull-request.ts'
import type { PullRequestSpec } from '../../../src/forge/forge.ts'
import type { ForgeUnderTest } from './forge-under-test.ts'

export const { signal } = new AbortController()
export const headRef = 'refs/heads/series/topic-1a2b3c4d5e6f' as RefName
export const otherRef = 'refs/heads/series/other-6f5e4d3c2b1a' as RefName
export const stable = 'refs/heads/stable' as RefName

export const spec: PullRequestSpec = {
  headRef,
  baseRef: 'refs/heads/main' as RefName,
  title: 'Topic',
  body: 'What it does.',
  draft: false,
  labels: ['series/v1'],
}

export function check(sha: Sha, context: string, state: Check['state']): Check {
  return {
    origin: 'commit-status',
    context,
    sha,
    state,
    summary: `it is ${state}`,
    targetUrl: null,
    failingStep: null,
    excerpt: '',
    startedAt: null,
    finishedAt: null,
  }
}

/** A pull request as if never touched: forges move the time of the last change for reasons of their own. */
export function timeless(pullRequest: PullRequest): PullRequest {
  return { ...pullRequest, updatedAt: new Date(0) }
}

/** Pushes a head and opens its pull request, with `changes` to `spec`. */
export async function openPullRequest(
  tested: ForgeUnderTest,
  changes: Partial<PullRequestSpec> = {},
): Promise<{ readonly number: number; readonly sha: Sha }> {
  const sha = await tested.moveBranch(changes.headRef ?? headRef)
  const { value } = await tested.forge.ensurePullRequest({ ...spec, ...changes }, signal)
  return { number: value.number, sha }
}
