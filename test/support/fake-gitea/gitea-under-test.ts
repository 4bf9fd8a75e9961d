import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Check } from '../../../src/core/checks/check.ts'
import { type RefName, type Sha, toSha } from '../../../src/core/ids.ts'
import type { Placement } from '../../../src/core/pull-request/pull-request.ts'
import type { ReviewDraft, ReviewState } from '../../../src/core/pull-request/review.ts'
import type { Forge, PullRequestSpec } from '../../../src/forge/forge.ts'
import { openGiteaForge } from '../../../src/forge/gitea/gitea-forge.ts'
import type { ForgeUnderTest } from '../../contract/forge/forge-under-test.ts'
import { memoryLogger } from '../memory-log.ts'
import { testGitEnvironment } from '../test-repo.ts'
import { addRun, wantedJob } from './actions.ts'
import { type FakeGitea, openFakeGitea } from './fake-gitea.ts'
import { addComment, putLabels } from './issue-routes.ts'
import { closePull } from './pull-life.ts'
import type { FakePull, FakeRepository } from './records.ts'
import { addReview } from './review-routes.ts'
import { addStatus } from './status-routes.ts'
import type { VersionName } from './versions.ts'
import { mayDo } from './world.ts'

const upstream = 'people/project'
const fork = 'patchferry/project'
/** Where commits are made that are pushed by AGit. */
const workshop = 'workshop/project'

export interface GiteaUnderTest extends ForgeUnderTest {
  readonly fake: FakeGitea
  readonly token: string
  /** Where branches are; under AGit, where commits are made. */
  readonly heads: string
}

/** The driver on a fake server, with pull requests made as `placement` does. */
export async function openGiteaUnderTest(
  version: VersionName,
  placement: Extract<Placement, 'fork' | 'same-repo' | 'agit'>,
): Promise<GiteaUnderTest> {
  const fake = await openFakeGitea(version)
  const { world } = fake
  for (const login of ['people', 'patchferry', 'alice', 'bob']) {
    world.accounts.add(login)
  }
  await fake.addRepository(upstream)
  await addMain(fake)
  const heads = { fork, agit: workshop, 'same-repo': upstream }[placement]
  if (heads !== upstream) {
    await fake.addFork(upstream, heads)
  }
  world.accounts.allow(upstream, 'patchferry', 'admin')
  const token = world.accounts.token('patchferry')
  const [owner = '', name = ''] = (placement === 'fork' ? fork : upstream).split('/')
  const forge = await openGiteaForge(
    {
      url: fake.url,
      repository: { owner: 'people', name: 'project' },
      heads: placement === 'fork' ? { owner, name } : null,
      token: async () => token,
      clock: () => new Date(),
      log: memoryLogger(),
    },
    new AbortController().signal,
  )
  const topics = new Map<RefName, Sha>()
  let commits = 0

  function repository(): FakeRepository {
    const found = world.repositories.get(upstream)
    if (found === undefined) {
      throw new Error('the repository is gone')
    }
    return found
  }

  function pull(number: number): FakePull {
    const found = repository().pulls.get(number)
    if (found === undefined) {
      throw new Error(`no pull request ${number}`)
    }
    return found
  }

  function makeCommit(git: Git): Promise<Sha> {
    commits += 1
    return commitFile(git, `line 10, take ${commits}`, 'refs/heads/main')
  }

  /** As flow does it: nothing is there of a topic but its pull request. */
  async function pushTopic(ref: RefName, base: string, title: string): Promise<void> {
    const sha = topics.get(ref)
    if (sha !== undefined) {
      const target = `refs/for/${base}/${ref.slice('refs/heads/'.length)}`
      await pushWithOptions(fake, token, `${sha}:${target}`, [`title=${title}`, 'force-push=true'])
    }
  }

  function findTopic(ref: RefName): FakePull | undefined {
    const branch = `patchferry/${ref.slice('refs/heads/'.length)}`
    return [...repository().pulls.values()].find(
      (one) => one.state === 'open' && one.headBranch === branch,
    )
  }

  async function moveTopic(ref: RefName): Promise<Sha> {
    const sha = await makeCommit((args, input) => world.git.git(workshop, args, input))
    topics.set(ref, sha)
    const there = findTopic(ref)
    if (there !== undefined) {
      await pushTopic(ref, there.base, there.title)
    }
    return sha
  }

  async function moveBranch(ref: RefName): Promise<Sha> {
    // A base branch is one under AGit as well.
    const name = placement === 'agit' ? upstream : heads
    let sha: Sha | null = null
    await world.git.change(name, 'patchferry', async (git) => {
      sha = await makeCommit(git)
      await git(['update-ref', ref, sha])
      if (name !== upstream && ref === 'refs/heads/stable') {
        await world.git.git(upstream, ['fetch', '-q', world.git.directory(name), `+${ref}:${ref}`])
      }
    })
    return toSha(sha ?? '')
  }

  const agit: Forge = {
    ...forge,
    async ensurePullRequest(spec: PullRequestSpec, signal: AbortSignal) {
      signal.throwIfAborted()
      if (findTopic(spec.headRef) !== undefined) {
        return forge.ensurePullRequest(spec, signal)
      }
      await pushTopic(spec.headRef, spec.baseRef.slice('refs/heads/'.length), spec.title)
      const { value } = await forge.ensurePullRequest(spec, signal)
      return { change: 'created', value }
    },
  }

  return {
    fake,
    token,
    heads,
    forge: placement === 'agit' ? agit : forge,
    async moveBranch(ref) {
      if (placement !== 'agit') {
        return moveBranch(ref)
      }
      if (ref === 'refs/heads/stable') {
        await moveBranch(ref)
      }
      return moveTopic(ref)
    },
    async report(check) {
      addStatus(world, repository(), {
        sha: check.sha,
        context: check.context,
        status: stateOf(check),
        description: check.summary,
        targetUrl: check.targetUrl ?? '',
        login: 'people',
      })
    },
    runJob: async (sha, job) => addRun(world, repository(), sha, wantedJob(job)),
    async comment(number, login, body) {
      addComment(world, repository(), pull(number), login, body)
    },
    async review(number, login, review) {
      await addReview(world, repository(), pull(number), login, wantedReview(review))
    },
    async label(number, login, label) {
      const { labels } = repository()
      if (!mayDo(world, repository(), login, 'write')) {
        throw new Error(`${login} may not write`)
      }
      if (!labels.some(({ name: known }) => known === label)) {
        labels.push({ id: world.nextId(), name: label, color: '#000000', description: '' })
      }
      putLabels(world, repository(), pull(number), login, [label])
    },
    async allow(login, permission) {
      world.accounts.allow(upstream, login, permission)
    },
    async closeAsPerson(number) {
      closePull(world, repository(), pull(number), 'people')
    },
    close: () => fake.close(),
  }
}

