import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { type Sha, toSha } from '../../../src/core/ids.ts'
import { testGitEnvironment } from '../test-repo.ts'

const run = promisify(execFile)

/** A clone of a repository on a real server, in a temporary folder. */
export interface WorkFolder {
  /** Commits `main` with other content of files, on no branch. */
  commit(files: Readonly<Record<string, string>>, message: string): Promise<Sha>
  /** `begin`: as the first commit, on main. */
  begin(files: Readonly<Record<string, string>>): Promise<void>
  push(refspecs: readonly string[], options?: readonly string[]): Promise<void>
  /** Names of remote refs. */
  remoteRefs(pattern: string): Promise<readonly string[]>
  close(): Promise<void>
}

export async function openWorkFolder(remote: string, token: string): Promise<WorkFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'patchferry-real-'))
  const basic = Buffer.from(`patchferry:${token}`).toString('base64')

  async function git(...args: readonly string[]): Promise<string> {
    const { stdout } = await run('git', ['-C', folder, ...args], {
      env: {
        ...testGitEnvironment(),
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'http.extraHeader',
        GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
      },
    })
    return stdout.trim()
  }

  async function write(files: Readonly<Record<string, string>>, message: string): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
      await writeFile(path.join(folder, name), content)
      await git('add', name)
    }
    await git('commit', '-q', '--allow-empty', '-m', message)
  }

  await git('init', '-q', '-b', 'main')
  return {
    begin: (files) => write(files, 'Begin'),
    async commit(files, message) {
      await git('checkout', '-q', '--detach', 'main')
      await write(files, message)
      return toSha(await git('rev-parse', 'HEAD'))
    },
    async push(refspecs, options = []) {
      const given = options.flatMap((option) => ['-o', option])
      await git('push', '-q', '--force', ...given, remote, ...refspecs)
    },
    async remoteRefs(pattern) {
      const lines = (await git('ls-remote', remote, pattern)).split('\n')
      return lines.flatMap((line) => line.split('\t').slice(1))
    },
    close: () => rm(folder, { recursive: true, force: true }),
  }
}
