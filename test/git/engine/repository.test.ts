import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { Sha } from '../../../src/core/ids.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import { createRepository } from '../../../src/git/engine/repository.ts'
import { readAsGit } from '../../../src/mail/parse/read-as-git.ts'
import { toPatchMails } from '../../support/patch-mails.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const { signal } = new AbortController()
const committer = { name: 'Patchferry', address: 'patchferry@localhost' }

function newRepo(): TestRepo {
  const repo = makeTestRepo()
  onTestFinished(() => repo.remove())
  return repo
}

describe('opening a repository', () => {
  it.each([
    ['a .git folder', (repo: TestRepo): string => repo.gitDir],
    ['the top of a work tree', (repo: TestRepo): string => repo.directory],
    [
      'a linked work tree',
      (repo: TestRepo): string => {
        const place = path.join(repo.directory, 'linked')
        repo.git('worktree', 'add', '-q', '--detach', place)
        return place
      },
    ],
    [
      'a bare one',
      (repo: TestRepo): string => {
        const place = path.join(repo.directory, 'bare.git')
        repo.git('clone', '-q', '--bare', '.', place)
        return place
      },
    ],
    [
      'one that borrows objects',
      (repo: TestRepo): string => {
        const place = path.join(repo.directory, 'borrower.git')
        repo.git('clone', '-q', '--bare', '--shared', '.', place)
        return place
      },
    ],
  ])('takes %s', async (_, place) => {
    const repo = newRepo()
    const tip = repo.commit({ files: { a: 'a\n' } })
    const engine = await openGitEngine(place(repo))

    expect(await engine.resolve(tip)).toBe(tip)
    expect(await engine.show(tip, 10_000)).toContain('+a')
    await engine.close()
  })

  it('says that there is none', async () => {
    const folder = temporaryFolder()
    const inside = path.join(newRepo().directory, 'inside')
    mkdirSync(inside)

    for (const place of [folder, path.join(folder, 'gone'), inside]) {
      await expect(openGitEngine(place)).rejects.toMatchObject({ code: 'GIT_REPOSITORY_MISSING' })
    }
  })

  it('leaves nothing behind when it is closed, and sweeps what killed processes left', async () => {
    const temp = temporaryFolder()
    const dead = 2 ** 30
    const names = [
      `patchferry-apply-${dead}-abc`,
      // In a container every life of the service has the same number.
      `patchferry-apply-${process.pid}-old`,
      'patchferry-other',
      `patchferry-apply-${dead}-young`,
      `patchferry-apply-${process.pid}-young`,
    ]
    for (const name of names) {
      mkdirSync(path.join(temp, name, 'x'), { recursive: true })
      if (!name.endsWith('young')) {
        utimesSync(path.join(temp, name), 0, 0)
      }
    }
    const engine = await openGitEngine(newRepo().gitDir, { tempDirectory: temp })
    await engine.close()

    expect(readdirSync(temp).toSorted()).toEqual(names.slice(2).toSorted())
  })

  it('survives that its temporary folder is tidied away', async () => {
    const temp = temporaryFolder()
    const repo = newRepo()
    const tip = repo.commit({ files: { a: 'a\n' } })
    const engine = await openGitEngine(repo.gitDir, { tempDirectory: temp })
    rmSync(temp, { recursive: true })

    expect(await engine.show(tip, 10_000)).toContain('+a')
    await engine.close()
  })
})

it('leaves nothing behind when it is stopped in the middle', async () => {
  const temp = temporaryFolder()
  const repo = newRepo()
  const base = repo.commit({ files: { a: 'a\n' } })
  // So many that a machine with much to do looks before they are applied.
  for (let step = 0; step < 40; step += 1) {
    repo.commit({ files: { a: `${step}\n` } })
  }
  const patches = toPatchMails(repo.formatPatch(`${base}..HEAD`))
  const engine = await openGitEngine(repo.gitDir, { tempDirectory: temp })
  const before = repo.git('count-objects', '-v')
  const controller = new AbortController()
  const request = { base, patches, committer, skipMerged: false }
  const applying = engine.apply(request, controller.signal)
  function folders(): readonly string[] {
    return readdirSync(temp).filter((name) => name.includes('-apply-'))
  }
  await vi.waitFor(
    () => {
      const [area = 'none'] = folders()
      expect(existsSync(path.join(temp, area, 'git/rebase-apply'))).toBe(true)
    },
    { timeout: 30_000, interval: 5 },
  )
  controller.abort(new Error('enough'))

  await expect(applying).rejects.toThrow('enough')
  expect(folders()).toEqual([])
  expect(repo.git('count-objects', '-v')).toBe(before)
  await engine.close()
})

describe('a repository of ours', () => {
  it('is made once, with its folders, and stays as it is', async () => {
    const place = path.join(temporaryFolder(), 'a/b.git')
    const repo = newRepo()
    const tip = repo.commit()
    await createRepository(place)
    repo.git('push', '-q', place, 'HEAD:refs/heads/main')
    await createRepository(place)
    const engine = await openGitEngine(place)

    expect(await engine.resolve('main')).toBe(tip)
    expect(existsSync(path.join(place, 'hooks'))).toBe(false)
    await engine.close()
  })

  it.each([
    ['of ours', true],
    ['of somebody else, whose packs stay', false],
  ])(
    'has few packs of all that was applied in it: %s',
    async (_, isOurs) => {
      const repo = newRepo()
      const base = repo.commit({ files: { a: 'a\n' } })
      repo.commit({ files: { a: 'b\n' } })
      const [mail = Buffer.alloc(0)] = repo
        .formatPatch(`${base}..HEAD`)
        .map((one) => Buffer.from(one))
      const place = path.join(temporaryFolder(), 'x.git')
      if (isOurs) {
        await createRepository(place)
      } else {
        repo.git('init', '-q', '--bare', place)
      }
      repo.git('push', '-q', place, `${base}:refs/heads/main`)
      function packs(): readonly string[] {
        const names = readdirSync(path.join(place, 'objects/pack'))
        return names.filter((name) => name.endsWith('.pack'))
      }
      repo.git('--git-dir', place, 'repack', '-q', '-a', '-d')
      const before = packs()
      const engine = await openGitEngine(place, { readMail: readAsGit })
      const heads: Sha[] = []
      for (let round = 0; round < 70; round += 1) {
        const raw = Buffer.from(mail.toString().replace('Subject: ', `Subject: ${round} `))
        const request = { base, patches: toPatchMails([raw]), committer, skipMerged: false }
        const applied = await engine.apply(request, signal)
        heads.push(...(applied.outcome === 'applied' ? [applied.head] : []))
      }
      for (const head of heads) {
        expect(await engine.resolve(head)).toBe(head)
      }
      await engine.close()

      expect(heads).toHaveLength(70)
      expect(packs().length).toBeLessThan(20)
      expect(isOurs || before.every((name) => packs().includes(name))).toBe(true)
    },
    60_000,
  )
})
