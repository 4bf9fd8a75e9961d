import { labelPrefix } from '../../core/pull-request/pull-request.ts'
import type { GithubRepository } from './github-repository.ts'
import { labelNames } from './pull-request-data.ts'
import { instead } from './to-bot-error.ts'

function isOurs(label: string): boolean {
  return label.toLowerCase().startsWith(labelPrefix)
}

function isIn(labels: readonly string[], label: string): boolean {
  // GitHub knows one label in one case, whatever case it is asked for in.
  return labels.some((one) => one.toLowerCase() === label.toLowerCase())
}

/**
 * Makes our labels of a pull request those of `wanted` by one request, none where they are; gives all labels it has then. Labels
 * of people stay: where nothing of ours goes away we only add, so that even one that was set a moment ago is kept.
 */
export async function ensureLabels(
  { octokit, where }: GithubRepository,
  number: number,
  there: readonly string[],
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<readonly string[] | 'unchanged'> {
  const missing = wanted.filter((label) => !isIn(there, label))
  const surplus = there.filter((label) => isOurs(label) && !isIn(wanted, label))
  const kept = there.filter((label) => !isOurs(label))
  const request = { ...where, issue_number: number, request: { signal } }
  if (surplus.length > 0 && kept.length + wanted.length > 0) {
    const { data } = await octokit.rest.issues.setLabels({
      ...request,
      labels: [...kept, ...wanted],
    })
    return labelNames(data)
  }
  if (surplus.length > 0) {
    // GitHub sets no empty list.
    for (const name of surplus) {
      await octokit.rest.issues
        .removeLabel({ ...request, name })
        .catch(instead('FORGE_NOT_FOUND', null))
    }
    return []
  }
  if (missing.length > 0) {
    const { data } = await octokit.rest.issues.addLabels({ ...request, labels: missing })
    return labelNames(data)
  }
  return 'unchanged'
}
