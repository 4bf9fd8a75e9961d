import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { RefName, Sha } from '../../../src/core/ids.ts'
import { quietReceiver } from '../../../src/git/engine/local-remote.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import { makeTestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const mail = 'refs/mail/m@example.org' as RefName
const other = 'refs/mail/other@example.org' as RefName

it('pushes to a repository on this machine move, refuse and delete refs that others do not hear of', async () => {
  const repo = makeTestRepo()
  onTestFinished(() => repo.remove())
  const mirror = makeTestRepo()
  onTestFinished(() => mirror.remove())
  const first = repo.commit({ files: { 'a.txt': 'one\n' } })
  const second = repo.commit({ files: { 'a.txt': 'two\n' } })
  const engine = await openGitEngine(repo.gitDir)
  onTestFinished(() => engine.close())
  const remote = { url: mirror.gitDir, authorization: null }
  async function push(ref: RefName, target: Sha | null, expected: Sha | null): Promise<unknown> {
    return engine.push(remote, [{ ref, target, expected }], signal)
  }
  expect(await push(other, first, null)).toEqual({ outcome: 'pushed' })
  expect(await push(mail, first, null)).toEqual({ outcome: 'pushed' })
  expect(await push(mail, second, null)).toEqual({
    outcome: 'stale',
    refs: [{ ref: mail, actual: first }],
  })
  expect(await push(mail, second, first)).toEqual({ outcome: 'pushed' })
  expect(await push(mail, null, second)).toEqual({ outcome: 'pushed' })
  expect([...(await engine.remoteRefs(remote, ['refs/'], signal))]).toEqual([[other, first]])
})

it('the other side speaks of the refs that are pushed and of the branches of people', () => {
  const repo = makeTestRepo()
  onTestFinished(() => repo.remove())
  const head = repo.commit({ files: { 'a.txt': 'one\n' } })
  const own = "refs/heads/series/it's-mine" as RefName
  for (const ref of ['refs/heads/people', own, mail, other, 'refs/heads/series/other']) {
    repo.git('update-ref', ref, head)
  }
  const command = quietReceiver([own, mail]) ?? ''
  const script = path.join(path.dirname(repo.gitDir), 'advertise.sh')
  writeFileSync(script, `${command} --advertise-refs "$1"\n`)
  const said = execFileSync('sh', [script, repo.gitDir], { encoding: 'latin1' })
  const refs = [...said.matchAll(/ (refs\/[^\0\n]*)/g)].map(([, ref]) => ref)
  expect(new Set(refs)).toEqual(new Set(['refs/heads/main', 'refs/heads/people', own, mail]))
})

it('of too many refs no command is made', () => {
  const refs = Array.from({ length: 2_000 }, (_, n) => `refs/mail/${n}@example.org` as RefName)
  expect(quietReceiver(refs)).toBeNull()
})
