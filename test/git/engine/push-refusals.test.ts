import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RefName } from '../../../src/core/ids.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import type { GitEngine, RefUpdate, RefusalReason, Remote } from '../../../src/git/git-engine.ts'
import { type GitHttp, serveGit } from '../../support/git-http.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const refused = 'refs/heads/series/refused'

interface Refusal {
  /** What stands beside the ref that the forge refuses. */
  readonly beside: string
  readonly said: readonly string[]
  readonly reason: RefusalReason
}

/** As GitHub, GitLab and Forgejo word it. */
const refusals: Readonly<Record<string, Refusal>> = {
  'a file that is too large for GitHub': {
    beside: 'pre-receive hook declined',
    said: [
      'error: Trace: 0c1f2ab3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f',
      'error: See https://gh.io/lfs for more information.',
      "error: File data/all.bin is 123.00 MB; this exceeds GitHub's file size limit of 100.00 MB",
      'error: GH001: Large files detected. You may want to try Git Large File Storage - https://git-lfs.github.com.',
    ],
    reason: 'size',
  },
  'a file that is too large for GitLab': {
    beside: 'pre-receive hook declined',
    said: [
      'GitLab: You are attempting to check in one or more files which exceed the 100MiB limit:',
      '',
      '- 257cc5642cb1a054f08cc83f2d943e56fd3ebe99 (123 MiB)',
    ],
    reason: 'size',
  },
  'a protected branch of GitHub': {
    beside: 'protected branch hook declined',
    said: [
      `error: GH006: Protected branch update failed for ${refused}.`,
      'error: Changes must be made through a pull request. Required status check "Build" is expected.',
    ],
    reason: 'protected',
  },
  'a protected branch of Forgejo': {
    beside: 'pre-receive hook declined',
    said: ['', 'Forgejo: Not allowed to push to protected branch refused'],
    reason: 'protected',
  },
  'a rule of GitHub': {
    beside: 'push declined due to repository rule violations',
    said: [
      `error: GH013: Repository rule violations found for ${refused}.`,
      'Review all repository rules at https://github.com/o/r/rules?ref=refs%2Fheads%2Frefused',
      '',
      '- Changes must be made through a pull request.',
    ],
    reason: 'protected',
  },
  'a secret that GitHub found': {
    beside: 'push declined due to repository rule violations',
    said: [
      `error: GH013: Repository rule violations found for ${refused}.`,
      '',
      '- GITHUB PUSH PROTECTION',
      '    Resolve the following violations before pushing again',
    ],
    reason: 'protected',
  },
  'a workflow file and a token without the scope': {
    beside:
      'refusing to allow an OAuth App to create or update workflow `.github/workflows/ci.yml` without `workflow` scope',
    said: [],
    reason: 'workflow',
  },
  'a workflow file and an app without the permission': {
    beside:
      'refusing to allow a GitHub App to create or update workflow `.github/workflows/ci.yml` without `workflows` permission',
    said: [],
    reason: 'workflow',
  },
  'a project of GitLab that others may not push to': {
    beside: 'pre-receive hook declined',
    said: ['GitLab: You are not allowed to push code to this project.'],
    reason: 'permission',
  },
  'a hook of somebody': {
    beside: 'pre-receive hook declined',
    said: ['commits need a ticket number'],
    reason: 'hook',
  },
}

/** A proc-receive hook (githooks(5)): it may write what it likes beside each ref, as forges do. */
function hookThatRefuses({ beside, said }: Refusal): string {
  return `#!${process.execPath}
const packet = (text) => (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text
const refused = ${JSON.stringify(refused)}
process.stdout.write(packet('version=1\\0atomic') + '0000')
let input = ''
let flushes = 0
const refs = []
process.stdin.on('data', (chunk) => {
  input += chunk
  for (;;) {
    const size = Number.parseInt(input.slice(0, 4), 16)
    if (input.length < 4 || input.length < size) break
    if (size > 4 && flushes === 1) refs.push(input.slice(4, size).trim().split(' ')[2])
    flushes += size === 0 ? 1 : 0
    input = input.slice(Math.max(4, size))
  }
  if (flushes === 2) {
    process.stderr.write(${JSON.stringify(said.map((line) => `${line}\n`).join(''))})
    for (const ref of refs) {
      process.stdout.write(packet('ng ' + ref + ' ' + (ref === refused ? ${JSON.stringify(beside)} : 'atomic push failure')))
    }
    process.stdout.write('0000', () => process.exit(0))
  }
})
`
}

describe('a forge that refuses one ref of a push', () => {
  let repo: TestRepo
  let served: TestRepo
  let server: GitHttp
  let engine: GitEngine
  let remote: Remote
  beforeEach(async () => {
    repo = makeTestRepo()
    served = makeTestRepo()
    served.git('config', 'http.receivepack', 'true')
    server = await serveGit(served.gitDir, 'Basic Ym90OnNlY3JldA==')
    engine = await openGitEngine(repo.gitDir)
    remote = { url: server.url, authorization: 'Basic Ym90OnNlY3JldA==' }
  })
  afterEach(async () => {
    await engine.close()
    await server.close()
    served.remove()
    repo.remove()
  })

  it.each(Object.entries(refusals))('for %s, says so, and took none', async (_, refusal) => {
    served.git('config', 'receive.procReceiveRefs', 'refs/')
    const hook = path.join(served.gitDir, 'hooks/proc-receive')
    writeFileSync(hook, hookThatRefuses(refusal), { mode: 0o755 })
    const target = repo.commit()
    const names = ['refs/mail/GH001@example.org', refused, 'refs/series/1a2b3c4d5e6f/v1-1']
    const updates = names.map(
      (name): RefUpdate => ({ ref: name as RefName, target, expected: null }),
    )
    const result = await engine.push(remote, updates, signal)

    expect(result).toMatchObject({ outcome: 'refused', reason: refusal.reason })
    const output = result.outcome === 'refused' ? result.output : ''
    expect(output).toContain(refusal.beside)
    for (const line of refusal.said) {
      expect(output).toContain(line)
    }
    expect(served.git('for-each-ref')).toBe('')
  })

  it('by its update hook, is no busy forge', async () => {
    const script = `#!/bin/sh\n[ "$1" != ${refused} ] || { echo "not this one"; exit 1; }\n`
    writeFileSync(path.join(served.gitDir, 'hooks/update'), script, { mode: 0o755 })
    const target = repo.commit()
    const updates = ['refs/heads/fine', refused].map(
      (name): RefUpdate => ({ ref: name as RefName, target, expected: null }),
    )

    expect(await engine.push(remote, updates, signal)).toMatchObject({
      outcome: 'refused',
      reason: 'hook',
    })
    expect(served.git('for-each-ref')).toBe('')
  })
})
