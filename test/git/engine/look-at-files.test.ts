import { expect, it, onTestFinished } from 'vitest'
import type { RefName } from '../../../src/core/ids.ts'
import { lookAtFiles } from '../../../src/git/engine/look-at-files.ts'
import { serveGit } from '../../support/git-http.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const main = 'refs/heads/main' as RefName
const password = 'Basic cGF0Y2hmZXJyeTpzZWNyZXQ='

function repository(): TestRepo {
  const repo = makeTestRepo()
  onTestFinished(() => repo.remove())
  repo.commit({ files: { 'big.bin': 'x'.repeat(50_000), '.github/workflows/old.yml': 'on: push' } })
  repo.commit({
    files: {
      '.github/workflows/old.yml': null,
      '.github/workflows/ci.yml': 'on: pull_request',
      '.github/workflows/ü.yml': 'on: push',
    },
  })
  repo.git('branch', '-M', 'main')
  return repo
}

it('reads the files below the roots on the tip of a branch, of a folder', async () => {
  const files = await lookAtFiles(
    { url: repository().gitDir, authorization: null },
    main,
    ['.github/workflows', '.gitea/workflows'],
    signal,
  )
  expect(files).toEqual(
    new Map([
      ['.github/workflows/ci.yml', 'on: pull_request'],
      ['.github/workflows/ü.yml', 'on: push'],
    ]),
  )
})

it('reads them over HTTP with credentials, without what it does not ask for', async () => {
  const repo = repository()
  repo.git('config', 'uploadpack.allowFilter', 'true')
  const served = await serveGit(repo.gitDir, password)
  onTestFinished(() => served.close())
  const remote = { url: served.url, authorization: password }
  const files = await lookAtFiles(remote, main, ['.github/workflows'], signal)
  expect([...files.keys()]).toEqual(['.github/workflows/ci.yml', '.github/workflows/ü.yml'])
  expect(served.authorizations).toContain(password)

  const empty = await lookAtFiles(remote, main, ['.gitea/workflows'], signal)
  expect(empty.size).toBe(0)
})

it('says that there is no such branch, and no such repository', async () => {
  const { gitDir } = repository()
  const next = 'refs/heads/next' as RefName
  await expect(
    lookAtFiles({ url: gitDir, authorization: null }, next, ['a'], signal),
  ).rejects.toThrow(expect.objectContaining({ code: 'GIT_REMOTE_REF_MISSING' }))
  await expect(
    lookAtFiles({ url: `${gitDir}-not`, authorization: null }, main, ['a'], signal),
  ).rejects.toThrow(expect.objectContaining({ code: 'GIT_REMOTE_UNREACHABLE' }))
})
