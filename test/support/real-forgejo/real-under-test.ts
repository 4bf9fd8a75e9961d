import { randomBytes } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { z } from 'zod'
import type { RefName, Sha } from '../../../src/core/ids.ts'
import type { Forge } from '../../../src/forge/forge.ts'
import { openGiteaForge } from '../../../src/forge/gitea/gitea-forge.ts'
import type { ForgeUnderTest, RunningJob } from '../../contract/forge/forge-under-test.ts'
import { memoryLogger } from '../memory-log.ts'
import { type Ask, asking, type RealServer } from './server.ts'
import { openWorkFolder, type WorkFolder } from './work-folder.ts'
import { contractContext, contractWorkflow } from './workflow.ts'

const pulls = z.array(z.object({ number: z.number() }))
const statuses = z.object({
  statuses: z
    .array(z.object({ context: z.string(), status: z.string(), description: z.string() }))
    .nullish(),
})
const runs = z.object({ workflow_runs: z.array(z.object({ id: z.number() })) })
const longestRunMs = 120_000

function content(tenth: string): Readonly<Record<string, string>> {
  const lines = Array.from({ length: 20 }, (_, at) => (at === 9 ? tenth : `line ${at + 1}`))
  return { 'file.txt': `${lines.join('\n')}\n` }
}

/** The hands on a real server: what accounts can do by git and by the API. `runner`: a label; null: nothing runs jobs. */
export async function openRealUnderTest(
  server: RealServer,
  placement: 'same-repo' | 'agit',
  runner: string | null,
): Promise<ForgeUnderTest> {
  const { url, token, login } = server
  const ask = asking(url, token)
  const repository = server.repository ?? (await makeRepository(ask, login))
  const path = `/repos/${repository}`
  const folder = await openWorkFolder(`${url}/${repository}.git`, token)
  await begin(server, folder, path, runner)
  const [owner = '', name = ''] = repository.split('/')
  const forge = await openGiteaForge(
    {
      url,
      repository: { owner, name },
      heads: null,
      token: async () => token,
      clock: () => new Date(),
      log: memoryLogger(),
    },
    new AbortController().signal,
  )
  const topics = new Map<RefName, Sha>()
  let moves = 0

  function as(person: string): string {
    const shown = server.people?.get(person)
    if (shown === undefined) {
      throw new Error(`nobody is called ${person} here`)
    }
    return `token ${shown}`
  }

  async function moveBranch(ref: RefName): Promise<Sha> {
    moves += 1
    const text = `line 10, moved ${moves} at ${Date.now()}`
    const sha = await folder.commit(content(text), text)
    if (placement === 'same-repo') {
      await folder.push([`${sha}:${ref}`])
      return sha
    }
    // Kept by a branch as well: a commit that is nowhere takes no status.
    const bases = ref === 'refs/heads/stable' ? [`${sha}:${ref}`] : []
    await folder.push([`${sha}:refs/heads/kept/${moves}`, ...bases])
    topics.set(ref, sha)
    const [open] = await openOf(ref)
    if (open !== undefined) {
      await pushTopic(ref, open.baseRef)
    }
    return sha
  }

  async function openOf(ref: RefName): ReturnType<Forge['findPullRequests']> {
    const found = await forge.findPullRequests(ref, new AbortController().signal)
    return found.filter(({ state }) => state === 'open')
  }

  async function pushTopic(ref: RefName, base: RefName, title = 'Topic'): Promise<void> {
    const target = `refs/for/${base.slice('refs/heads/'.length)}/${ref.slice('refs/heads/'.length)}`
    const sha = topics.get(ref)
    if (sha !== undefined) {
      await folder.push([`${sha}:${target}`], [`title=${title}`, 'force-push=true'])
    }
  }

  const agit: Forge = {
    ...forge,
    async ensurePullRequest(spec, signal) {
      signal.throwIfAborted()
      if ((await openOf(spec.headRef)).length > 0) {
        return forge.ensurePullRequest(spec, signal)
      }
      await pushTopic(spec.headRef, spec.baseRef, spec.title)
      const { value } = await forge.ensurePullRequest(spec, signal)
      return { change: 'created', value }
    },
  }

  async function runJob(sha: Sha, job: RunningJob): Promise<string> {
    moves += 1
    const id = `${moves}-${randomBytes(4).toString('hex')}`
    const data = await folder.commit({ 'log.txt': job.log }, `Log of ${id}`)
    await folder.push([`${data}:refs/heads/data/${id}`])
    await folder.push([`${sha}:refs/heads/run/${job.outcome}/${id}`])
    if (job.outcome === 'cancelled') {
      await waitFor(ask, path, sha, 'Has started running')
      const listed = runs.parse((await ask('GET', `${path}/actions/runs?head_sha=${sha}`)).body)
      for (const { id: run } of listed.workflow_runs.slice(0, 1)) {
        await ask('POST', `${path}/actions/runs/${run}/cancel`)
      }
    }
    await waitFor(ask, path, sha, beginnings[job.outcome])
    return contractContext
  }

  return {
    forge: placement === 'agit' ? agit : forge,
    moveBranch,
    async report({ sha, context, state, summary, targetUrl }) {
      const body = {
        state: /^(?:success|failure|error)$/.test(state) ? state : 'pending',
        context,
        description: summary,
        ...(targetUrl === null ? {} : { target_url: targetUrl }),
      }
      await ask('POST', `${path}/statuses/${sha}`, { body })
    },
    runJob,
    async comment(number, person, body) {
      const asked = { body: { body }, authorization: as(person) }
      await ask('POST', `${path}/issues/${number}/comments`, asked)
    },
    async review(number, person, { commit, body, comments, state }) {
      const events = {
        approved: 'APPROVED',
        'changes-requested': 'REQUEST_CHANGES',
        commented: 'COMMENT',
        dismissed: 'COMMENT',
      }
      const remarks = comments.map((one) => ({
        path: one.path,
        body: one.body,
        ...(one.side === 'new' ? { new_position: one.line } : { old_position: one.line }),
      }))
      await ask('POST', `${path}/pulls/${number}/reviews`, {
        body: { commit_id: commit, event: events[state], body, comments: remarks },
        authorization: as(person),
      })
    },
    async label(number, person, label) {
      const authorization = as(person)
      const made = { name: label, color: '#336699', description: '' }
      await ask('POST', `${path}/labels`, { body: made, authorization })
      const body = { labels: [label] }
      await ask('POST', `${path}/issues/${number}/labels`, { body, authorization })
    },
    async allow(person, permission) {
      const body = { permission }
      await ask('PUT', `${path}/collaborators/${person}`, { body })
    },
    async closeAsPerson(number) {
      await ask('PATCH', `${path}/pulls/${number}`, { body: { state: 'closed' } })
    },
    async close() {
      await folder.close()
      if (server.repository === null) {
        await ask('DELETE', path, { also: [404] })
      }
    },
  }
}

