import type { RefName } from '../../core/ids.ts'
import { labelPrefix, type PullRequest } from '../../core/pull-request/pull-request.ts'
import type { Forge, ForgeCapabilities, PullRequestSpec } from '../../forge/forge.ts'
import { plainForge } from '../../forge/plain/plain-forge.ts'
import type { GitEngine, RemoteAccess } from '../../git/git-engine.ts'
import type { RecordAct } from './acts.ts'

type Pull = Omit<PullRequest, 'headSha'>

/**
 * The forge that `real` stands for, as it would be with the pull requests of this rehearsal alone: what is written to it is
 * remembered and written down. It has no CI, since nothing is there that it could test.
 */
export function recordingForge(
  real: { readonly repository: string; readonly capabilities: ForgeCapabilities },
  heads: RemoteAccess,
  git: Pick<GitEngine, 'remoteRefs'>,
  record: RecordAct,
): Forge {
  const plain = plainForge(real.repository, null)
  if (!real.capabilities.pullRequests) {
    return plain
  }
  const pulls: Pull[] = []
  const comments = new Map<string, string>()

  async function seen(pull: Pull, signal: AbortSignal): Promise<PullRequest> {
    const refs = await git.remoteRefs(heads, [pull.headRef], signal)
    const headSha = refs.get(pull.headRef)
    if (headSha === undefined) {
      throw new TypeError(`nobody pushed ${pull.headRef}`)
    }
    return { ...pull, headSha }
  }

  function say(pull: Pull, what: string): void {
    const key = `pull-request ${pull.number} ${what}`
    const body = `${what}: ${pull.title}\n${pull.labels.join(' ')}\n\n${pull.body}`
    record({ act: 'pull-request', key, target: `#${pull.number}`, body })
  }

  function change(number: number, to: Partial<Pull>): Pull {
    const at = pulls.findIndex((pull) => pull.number === number)
    const before = pulls[at]
    if (before === undefined) {
      throw new TypeError(`there is no pull request ${number}`)
    }
    const after = { ...before, ...to }
    pulls[at] = after
    return after
  }

  function open({ headRef, baseRef, title, body, draft, labels }: PullRequestSpec): Pull {
    const number = pulls.length + 1
    const pull: Pull = {
      number,
      url: `#${number}`,
      state: 'open',
      draft,
      title,
      body,
      headRef,
      baseRef,
      labels,
      updatedAt: new Date(0),
    }
    pulls.push(pull)
    say(pull, 'opened')
    return pull
  }

  function openOf(headRef: RefName): Pull | undefined {
    return pulls.find((pull) => pull.state === 'open' && pull.headRef === headRef)
  }

  return {
    ...plain,
    capabilities: { ...real.capabilities, agit: false, checks: false, approvals: false },
    async ensurePullRequest(spec, signal) {
      const known = openOf(spec.headRef)
      const pull = known ?? open(spec)
      return {
        change: known === undefined ? 'created' : 'unchanged',
        value: await seen(pull, signal),
      }
    },
    async editPullRequest({ number, labels: before }, { labels, ...face }, signal) {
      const theirs = before.filter((label) => !label.startsWith(labelPrefix))
      const wanted = labels === undefined ? before : [...theirs, ...labels].sort()
      const pull = change(number, { ...face, labels: wanted })
      say(pull, 'edited')
      return { change: 'updated', value: await seen(pull, signal) }
    },
    async getPullRequest(number, signal) {
      const pull = pulls.find((one) => one.number === number)
      return pull === undefined ? null : seen(pull, signal)
    },
    async findPullRequests(headRef, signal) {
      const found = pulls.filter((pull) => pull.headRef === headRef).toReversed()
      return Promise.all(found.map((pull) => seen(pull, signal)))
    },
    async openPullRequests(signal) {
      const found = pulls.filter(({ state }) => state === 'open')
      return Promise.all(found.map((pull) => seen(pull, signal)))
    },
    async closePullRequest(number) {
      change(number, { state: 'closed' })
      record({ act: 'close', key: `close ${number}`, target: `#${number}`, body: '' })
    },
    async ensureComment(number, key, body) {
      const id = `${number}/${key}`
      if (comments.get(id) === body) {
        return { change: 'unchanged', value: id }
      }
      comments.set(id, body)
      record({ act: 'comment', key: id, target: `#${number}`, body })
      return { change: 'created', value: id }
    },
    listComments: async () => [],
    permissionOf: async () => 'none',
    listReviews: async () => [],
  }
}
