import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RefName } from '../../../src/core/ids.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import type { GitEngine, Remote } from '../../../src/git/git-engine.ts'
import { type GitHttp, serveGit } from '../../support/git-http.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const secret = 'Basic eC1hY2Nlc3MtdG9rZW46c2VjcmV0'
const branch = 'refs/heads/x' as RefName

describe('a remote over HTTP', () => {
  let repo: TestRepo
  let served: TestRepo
  let server: GitHttp
  let engine: GitEngine
  let remote: Remote
  beforeEach(async () => {
    repo = makeTestRepo()
    served = makeTestRepo()
    served.git('config', 'http.receivepack', 'true')
    served.commit({ files: { a: 'a\n' } })
    server = await serveGit(served.gitDir, secret)
    engine = await openGitEngine(repo.gitDir)
    remote = { url: server.url, authorization: secret }
  })
  afterEach(async () => {
    await engine.close()
    await server.close()
    served.remove()
    repo.remove()
  })

  it('is read and written with the header it wants, which stays out of the repository', async () => {
    const main = 'refs/heads/main' as RefName
    const target = repo.commit()
    const push = [{ ref: branch, target, expected: null }]

    expect(await engine.remoteRefs(remote, ['refs/'], signal)).toEqual(
      new Map([[main, served.sha('HEAD')]]),
    )
    await engine.fetch(remote, [{ from: main, to: 'refs/upstream/main' as RefName }], signal)
    expect(await engine.push(remote, push, signal)).toEqual({ outcome: 'pushed' })
    expect(served.sha('x')).toBe(target)
    expect(new Set(server.authorizations)).toEqual(new Set([secret]))
    expect(repo.git('config', '--list')).not.toContain('secret')
  })

  it.each([
    ['no header', null],
    ['a wrong header', 'Basic bm86bm8='],
  ])('keeps us out with %s', async (_, authorization) => {
    const stranger = { ...remote, authorization }
    const push = [{ ref: branch, target: repo.commit(), expected: null }]

    await expect(engine.remoteRefs(stranger, ['refs/'], signal)).rejects.toMatchObject({
      code: 'GIT_REMOTE_DENIED',
      retry: 'after-human',
    })
    expect(await engine.push(stranger, push, signal)).toMatchObject({
      outcome: 'refused',
      reason: 'permission',
    })
  })

  it.each([404, 500, 502, 503])('that answers %i is unreachable for now', async (status) => {
    server.answerWith(status)
    const push = [{ ref: branch, target: repo.commit(), expected: null }]

    const fault = { code: 'GIT_REMOTE_UNREACHABLE', retry: 'later' }
    await expect(engine.remoteRefs(remote, ['refs/'], signal)).rejects.toMatchObject(fault)
    await expect(engine.push(remote, push, signal)).rejects.toMatchObject(fault)
  })

  it('is not followed elsewhere with the header', async () => {
    const other = await serveGit(served.gitDir, null)
    try {
      const path = '/repo.git/info/refs?service=git-upload-pack'
      server.answerWith(302, { Location: other.url.replace('/repo.git', path) })

      await expect(engine.remoteRefs(remote, ['refs/'], signal)).rejects.toMatchObject({
        code: 'GIT_REMOTE_UNREACHABLE',
      })
      expect(server.authorizations).toEqual([secret])
      expect(other.authorizations).toEqual([])
      const open = { ...remote, authorization: null }
      expect((await engine.remoteRefs(open, ['refs/'], signal)).size).toBe(1)
    } finally {
      await other.close()
    }
  })
})
