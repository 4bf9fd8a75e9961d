import { chown } from 'node:fs/promises'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it } from 'vitest'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import { createRepository } from '../../../src/git/engine/repository.ts'
import { runGitAsync } from '../../support/run-git-async.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const { signal } = new AbortController()
const packed = ['heads/main', 'heads/main-2', 'heads/ma/x', 'mail/a%2fb@example.org', 'tags/v1']
const loose = ['heads/mainly', 'series/0a/v1-1', 'series/0b/v1-1']
const asked: readonly (readonly string[])[] = [
  ['refs/heads/main'],
  ['refs/heads/ma'],
  ['refs/heads/', 'refs/series/0a'],
  ['refs/mail/a%2fb@example.org', 'refs/mail/none@example.org'],
  ['refs/'],
  ['refs/series/0a/v', 'refs/tags/v1'],
  ['refs/nothing/'],
]

it('lists the refs of a repository on this machine as git ls-remote does', async () => {
  const folder = temporaryFolder()
  const [ours, mirror] = [path.join(folder, 'ours.git'), path.join(folder, 'mirror.git')]
  await createRepository(ours)
  await createRepository(mirror)
  const tree = await runGitAsync(mirror, ['mktree'])
  const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']
  const commit = await runGitAsync(mirror, [...who, 'commit-tree', '-m', 'begin', tree])
  for (const name of packed) {
    await runGitAsync(mirror, ['update-ref', `refs/${name}`, commit])
  }
  await runGitAsync(mirror, [...who, 'tag', '-a', '-m', 'two', 'v2', commit])
  await runGitAsync(mirror, ['pack-refs', '--all'])
  for (const name of loose) {
    await runGitAsync(mirror, ['update-ref', `refs/${name}`, commit])
  }
  const engine = await openGitEngine(ours, { tempDirectory: path.join(folder, 'tmp') })
  try {
    let found = 0
    for (const prefixes of asked) {
      const here = await engine.remoteRefs({ url: mirror, authorization: null }, prefixes, signal)
      const url = pathToFileURL(mirror).href
      const byGit = await engine.remoteRefs({ url, authorization: null }, prefixes, signal)
      expect({ prefixes, refs: here }).toEqual({ prefixes, refs: byGit })
      found += here.size
    }
    expect(found).toBeGreaterThan(15)
  } finally {
    await engine.close()
  }
})

// Only root can give a repository to somebody else.
it.runIf(process.getuid?.() === 0)(
  'says of a repository of another user on this machine what git says when it fetches',
  async () => {
    const folder = temporaryFolder()
    const [ours, theirs] = [path.join(folder, 'ours.git'), path.join(folder, 'theirs.git')]
    await createRepository(ours)
    await createRepository(theirs)
    await chown(theirs, 12_345, 12_345)
    const engine = await openGitEngine(ours, { tempDirectory: path.join(folder, 'tmp') })
    try {
      const asking = engine.remoteRefs({ url: theirs, authorization: null }, ['refs/'], signal)
      await expect(asking).rejects.toMatchObject({
        code: 'GIT_REMOTE_DENIED',
        message: expect.stringContaining('belongs to another user'),
        remedy: expect.stringContaining('chown'),
      })
    } finally {
      await engine.close()
    }
  },
)
