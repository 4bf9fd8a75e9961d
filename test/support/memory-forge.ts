import { execFileSync } from 'node:child_process'
import { BotError } from '../../src/core/bot-error.ts'
import { type RefName, toSha } from '../../src/core/ids.ts'
import type { ForgeComment, ForgePermission } from '../../src/core/pull-request/forge-comment.ts'
import { labelPrefix, type PullRequest } from '../../src/core/pull-request/pull-request.ts'
import type { Forge, PullRequestChange, PullRequestSpec } from '../../src/forge/forge.ts'
import { plainForge } from '../../src/forge/plain/plain-forge.ts'

type Pull = { -readonly [Key in keyof PullRequest]: PullRequest[Key] }

/** What a person does on the forge, and what can be seen there. */
export interface MemoryForge {
  readonly forge: Forge
  /** Every pull request that was ever opened, as it is now. */
  readonly pulls: () => readonly PullRequest[]
  readonly comments: (number: number) => readonly ForgeComment[]
  /** Names of the calls since the last call of this. */
  readonly takeCalls: () => readonly string[]
  /** The next call of this name does its work, and the answer is lost. */
  readonly loseAnswerOf: (call: keyof Forge) => void
  /** Remembers what there is; the function that it gives brings that back, whatever happened since. */
  readonly backUp: () => () => void
  readonly edit: (number: number, change: Partial<PullRequest>) => void
  readonly say: (number: number, login: string, body: string) => void
  readonly allow: (login: string, permission: ForgePermission) => void
}

/** Pull requests of one repository, whose heads are branches of the bare repository `directory`. */
export function memoryForge(
  directory: string,
  capabilities: Partial<Forge['capabilities']> = {},
): MemoryForge {
  const pulls: Pull[] = []
  const comments: (ForgeComment & { readonly number: number })[] = []
  const permissions = new Map<string, ForgePermission>()
  const lost = new Set<string>()
  let calls: string[] = []
  // After everything that the service does.
  const at = new Date('2100-01-01T00:00:00Z')

  /** Null where there is no such branch. */
  function headOf(ref: RefName): PullRequest['headSha'] | null {
    const args = ['-C', directory, 'for-each-ref', '--format=%(objectname)', ref]
    const found = execFileSync('git', args, { encoding: 'utf8' }).trim()
    return found === '' ? null : toSha(found)
  }

  /** A forge closes the pull request of a branch that is deleted. */
  function now(pull: Pull): PullRequest {
    const head = pull.state === 'open' ? headOf(pull.headRef) : pull.headSha
    if (head === null) {
      pull.state = 'closed'
    } else {
      pull.headSha = head
    }
    return { ...pull }
  }

  function applied(pull: Pull, { labels, ...change }: PullRequestChange): PullRequest {
    const theirs = pull.labels.filter((label) => !label.startsWith(labelPrefix))
    Object.assign(
      pull,
      change,
      labels === undefined ? {} : { labels: [...theirs, ...labels].sort() },
    )
    return now(pull)
  }

  function find(number: number): Pull {
    const found = pulls.find((pull) => pull.number === number)
    if (found === undefined) {
      throw new Error(`there is no pull request ${number}`)
    }
    return found
  }

  function ensure({
    headRef,
    ...face
  }: PullRequestSpec): Awaited<ReturnType<Forge['ensurePullRequest']>> {
    const known = pulls.find((pull) => pull.state === 'open' && pull.headRef === headRef)
    if (known !== undefined) {
      const { title, body, draft, labels, baseRef } = face
      return { change: 'updated', value: applied(known, { title, body, draft, labels, baseRef }) }
    }
    const headSha = headOf(headRef)
    if (headSha === null) {
      throw new Error(`there is no branch ${headRef}`)
    }
    const number = pulls.length + 1
    const url = `https://forge.example/pulls/${number}`
    const made: Pull = {
      ...face,
      number,
      url,
      state: 'open',
      headRef,
      headSha,
      updatedAt: at,
    }
    pulls.push(made)
    return { change: 'created', value: now(made) }
  }

  async function called<T>(name: keyof Forge, work: () => T): Promise<T> {
    calls.push(name)
    const result = work()
    if (lost.delete(name)) {
      throw new BotError('FORGE_UNSUPPORTED', `the answer of ${name} is lost`, { retry: 'later' })
    }
    return result
  }

  function write(number: number, login: string, body: string, key: string | null): ForgeComment {
    const id = `${comments.length + 1}`
    const author = { login, isBot: key !== null }
    const comment = {
      id,
      url: `https://forge.example/comments/${id}`,
      author,
      body,
      key,
      createdAt: at,
      updatedAt: at,
    }
    comments.push({ ...comment, number })
    return comment
  }

  const plain = plainForge('memory/hello', null)
  return {
    forge: {
      ...plain,
      capabilities: {
        ...plain.capabilities,
        pullRequests: true,
        draftPullRequests: true,
        ciReadsMerge: true,
        ciReadsTarget: false,
        maxBodyLength: 65_536,
        ...capabilities,
      },
      ensurePullRequest: (spec) => called('ensurePullRequest', () => ensure(spec)),
      editPullRequest: (seen, change) =>
        called('editPullRequest', () => ({
          change: 'updated',
          value: applied(find(seen.number), change),
        })),
      getPullRequest: (number) =>
        called('getPullRequest', () => {
          const found = pulls.find((pull) => pull.number === number)
          return found === undefined ? null : now(found)
        }),
      findPullRequests: (headRef) =>
        called('findPullRequests', () =>
          pulls
            .filter((pull) => pull.headRef === headRef)
            .map(now)
            .toReversed(),
        ),
      openPullRequests: () =>
        called('openPullRequests', () => pulls.map(now).filter(({ state }) => state === 'open')),
      closePullRequest: (number) =>
        called('closePullRequest', () => {
          find(number).state = 'closed'
        }),
      ensureComment: (number, key, body) =>
        called('ensureComment', () => {
          const known = comments.find((one) => one.number === number && one.key === key)
          return known === undefined
            ? { change: 'created', value: write(number, 'patchferry', body, key).id }
            : { change: 'unchanged', value: known.id }
        }),
      listComments: (number) =>
        called('listComments', () => comments.filter((one) => one.number === number)),
      permissionOf: (login) => called('permissionOf', () => permissions.get(login) ?? 'read'),
    },
    pulls: () => pulls.map(now),
    comments: (number) => comments.filter((one) => one.number === number),
    takeCalls() {
      const taken = calls
      calls = []
      return taken
    },
    loseAnswerOf(call) {
      lost.add(call)
    },
    backUp() {
      const copy = structuredClone({ pulls, comments })
      return () => {
        pulls.splice(0, pulls.length, ...copy.pulls)
        comments.splice(0, comments.length, ...copy.comments)
      }
    },
    edit(number, change) {
      Object.assign(find(number), change)
    },
    say(number, login, body) {
      write(number, login, body, null)
    },
    allow(login, permission) {
      permissions.set(login, permission)
    },
  }
}
