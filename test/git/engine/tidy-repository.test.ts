import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import { createRepository } from '../../../src/git/engine/repository.ts'
import type { GitEngine } from '../../../src/git/git-engine.ts'
import { runGitAsync } from '../../support/run-git-async.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const hourMs = 3_600_000

describe('tidying a repository up', () => {
  let gitDir: string
  let engine: GitEngine

  async function git(...args: readonly string[]): Promise<string> {
    return runGitAsync(gitDir, args)
  }
  async function write(text: string): Promise<string> {
    return runGitAsync(gitDir, ['hash-object', '-w', '--stdin'], text)
  }
  /** A file that was last written so long ago. */
  function leave(name: string, ageMs: number): string {
    const file = path.join(gitDir, name)
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, 'left')
    const at = new Date(Date.now() - ageMs)
    utimesSync(file, at, at)
    return file
  }
  function filesUnder(folder: string, pattern: RegExp): readonly string[] {
    const names = readdirSync(path.join(gitDir, folder), { recursive: true }) as string[]
    return names.filter((name) => pattern.test(name))
  }

  beforeEach(async () => {
    const folder = temporaryFolder()
    gitDir = path.join(folder, 'ours.git')
    await createRepository(gitDir)
    engine = await openGitEngine(gitDir, { tempDirectory: path.join(folder, 'tmp') })
    return () => engine.close()
  })

  it('puts refs and loose objects, reachable or not, into few files', async () => {
    const tree = await runGitAsync(gitDir, ['mktree'])
    const who = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org']
    const commit = await git(...who, 'commit-tree', '-m', 'begin', tree)
    const names = Array.from({ length: 60 }, (_, n) => `refs/series/${n}/v1-1`)
    for (const name of names) {
      await git('update-ref', name, commit)
    }
    const shas: string[] = []
    for (let n = 0; n < 60; n += 1) {
      shas.push(await write(`text ${n}`))
    }
    await engine.tidy()
    expect(filesUnder('refs', /v1-1$/)).toEqual([])
    expect(filesUnder('objects', /^[0-9a-f]{2}\/[0-9a-f]{38}$/)).toEqual([])
    expect(filesUnder('objects', /\.pack$/)).toHaveLength(1)
    expect(await git('for-each-ref', '--format=%(refname)')).toBe(names.toSorted().join('\n'))
    const found = await runGitAsync(
      gitDir,
      ['cat-file', '--batch-check=%(objecttype)'],
      shas.join('\n'),
    )
    expect(found).toBe(shas.map(() => 'blob').join('\n'))
  })

  it('removes what killed processes left, and nothing that somebody may still be at', async () => {
    const stale = [
      leave('packed-refs.lock', 2 * hourMs),
      leave('refs/heads/main.lock', 2 * hourMs),
      leave('objects/pack/tmp_pack_a1b2c3', 25 * hourMs),
      leave('objects/ab/tmp_obj_a1b2c3', 25 * hourMs),
      leave('objects/tmp_objdir-incoming-a1b2c3', 25 * hourMs),
    ]
    const fresh = [
      leave('refs/heads/next.lock', hourMs / 2),
      leave('objects/pack/tmp_pack_d4e5f6', 23 * hourMs),
    ]
    await engine.tidy()
    expect(stale.filter((file) => existsSync(file))).toEqual([])
    expect(fresh.filter((file) => !existsSync(file))).toEqual([])
  })

  it('leaves the repository of somebody else alone', async () => {
    await git('config', '--unset', 'patchferry.ours')
    const theirs = await openGitEngine(gitDir)
    const left = leave('packed-refs.lock', 2 * hourMs)
    await theirs.tidy()
    await theirs.close()
    expect(existsSync(left)).toBe(true)
  })
})
