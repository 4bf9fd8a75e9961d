import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { openFakeGitea } from '../support/fake-gitea/fake-gitea.ts'
import { openWorkFolder } from '../support/real-forgejo/work-folder.ts'
import { contractWorkflow } from '../support/real-forgejo/workflow.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testGitEnvironment } from '../support/test-repo.ts'

interface Workflow {
  readonly on: { readonly push: { readonly branches: readonly string[] } }
  readonly jobs: {
    readonly build: {
      readonly 'runs-on': string
      readonly steps: readonly { readonly name: string; readonly run: string }[]
    }
  }
}

const run = promisify(execFile)

describe('the workflow of the contract suite on a real server', () => {
  const workflow = parse(contractWorkflow('host')) as Workflow
  const { steps } = workflow.jobs.build

  it('runs on the label that it is given, for its own branches alone', () => {
    expect(workflow.jobs.build['runs-on']).toBe('host')
    expect(workflow.on.push.branches).toEqual(['run/**'])
    expect(steps.map(({ name }) => name)).toEqual(['Set up job', 'Compile', 'Test'])
  })

  it.each([
    ['success', 0],
    ['failure', 1],
  ])('prints what it is given, and ends by %s as its branch says', async (outcome, code) => {
    const fake = await openFakeGitea('Forgejo 16')
    const token = fake.world.accounts.token(fake.world.accounts.add('tester').login)
    await fake.addRepository('tester/project')
    const folder = await openWorkFolder(`${fake.url}/tester/project.git`, token)
    const place = temporaryFolder()
    await folder.begin({ 'file.txt': 'line\n' })
    const data = await folder.commit({ 'log.txt': 'what \u00fc is this\n' }, 'Log')
    await folder.push(['main:refs/heads/main', `${data}:refs/heads/data/7-ab`])
    const script = steps.find(({ name }) => name === 'Compile')?.run ?? ''
    const result = await run('bash', ['-e', '-c', script], {
      cwd: place,
      env: {
        ...testGitEnvironment(),
        TOKEN: token,
        GITHUB_REF_NAME: `run/${outcome}/7-ab`,
        GITHUB_SERVER_URL: fake.url,
        GITHUB_REPOSITORY: 'tester/project',
      },
    }).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { readonly code: number; readonly stdout: string }) => error,
    )
    await Promise.all([folder.close(), fake.close()])

    expect(result).toMatchObject({ code, stdout: 'what \u00fc is this\n' })
  })
})
