import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { mergeContents } from '../../../src/git/engine/merge/merge-contents.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { testGitEnvironment } from '../../support/test-repo.ts'

const rounds = Number(process.env['PATCHFERRY_FUZZ'] ?? 150)
const seed = Number(process.env['PATCHFERRY_SEED'] ?? Math.floor(Math.random() * 1e9))

type Random = () => number

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

/** Texts like programs: some lines are their own, and some, like blanks and braces, are everywhere. */
function someLines(random: Random, count: number, variety: number): string[] {
  const common = random() < 0.5 ? [''] : ['', '', '}', '\t}', '{', '\tbreak;', '#endif']
  const share = random() < 0.3 ? random() / 3 : random()
  return Array.from({ length: count }, () =>
    random() < share ? (common[below(random, common.length)] ?? '') : `${below(random, variety)}`,
  )
}

/** Every line another one, but some of those that are everywhere. */
function rewritten(random: Random, lines: readonly string[]): string[] {
  const kept = random() < 0.5 ? 1 : 0.5 + random() / 2
  return lines.map((line) =>
    /^\d/.test(line) || random() > kept ? `new ${below(random, 100_000)}` : line,
  )
}

/** Lines lost, put in, doubled, exchanged, moved to another place or written anew, near each other or anywhere. */
function edited(random: Random, lines: readonly string[], variety: number): string[] {
  const all = [...lines]
  const edits = 1 + below(random, random() < 0.1 ? 12 : 4)
  const around = below(random, all.length + 1)
  const reach = random() < 0.5 ? 6 : all.length + 1
  for (let edit = 0; edit < edits; edit += 1) {
    const at = Math.min(all.length, Math.max(0, around + below(random, reach) - (reach >> 1)))
    const count = 1 + below(random, random() < 0.2 ? 8 : 3)
    const act = below(random, 6)
    if (act === 0) {
      all.splice(at, count)
    } else if (act === 1) {
      all.splice(at, 0, ...someLines(random, count, variety))
    } else if (act === 2) {
      all.splice(at, 0, ...all.slice(at, at + count))
    } else if (act === 3) {
      all.splice(at, count, ...someLines(random, count, variety))
    } else if (act === 4) {
      const [from, length] = [Math.max(0, at - below(random, 200)), below(random, 400)]
      all.splice(from, length, ...rewritten(random, all.slice(from, from + length)))
    } else {
      const moved = all.splice(at, count)
      all.splice(below(random, all.length + 1), 0, ...moved)
    }
  }
  return all
}

/**
 * Blanks between blocks: one side writes all blocks anew, the other puts a line among some blanks. It meets the first
 * side's changes only where that side's difference does not see that the blanks are the same.
 */
function blocksWithBlanks(random: Random): readonly [string[], string[], string[]] {
  const [longest, blanks] = [1 + below(random, 30), 3 + below(random, 3)]
  const blocks = Array.from({ length: 1 + below(random, 30) }, () => [
    ...someLines(random, 1 + below(random, longest), 100_000),
    ...Array.from({ length: blanks }, () => ''),
  ])
  const theirs = blocks.flatMap((lines) =>
    random() < 0.2 ? [...lines.slice(0, -1), 'between', ''] : lines,
  )
  return [blocks.flat(), rewritten(random, blocks.flat()), theirs]
}

function textOf(random: Random, lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\n`).join('')
  return random() < 0.1 ? text.slice(0, -1) : text
}

/** Ancestor and both sides. */
function randomVersions(random: Random): readonly [string, string, string] {
  if (random() < 0.3) {
    const [base, mine, theirs] = blocksWithBlanks(random)
    return [textOf(random, base), textOf(random, mine), textOf(random, theirs)]
  }
  const variety = [3, 30, 100_000][below(random, 3)] ?? 3
  const size = [4, 30, 30, 200, 1500][below(random, 5)] ?? 30
  const base = someLines(random, below(random, size), variety)
  const theirs = edited(random, base, variety)
  const mine = random() < 0.2 ? edited(random, theirs, variety) : edited(random, base, variety)
  return [textOf(random, base), textOf(random, mine), textOf(random, theirs)]
}

describe('the merge of a file', () => {
  it(`is that of git merge-file, in ${rounds} random versions (PATCHFERRY_SEED=${seed}, PATCHFERRY_FUZZ=${rounds})`, {
    timeout: 60_000 + rounds * 50,
  }, () => {
    const random = seededRandom(seed)
    const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-merge-'))
    const counts = { merged: 0, conflict: 0, unsure: 0 }
    const mismatches: (readonly string[])[] = []
    try {
      for (let round = 0; round < rounds; round += 1) {
        const versions = randomVersions(random)
        for (const [index, text] of versions.entries()) {
          writeFileSync(path.join(folder, String(index)), text)
        }
        const { status, stdout } = spawnSync('git', ['merge-file', '-p', '-q', '1', '0', '2'], {
          cwd: folder,
          env: testGitEnvironment(),
        })

        const ours = mergeContents(...versions)
        if (ours === null) {
          counts.unsure += 1
        } else if (ours === 'conflict') {
          counts.conflict += 1
          mismatches.push(...(status === 0 ? [versions] : []))
        } else {
          counts.merged += 1
          mismatches.push(...(status !== 0 || stdout.toString() !== ours.content ? [versions] : []))
        }
      }
    } finally {
      rmSync(folder, { recursive: true, force: true })
    }
    process.stdout.write(
      `merged as git does: ${counts.merged}; conflicts for both: ${counts.conflict}; left to git: ${counts.unsure}\n`,
    )
    expect(mismatches.slice(0, 3)).toEqual([])
    expect(counts.merged).toBeGreaterThan(rounds / 10)
    expect(counts.conflict).toBeGreaterThan(rounds / 10)
  })
})
