import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Sha } from '../../src/core/ids.ts'
import type { RunningJob } from '../contract/forge/forge-under-test.ts'
import { openFakeGitea } from '../support/fake-gitea/fake-gitea.ts'
import type { VersionName } from '../support/fake-gitea/versions.ts'
import { openFakeGithub } from '../support/fake-github/open-fake-github.ts'
import { type Ended, runHere, runPatchferry } from '../support/run-patchferry.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** `all`: on every server, by its own CI too, as a process of its own and twice. */
const isLong = process.env['PATCHFERRY_DEMO'] === 'all'
const tokenVariable = 'PATCHFERRY_FORGE_TOKEN'

/** A server with an empty repository, and a runner that does what the tests of the demo's project would say. */
interface Site {
  /** Of the repository. */
  readonly url: string
  readonly token: string
  refs(): ReadonlyMap<string, string>
  /** Somebody pushes a commit of theirs. */
  pushAs(branch: string, subject: string): Promise<void>
  pulls(): Promise<readonly { readonly state: string; readonly base: { readonly ref: string } }[]>
  close(): Promise<void>
}

const sites: Site[] = []
afterEach(async () => {
  vi.unstubAllEnvs()
  for (const site of sites.splice(0)) {
    await site.close()
  }
})

type Git = (args: readonly string[], input?: string) => Promise<string>

async function jobFor(git: Git, sha: Sha): Promise<RunningJob> {
  const outcome = (await git(['show', `${sha}:hello`])).includes('$2!!') ? 'failure' : 'success'
  return { name: 'test', outcome, steps: [{ name: 'Test', outcome }], log: 'not ok - tests\n' }
}

function commitBy(branch: string, subject: string): string {
  return `commit refs/heads/${branch}
committer Somebody <somebody@example.org> 1700000000 +0000
data ${subject.length}
${subject}
M 100644 inline notes
data 5
notes
`
}

async function answerOf(url: string, token: string): Promise<ReturnType<Site['pulls']>> {
  const response = await fetch(url, { headers: { Authorization: `token ${token}` } })
  return (await response.json()) as Awaited<ReturnType<Site['pulls']>>
}

async function openGithub(): Promise<Site> {
  const fake = await openFakeGithub({ isEmpty: true })
  const name = `${fake.mirror.owner}/${fake.mirror.name}`
  async function git(...[args, input]: Parameters<Git>): Promise<string> {
    return fake.git.git(name, args, input)
  }
  fake.onHead(async (sha) => {
    await fake.runJob(sha, await jobFor(git, sha))
  })
  const site: Site = {
    url: `${fake.url}/${name}`,
    token: fake.token,
    refs: () => fake.git.refs(name),
    async pushAs(branch, subject) {
      await fake.git.change(name, 'acme', async (run) => {
        await run(['fast-import', '--quiet', '--force'], commitBy(branch, subject))
      })
    },
    pulls: async () =>
      answerOf(`${fake.apiUrl}/repos/${name}/pulls?state=all&per_page=100`, fake.token),
    close: () => fake.close(),
  }
  sites.push(site)
  return site
}

async function openGitea(version: VersionName): Promise<Site> {
  const fake = await openFakeGitea(version)
  const name = 'me/try'
  fake.world.accounts.add('me')
  await fake.addRepository(name)
  async function git(...[args, input]: Parameters<Git>): Promise<string> {
    return fake.world.git.git(name, args, input)
  }
  fake.onHead((sha) => jobFor(git, sha))
  const token = fake.world.accounts.token('me')
  const site: Site = {
    url: `${fake.url}/${name}`,
    token,
    refs: () => fake.world.git.refs(name),
    async pushAs(branch, subject) {
      await fake.world.git.change(name, 'me', async (run) => {
        await run(['fast-import', '--quiet', '--force'], commitBy(branch, subject))
      })
    },
    pulls: async () => answerOf(`${fake.url}/api/v1/repos/${name}/pulls?state=all&limit=50`, token),
    close: () => fake.close(),
  }
  sites.push(site)
  return site
}

async function demo(
  { url, token }: Pick<Site, 'url' | 'token'>,
  ...more: readonly string[]
): Promise<Ended> {
  const run = isLong ? runPatchferry : runHere
  const env = { [tokenVariable]: token, TMPDIR: tmpdir() }
  return run(['demo', '--once', '--forge', url, ...more], { env })
}