/** How the status of a job in each state begins. */
const beginnings: Readonly<Record<RunningJob['outcome'], string>> = {
  success: 'Successful',
  failure: 'Failing',
  cancelled: 'Has been cancelled',
  skipped: 'Has been skipped',
  running: 'Has started running',
  'approval-needed': 'Blocked',
}

async function makeRepository(ask: Ask, login: string): Promise<string> {
  const name = `patchferry-contract-${randomBytes(6).toString('hex')}`
  await ask('POST', '/user/repos', { body: { name, default_branch: 'main', private: false } })
  return `${login}/${name}`
}

/** Puts main where the suite wants it; in a repository that was named, takes away what the case before left. */
async function begin(
  server: RealServer,
  folder: WorkFolder,
  path: string,
  runner: string | null,
): Promise<void> {
  const ask = asking(server.url, server.token)
  const workflow = '.forgejo/workflows/ci.yml'
  const files = runner === null ? {} : { [workflow]: contractWorkflow(runner) }
  await folder.begin({ ...content('line 10'), ...files })
  const old = server.repository === null ? [] : await folder.remoteRefs('refs/heads/*')
  if (server.repository !== null) {
    const open = await ask('GET', `${path}/pulls?state=open&limit=50`)
    for (const { number } of pulls.parse(open.body)) {
      await ask('PATCH', `${path}/pulls/${number}`, { body: { state: 'closed' } })
    }
  }
  const gone = old.filter((ref) => /^refs\/heads\/(?:series|stable|kept|run|data)\b/.test(ref))
  await folder.push(['main:refs/heads/main', ...gone.map((ref) => `:${ref}`)])
}

async function waitFor(ask: Ask, path: string, sha: Sha, beginning: string): Promise<void> {
  const until = Date.now() + longestRunMs
  for (;;) {
    const { body } = await ask('GET', `${path}/commits/${sha}/status?limit=50`)
    const all = statuses.parse(body).statuses ?? []
    const job = all.find(({ context }) => context === contractContext)
    if (job?.description.startsWith(beginning) === true) {
      return
    }
    if (Date.now() > until) {
      throw new Error(`the job never said "${beginning}", but "${job?.description ?? 'nothing'}"`)
    }
    await wait(500)
  }
}
