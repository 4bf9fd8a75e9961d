import { createHash } from 'node:crypto'
import { BotError } from '../../src/core/bot-error.ts'
import type { Check } from '../../src/core/check.ts'
import { type RefName, type Sha, toSha } from '../../src/core/ids.ts'
import type { PullRequest } from '../../src/core/pull-request.ts'
import type { Ensured, Forge, ForgeCapabilities, PullRequestSpec } from '../../src/forge/forge.ts'

export const fakeForgeCapabilities: ForgeCapabilities = {
  pullRequests: true,
  draftPullRequests: true,
  checks: true,
  maxBodyLength: 65_536,
}

interface Entry {
  readonly number: number
  state: PullRequest['state']
  spec: PullRequestSpec
}

interface Comment {
  readonly number: number
  readonly key: string
  body: string
}

/** A forge in memory, with what a person or CI does on the other side. */
export interface FakeForge {
  readonly forge: Forge
  moveBranch(ref: RefName): Promise<Sha>
  report(check: Check): Promise<void>
  /** What stands on it, oldest first. */
  pullRequests(): readonly (PullRequest & { readonly spec: PullRequestSpec })[]
  comments(): readonly Readonly<Comment>[]
}

export function makeFakeForge(): FakeForge {
  const entries: Entry[] = []
  const comments: Comment[] = []
  const checks = new Map<string, Check>()
  const branches = new Map<RefName, Sha>()
  let moves = 0

  function view(entry: Entry): PullRequest {
    return {
      number: entry.number,
      url: `http://forge.test/owner/project/pulls/${entry.number}`,
      state: entry.state,
      draft: entry.spec.draft,
      title: entry.spec.title,
      headRef: entry.spec.headRef,
      headSha: branches.get(entry.spec.headRef) ?? toSha('0'.repeat(40)),
      baseRef: entry.spec.baseRef,
    }
  }

  function ensureEntry(spec: PullRequestSpec): Ensured<PullRequest> {
    const found = entries.find(
      (entry) => entry.state === 'open' && entry.spec.headRef === spec.headRef,
    )
    if (found === undefined) {
      if (!branches.has(spec.headRef)) {
        throw new BotError('FORGE_BAD_REQUEST', `there is no ${spec.headRef}`, { retry: 'never' })
      }
      const entry: Entry = { number: entries.length + 1, state: 'open', spec }
      entries.push(entry)
      return { change: 'created', value: view(entry) }
    }
    const isSame = JSON.stringify(found.spec) === JSON.stringify(spec)
    found.spec = spec
    return { change: isSame ? 'unchanged' : 'updated', value: view(found) }
  }

  function ensureComment(number: number, key: string, body: string): Ensured<string> {
    const index = comments.findIndex((one) => one.number === number && one.key === key)
    const found = comments[index]
    if (found === undefined) {
      comments.push({ number, key, body })
      return { change: 'created', value: String(comments.length) }
    }
    const isSame = found.body === body
    found.body = body
    return { change: isSame ? 'unchanged' : 'updated', value: String(index + 1) }
  }

  return {
    forge: {
      repository: 'owner/project',
      capabilities: fakeForgeCapabilities,
      async ensurePullRequest(spec, signal) {
        signal.throwIfAborted()
        return ensureEntry(spec)
      },
      async getPullRequest(number) {
        const found = entries.find((entry) => entry.number === number)
        return found === undefined ? null : view(found)
      },
      async closePullRequest(number) {
        const found = entries.find((entry) => entry.number === number)
        if (found !== undefined) {
          found.state = 'closed'
        }
      },
      async ensureComment(number, key, body, signal) {
        signal.throwIfAborted()
        return ensureComment(number, key, body)
      },
      async listChecks(sha) {
        return [...checks.values()].filter((check) => check.sha === sha)
      },
    },
    async moveBranch(ref) {
      moves += 1
      const sha = toSha(createHash('sha1').update(`${ref} ${moves}`).digest('hex'))
      branches.set(ref, sha)
      return sha
    },
    async report(check) {
      checks.set(`${check.sha} ${check.origin} ${check.context}`, check)
    },
    pullRequests: () => entries.map((entry) => ({ ...view(entry), spec: entry.spec })),
    comments: () => comments,
  }
}