const everySite = [
  { name: 'Forgejo 16', open: () => openGitea('Forgejo 16') },
  { name: 'GitHub', open: openGithub },
  { name: 'Forgejo 11', open: () => openGitea('Forgejo 11') },
  { name: 'Gitea 1.25', open: () => openGitea('Gitea 1.25') },
]

describe('demo --forge', () => {
  it.each(isLong ? everySite : everySite.slice(0, 1))(
    'does the main job in an empty repository on $name, and again beside what it left',
    async ({ open }) => {
      const site = await open()
      for (let run = 1; run <= (isLong ? 2 : 1); run += 1) {
        const { exitCode, stdout, stderr } = await demo(site)
        expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
        expect(stdout).toContain('Every outcome is as expected.')
        expect(stdout).toMatch(/The tests run on this machine/)
        expect(stdout).toMatch(
          /Re: \[PATCH v2\] hello: sound more cheerful\n +This patch \(v2\) passes/,
        )
        expect(stdout).toMatch(/--delete series\/\S+ .*patchferry-demo\n/)
        const pulls = await site.pulls()
        expect(pulls.map(({ state, base }) => `${state} ${base.ref}`)).toEqual(
          Array.from({ length: 4 * run }, () => 'open patchferry-demo'),
        )
      }
    },
    300_000,
  )

  it.runIf(isLong).each(everySite)(
    'lets the CI of $name test, and reports what it says',
    async ({ open }) => {
      const site = await open()
      const { exitCode, stdout, stderr } = await demo(site, '--ci', 'docker')
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout).toMatch(/on a runner with the label docker/)
      expect(stdout).toMatch(/This patch fails its test: (?:ci \/ )?test/)
    },
    300_000,
  )

  it('says what is wrong with a token, a repository, or a server, and leaves nothing behind', async () => {
    const temporary = temporaryFolder()
    vi.stubEnv('TMPDIR', temporary)
    const [github, forgejo] = [await openGithub(), await openGitea('Forgejo 16')]
    const wrong = [
      [{ ...github, token: 'ghp_nobodys' }, 2, /CLI_DEMO_FORGE_UNFIT.*Bad credentials/s],
      [{ ...forgejo, token: 'gt_nobodys' }, 2, /CLI_DEMO_FORGE_UNFIT.*account/s],
      [{ ...github, token: '' }, 2, /CLI_DEMO_TOKEN_MISSING/],
      [{ ...github, url: `${github.url}-gone` }, 2, /CLI_DEMO_FORGE_UNFIT.*repository/s],
      [{ ...forgejo, url: `${forgejo.url}-gone` }, 2, /CLI_DEMO_FORGE_UNFIT.*repository/s],
      [{ ...forgejo, url: 'http://127.0.0.1:1/me/try' }, 75, /FORGE_UNREACHABLE/],
    ] as const
    for (const [site, exitCode, says] of wrong) {
      const ended = await demo(site)
      expect(ended).toMatchObject({ exitCode, stdout: '' })
      expect(ended.stderr).toMatch(says)
    }
    expect([...github.refs(), ...forgejo.refs()]).toEqual([])
    const left = readdirSync(temporary).filter((name) => name.startsWith('patchferry-demo-'))
    expect(left).toEqual([])
  }, 300_000)

  it('takes no repository that is somebody’s, unless told, and then changes nothing of it', async () => {
    const site = await openGitea('Forgejo 16')
    await site.pushAs('main', 'Real work')
    const before = site.refs()
    const refused = await demo(site)
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' })
    expect(refused.stderr).toMatch(/CLI_DEMO_REPOSITORY_IN_USE.*main.*--not-empty/s)
    expect(site.refs()).toEqual(before)

    await site.pushAs('patchferry-demo', 'Real work too')
    const own = site.refs().get('refs/heads/patchferry-demo')
    const again = await demo(site, '--not-empty')
    expect(again).toMatchObject({ exitCode: 2, stdout: '' })
    expect(again.stderr).toMatch(/patchferry-demo of .* holds commits that no demo made/)
    expect(site.refs().get('refs/heads/patchferry-demo')).toBe(own)
  }, 300_000)

  it('never takes a folder that is in use', async () => {
    const directory = temporaryFolder()
    const first = await runHere(['demo', '--once', '--directory', `${directory}/..`])
    expect(first).toMatchObject({ exitCode: 2, stdout: '' })
    expect(first.stderr).toContain('CLI_DEMO_FOLDER_IN_USE')
  })
})