type Git = (args: readonly string[], input?: string) => Promise<string>

async function addMain({ world }: FakeGitea): Promise<void> {
  await world.git.change(upstream, 'people', async (git) => {
    await git(['update-ref', 'refs/heads/main', await commitFile(git, 'line 10', null)])
  })
}

/** A commit with line 10 of `file.txt` as given, in one process of git. */
async function commitFile(git: Git, tenth: string, parent: string | null): Promise<Sha> {
  const lines = Array.from({ length: 20 }, (_, at) => (at === 9 ? tenth : `line ${at + 1}`))
  const content = `${lines.join('\n')}\n`
  function data(text: string): string {
    return `data ${Buffer.byteLength(text)}\n${text}\n`
  }
  const stream = [
    'commit refs/scratch\nmark :1\ncommitter Somebody <somebody@example.org> 1700000000 +0000\n',
    data(tenth),
    parent === null ? '' : `from ${parent}^0\n`,
    'M 100644 inline file.txt\n',
    data(content),
    'get-mark :1\nreset refs/scratch\nfrom 0000000000000000000000000000000000000000\n\n',
  ].join('')
  return toSha(await git(['fast-import', '--quiet', '--force', '--cat-blob-fd=1'], stream))
}

async function pushWithOptions(
  { url, world }: FakeGitea,
  token: string,
  refspec: string,
  options: readonly string[],
): Promise<void> {
  const address = `${url}/${upstream}.git`
  const basic = Buffer.from(`patchferry:${token}`).toString('base64')
  const child = spawn(
    'git',
    ['push', '-q', ...options.flatMap((option) => ['-o', option]), address, refspec],
    {
      cwd: world.git.directory(workshop),
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...testGitEnvironment(),
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: `http.${url}/.extraHeader`,
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
      },
    },
  )
  const said = text(child.stderr)
  const [code] = (await once(child, 'close')) as [number]
  if (code !== 0) {
    throw new Error(`git push ended with ${code}: ${await said}`)
  }
}

function stateOf({ state }: Check): string {
  return state === 'success' || state === 'failure' || state === 'error' ? state : 'pending'
}

function wantedReview(
  review: ReviewDraft & { readonly state: ReviewState },
): Parameters<typeof addReview>[4] {
  const events = {
    approved: 'APPROVED',
    'changes-requested': 'REQUEST_CHANGES',
    commented: 'COMMENT',
    dismissed: 'COMMENT',
  } as const
  return {
    commit_id: review.commit,
    event: events[review.state],
    body: review.body,
    comments: review.comments.map(({ path, body, side, line }) => ({
      path,
      body,
      new_position: side === 'new' ? line : 0,
      old_position: side === 'old' ? line : 0,
      extra_lines_count: 0,
    })),
  }
}
