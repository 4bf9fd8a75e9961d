import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { RefName } from '../../../src/core/ids.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import { createRepository } from '../../../src/git/engine/repository.ts'
import type { GitEngine, Remote } from '../../../src/git/git-engine.ts'
import { type GitHttp, serveGit } from '../../support/git-http.ts'
import { memoryLog } from '../../support/memory-log.ts'
import { processesWith } from '../../support/processes.ts'
import { type RecordingGit, recordingGit } from '../../support/recording-git.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const token = 'ghp_0123456789abcdefghijklmnopqrstuvwxyz'
const header = `Basic ${Buffer.from(`x-access-token:${token}`).toString('base64')}`
/** Each form in which it could get out. */
const secrets = [token, header.slice('Basic '.length)]
const main = 'refs/heads/main' as RefName

function leaks(text: string): readonly string[] {
  return secrets.filter((secret) => text.includes(secret))
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => path.join(folder, name))
    .filter((file) => statSync(file).isFile())
}

describe('a token for a remote', () => {
  let folder: string
  let recorder: RecordingGit
  let served: TestRepo
  let server: GitHttp
  let engine: GitEngine
  let remote: Remote
  /** Command lines of this machine with the token, or with the name of the helper that has it, while the server was asked. */
  let seen: { readonly token: readonly number[]; readonly helper: readonly number[] }[]
  beforeEach(async () => {
    seen = []
    folder = mkdtempSync(path.join(tmpdir(), 'patchferry-credentials-'))
    served = makeTestRepo()
    served.git('config', 'http.receivepack', 'true')
    served.commit({ files: { a: 'a\n' } })
    server = await serveGit(served.gitDir, header, {
      onRequest: () =>
        seen.push({
          token: secrets.flatMap(processesWith),
          helper: processesWith(`remote-http\0${server.url}`),
        }),
    })
    recorder = recordingGit()
    vi.stubEnv('PATH', recorder.path)
    const repository = path.join(folder, 'r.git')
    await createRepository(repository)
    engine = await openGitEngine(repository, { tempDirectory: path.join(folder, 'temp') })
    remote = { url: server.url, authorization: header }
  })
  afterEach(async () => {
    await engine.close()
    vi.unstubAllEnvs()
    await server.close()
    recorder.remove()
    served.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('is in no command line, no file and no trace of git', async () => {
    await engine.fetch(remote, [{ from: main, to: main }], signal)
    const target = await engine.resolve(main)
    const names = ['refs/heads/x', 'refs/mail/1@example.org'] as RefName[]
    const updates = names.map((ref) => ({ ref, target, expected: null }))

    expect(await engine.push(remote, updates, signal)).toEqual({ outcome: 'pushed' })
    expect((await engine.remoteRefs(remote, ['refs/'], signal)).size).toBe(3)

    expect(new Set(server.authorizations)).toEqual(new Set([header]))
    expect(seen.flatMap((one) => one.token)).toEqual([])
    const commands = recorder.commands().map((argv) => argv.join(' '))
    expect(commands.filter((line) => leaks(line).length > 0)).toEqual([])
    const files = filesBelow(folder).filter(
      (file) => leaks(readFileSync(file, 'latin1')).length > 0,
    )
    expect(files).toEqual([])
    // What looks for the token sees the processes that have it.
    expect(seen.some((one) => one.helper.length > 0)).toBe(true)
    for (const command of ['fetch', 'push', 'remote-http']) {
      expect(commands.some((line) => line.split(' ')[1] === command)).toBe(true)
    }
  })

  it.each([401, 403, 404, 500])('is in no log of a fault, status %i', async (status) => {
    server.answerWith(status)
    const log = memoryLog()
    const update = { ref: main, target: served.sha('HEAD'), expected: null }
    const calls = [
      async () => engine.fetch(remote, [{ from: main, to: main }], signal),
      async () => engine.remoteRefs(remote, ['refs/'], signal),
      async () => engine.push(remote, [update], signal),
    ]
    for (const call of calls) {
      const result = await call().catch((error: unknown) => error)
      log.logger.error({ error: result }, 'a remote failed')
    }

    expect(log.lines).toHaveLength(calls.length)
    expect(log.text()).toContain(server.url)
    expect(leaks(log.text())).toEqual([])
  })
})
