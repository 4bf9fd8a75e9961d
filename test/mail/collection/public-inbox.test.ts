import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { readMailCollection } from '../../../src/mail/collection/read-collection.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { testGitEnvironment } from '../../support/test-repo.ts'

/** One commit: path -> content, or null to remove it. */
type Commit = Readonly<Record<string, string | null>>

function mail(number: number): string {
  return `From: Ann <ann@example.org>\nSubject: mail ${number}\n\nText ${number}.\n`
}

function makeRepository(gitDir: string, commits: readonly Commit[], branch = 'master'): void {
  mkdirSync(path.dirname(gitDir), { recursive: true })
  const env = testGitEnvironment()
  execFileSync('git', ['init', '-q', '--bare', '-b', branch, gitDir], { env })
  const stream = commits.map((files, index) => {
    const changes = Object.entries(files).map(([name, content]) =>
      content === null
        ? `D ${name}\n`
        : `M 100644 inline ${name}\ndata ${Buffer.byteLength(content)}\n${content}\n`,
    )
    return `commit refs/heads/${branch}\ncommitter a <a@example.org> ${1000 + index} +0000\ndata 1\nx\n${changes.join('')}`
  })
  const args = [`--git-dir=${gitDir}`, 'fast-import', '--quiet']
  execFileSync('git', args, { env, input: stream.join('\n') })
}

async function read(root: string, name: string): Promise<readonly string[]> {
  const found: string[] = []
  const signal = new AbortController().signal
  for await (const item of readMailCollection([path.join(root, name)], noStdin(), signal)) {
    expect(item.location).toMatch(/\.git:[0-9a-f]{40}$/)
    found.push(
      item.outcome === 'mail'
        ? (/mail (\d+)/.exec(Buffer.from(item.raw).toString())?.[1] ?? '?')
        : item.reason.code,
    )
  }
  return found
}

/** Where layout v1 keeps a mail. */
function fileOf(prefix: string): string {
  return `${prefix}/${'b'.repeat(38)}`
}

async function* noStdin(): AsyncGenerator<Uint8Array> {}

describe('readMailCollection of a public-inbox', () => {
  it('reads the epochs of a v2 inbox in order of arrival', async () => {
    const root = temporaryFolder()
    makeRepository(path.join(root, 'i/git/0.git'), [{ m: mail(1) }, { m: mail(2) }])
    makeRepository(path.join(root, 'i/git/1.git'), [{ m: mail(3) }])
    makeRepository(path.join(root, 'i/git/10.git'), [{ m: mail(5) }])
    makeRepository(path.join(root, 'i/git/2.git'), [{ m: mail(4) }])
    expect(await read(root, 'i')).toEqual(['1', '2', '3', '4', '5'])
    expect(await read(root, 'i/git')).toEqual(['1', '2', '3', '4', '5'])
    expect(await read(root, '.')).toEqual(['1', '2', '3', '4', '5'])
  })

  it('reads a single epoch', async () => {
    const root = temporaryFolder()
    makeRepository(path.join(root, '1.git'), [{ m: mail(3) }, { m: mail(4) }], 'main')
    expect(await read(root, '1.git')).toEqual(['3', '4'])
  })

  it('leaves out what was deleted later, in whatever epoch, unless it came again', async () => {
    const root = temporaryFolder()
    makeRepository(path.join(root, 'i/git/0.git'), [
      { m: mail(1) },
      { m: mail(2) },
      { m: mail(3) },
      { d: mail(2), m: null },
      { m: mail(2), d: null },
    ])
    makeRepository(path.join(root, 'i/git/1.git'), [{ m: mail(4) }, { d: mail(1), m: null }])
    expect(await read(root, 'i')).toEqual(['3', '2', '4'])
  })

  it('reads a v1 inbox, without deleted mails, and edited ones as they are now', async () => {
    const root = temporaryFolder()
    makeRepository(path.join(root, 'v1.git'), [
      { [fileOf('00')]: mail(1) },
      { [fileOf('01')]: mail(2) },
      { [fileOf('02')]: mail(3) },
      { [fileOf('01')]: null },
      { [fileOf('00')]: mail(4) },
    ])
    expect(await read(root, 'v1.git')).toEqual(['3', '4'])
  })

  it('reads mails larger than a pipe holds, and more than are asked for at once', async () => {
    const root = temporaryFolder()
    const commits = Array.from({ length: 150 }, (_, index) => ({
      m: mail(index) + 'x'.repeat(index % 50 === 0 ? 300_000 : index),
    }))
    makeRepository(path.join(root, 'i/git/0.git'), commits)
    expect(await read(root, 'i')).toEqual(commits.map((_, index) => `${index}`))
  })

  it('refuses a named git repository that is no inbox', async () => {
    const root = temporaryFolder()
    makeRepository(path.join(root, 'code.git'), [{ 'README.md': 'Hi\n' }])
    await expect(read(root, 'code.git')).rejects.toMatchObject({ code: 'MAIL_PATH_NO_MAIL' })
  })

  it('reads nothing of an empty epoch', async () => {
    const root = temporaryFolder()
    makeRepository(path.join(root, 'i/git/0.git'), [])
    expect(await read(root, 'i')).toEqual([])
  })
})
