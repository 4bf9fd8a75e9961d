import { execFileSync, spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { toSha } from '../../../src/core/ids.ts'
import { changeFiles, isSurelyRefused } from '../../../src/git/engine/apply/change-files.ts'
import { readDiff } from '../../../src/git/engine/patch/read-diff.ts'
import { readBase } from '../../../src/git/engine/tree/base-state.ts'
import { changeFolder } from '../../../src/git/engine/tree/folder.ts'
import { createObjectReader } from '../../../src/git/objects/cat-file.ts'
import { editedTree, randomTree, writeTrees } from '../../support/random-trees.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { makeTestRepo, testGitEnvironment } from '../../support/test-repo.ts'

const rounds = Number(process.env['PATCHFERRY_FUZZ'] ?? 150)
const seed = Number(process.env['PATCHFERRY_SEED'] ?? Math.floor(Math.random() * 1e9))
const { signal } = new AbortController()

type Random = () => number

const diffOptions = [
  [],
  [],
  ['-U0'],
  ['-U1'],
  ['-U8'],
  ['--full-index'],
  ['-B'],
  ['--no-prefix'],
  ['-C', '--find-copies-harder'],
]

/** One line of the patch lost, doubled, or with another character in it. */
function damaged(random: Random, patch: string): string {
  const all = patch.split('\n')
  const at = Math.floor(random() * all.length)
  const line = all[at] ?? ''
  const act = random()
  if (act < 0.3) {
    all.splice(at, 1)
  } else if (act < 0.5) {
    all.splice(at, 0, line)
  } else {
    const place = Math.floor(random() * (line.length + 1))
    const character = ' +-@0/a1\t"\\'[Math.floor(random() * 11)] ?? ''
    all[at] = `${line.slice(0, place)}${character}${line.slice(act < 0.8 ? place + 1 : place)}`
  }
  return all.join('\n')
}

describe('what this process applies', () => {
  it(`is what git apply makes of it, in ${rounds} random trees and patches (PATCHFERRY_SEED=${seed}, PATCHFERRY_FUZZ=${rounds})`, {
    timeout: 60_000 + rounds * 200,
  }, async () => {
    const random = seededRandom(seed)
    const repo = makeTestRepo()
    const reader = createObjectReader({ gitDir: repo.gitDir })
    const index = path.join(repo.directory, 'index')
    const env = { ...testGitEnvironment(), GIT_INDEX_FILE: index, GIT_DIR: repo.gitDir }
    const mismatches: string[] = []
    const counts = { same: 0, moved: 0, leftToGit: 0, refused: 0, surelyRefused: 0 }
    try {
      const trees = Array.from({ length: rounds }, () => {
        const old = randomTree(random)
        const base =
          [old, old, editedTree(random, old), randomTree(random)][Math.floor(random() * 4)] ?? old
        return [old, editedTree(random, old), base] as const
      })
      const names = writeTrees(repo, trees.flat())
      for (const at of trees.keys()) {
        const [old = '', edited = '', base = ''] = names.slice(at * 3, at * 3 + 3)
        const options = diffOptions[Math.floor(random() * diffOptions.length)] ?? []
        const args = ['diff-tree', '-p', '-M', ...options, old, edited]
        const made = execFileSync('git', args, { env, cwd: repo.directory }).toString('latin1')
        const patch = random() < 0.3 ? damaged(random, made) : made
        const commit = toSha(repo.git('rev-parse', base))

        const diffs = readDiff(patch)
        const state = diffs === null ? null : await readBase(reader, commit, diffs, signal)
        const change = state === null || diffs === null ? null : changeFiles(state, diffs)
        const ours =
          change === null || state === null ? null : changeFolder(state.root, change.changes).sha

        // A git that crashes over a damaged patch leaves its lock.
        rmSync(`${index}.lock`, { force: true })
        execFileSync('git', ['read-tree', commit], { env })
        const input = Buffer.from(patch, 'latin1')
        const applied = spawnSync('git', ['apply', '--cached'], { env, input, cwd: repo.directory })
        const theirs =
          applied.status === 0
            ? execFileSync('git', ['write-tree'], { env }).toString().trim()
            : null

        if (ours !== null) {
          if (theirs !== ours) {
            mismatches.push(`${base}: ${applied.stderr.toString()}\n${patch}`)
          }
          counts[change?.isMoved === true ? 'moved' : 'same'] += 1
        } else {
          if (state !== null && diffs !== null && isSurelyRefused(state, diffs)) {
            counts.surelyRefused += 1
            mismatches.push(...(theirs === null ? [] : [`${base}: git applies it\n${patch}`]))
          }
          counts[theirs === null ? 'refused' : 'leftToGit'] += 1
        }
      }
    } finally {
      await reader.close()
      repo.remove()
    }
    process.stdout.write(
      `applied as git does: ${counts.same} in place, ${counts.moved} moved; refused by both: ${counts.refused}, ${counts.surelyRefused} of them for sure; left to git, which applies: ${counts.leftToGit}\n`,
    )
    expect(mismatches).toEqual([])
    expect(counts.same).toBeGreaterThan(rounds / 10)
    expect(counts.surelyRefused).toBeGreaterThan(0)
    expect(counts.moved + counts.refused).toBeGreaterThan(0)
  })
})
