import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { z } from 'zod'
import { type RefName, toSha } from '../../src/core/ids.ts'
import type { ForgeUnderTest } from '../contract/forge/forge-under-test.ts'

const run = promisify(execFile)

export interface RealGithub {
  readonly apiUrl: string
  readonly token: string
  readonly repository: { readonly owner: string; readonly name: string }
}

/** Of a GitHub that may be used for tests, by the environment; null where none is named. */
export function realGithub(): RealGithub | null {
  const [apiUrl, token, fullName] = ['URL', 'TOKEN', 'REPOSITORY'].map(
    (name) => process.env[`PATCHFERRY_GITHUB_${name}`],
  )
  const [owner, name] = fullName?.split('/') ?? []
  return apiUrl && token && owner && name ? { apiUrl, token, repository: { owner, name } } : null
}

/** GitHub wants a second between writes. */
export async function unhurried(url: string, init: RequestInit): Promise<Response> {
  if ((init.method ?? 'GET') !== 'GET') {
    await wait(1000)
  }
  return fetch(url, init)
}

const pulls = z.array(z.object({ number: z.number() }))
const nobodyElse = 'this server has no other accounts, and no CI that does as it is told'

/** The hands on a real GitHub: what one account can do by git and by the API. */
export async function openRealGithub({
  apiUrl,
  token,
  repository: { owner, name },
}: RealGithub): Promise<Omit<ForgeUnderTest, 'forge'>> {
  const folder = await mkdtemp(path.join(tmpdir(), 'patchferry-real-'))
  const web = apiUrl.replace(/\/api\/v3\/?$/, '').replace('://api.github.com', '://github.com')
  const remote = `${web}/${owner}/${name}.git`
  const basic = Buffer.from(`x-access-token:${token}`).toString('base64')
  let moves = 0

  async function git(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('git', ['-C', folder, ...args], {
      env: {
        PATH: process.env['PATH'],
        GIT_CONFIG_NOSYSTEM: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_TERMINAL_PROMPT: '0',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'http.extraHeader',
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
        GIT_AUTHOR_NAME: 'Contract',
        GIT_AUTHOR_EMAIL: 'contract@example.org',
        GIT_COMMITTER_NAME: 'Contract',
        GIT_COMMITTER_EMAIL: 'contract@example.org',
      },
    })
    return stdout.trim()
  }

  async function ask(method: string, below: string, body?: unknown): Promise<unknown> {
    const answer = await unhurried(`${apiUrl}/repos/${owner}/${name}${below}`, {
      method,
      headers: { authorization: `token ${token}`, accept: 'application/vnd.github+json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) {
      throw new Error(`${method} ${below}: ${answer.status} ${await answer.text()}`)
    }
    return answer.json()
  }

  async function commit(tenth: string): Promise<void> {
    const lines = Array.from({ length: 20 }, (_, at) => (at === 9 ? tenth : `line ${at + 1}`))
    await writeFile(path.join(folder, 'file.txt'), `${lines.join('\n')}\n`)
    await git('add', 'file.txt')
    await git('commit', '-q', '--allow-empty', '-m', tenth)
  }

  await git('init', '-q', '-b', 'main')
  await commit('line 10')
  for (const { number } of pulls.parse(await ask('GET', '/pulls?per_page=100'))) {
    await ask('PATCH', `/pulls/${number}`, { state: 'closed' })
  }
  const refs = (await git('ls-remote', remote, 'refs/heads/series/*', 'refs/heads/stable'))
    .split('\n')
    .flatMap((line) => line.split('\t').slice(1))
  const deletions = refs.map((ref) => `:${ref}`)
  await git('push', '-q', '--force', remote, 'main:refs/heads/main', ...deletions)

  async function refuse(): Promise<never> {
    throw new Error(nobodyElse)
  }

  return {
    async moveBranch(ref: RefName) {
      moves += 1
      await git('checkout', '-q', '--detach', 'main')
      // Another one than in the case before, or GitHub would take a branch for merged.
      await commit(`line 10, moved ${moves} at ${Date.now()}`)
      await git('push', '-q', '--force', remote, `HEAD:${ref}`)
      return toSha(await git('rev-parse', 'HEAD'))
    },
    async report({ sha, context, state, summary, targetUrl }) {
      await ask('POST', `/statuses/${sha}`, {
        state: /^(?:success|failure|error)$/.test(state) ? state : 'pending',
        context,
        description: summary,
        ...(targetUrl === null ? {} : { target_url: targetUrl }),
      })
    },
    runJob: refuse,
    comment: refuse,
    review: refuse,
    label: refuse,
    allow: refuse,
    closeAsPerson: refuse,
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
