import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { patchId } from '../../../src/core/patch/patch-id.ts'
import { git, makeDiffs } from '../../support/diff-repository.ts'

const diffs = makeDiffs()

/** The first patch-id that git prints for these bytes; null when it prints none. */
function gitPatchId(diff: Uint8Array): string | null {
  const [first = ''] = git(tmpdir(), ['patch-id', '--stable'], diff).toString().split(' ')
  return first === '' ? null : first
}

describe('patchId', () => {
  it.each(diffs)('is what git says of $name', ({ diff }) => {
    expect(patchId(diff)).toBe(gitPatchId(diff))
    expect(patchId(diff)).toMatch(/^[0-9a-f]{40}$/)
  })

  it('is what git says of all of them in one', () => {
    const all = Buffer.concat(diffs.map(({ diff }) => diff))
    expect(patchId(all)).toBe(gitPatchId(all))
  })

  it.each([
    ['nothing', ''],
    ['prose', 'Hello\n\n--- no diff\n'],
    ['a diff without a diff line', '--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n'],
  ])('is null for %s', (_, text) => {
    expect(gitPatchId(Buffer.from(text))).toBeNull()
    expect(patchId(text)).toBeNull()
  })

  it('does not count white space, line numbers, the order of files or what stands around', () => {
    const one = 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n c\n-a\n+b\n'
    const two = 'diff --git a/y b/y\n--- a/y\n+++ b/y\n@@ -1 +1 @@\n-c\n+d e\n'
    const moved = `Hello\n${two.replace('d e', 'd\te')}${one.replace('-1,2 +1,2', '-8,2 +9,2')}-- \n2.39\n`
    expect(patchId(moved)).toBe(patchId(one + two))
  })

  it('takes text for UTF-8', () => {
    const text = 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+ü\n'
    expect(patchId(text)).toBe(patchId(Buffer.from(text)))
  })

  it('is what git says of damaged diffs', () => {
    const lines = diffs.flatMap(({ diff }) => diff.toString('latin1').match(/[^\n]*\n/g) ?? [])
    const hints = ['\n', '-- \n', '\\ No newline at end of file\n', `${'a'.repeat(40)}\n`, 'x\0y\n']
    const anyLine = fc.oneof(fc.constantFrom(...lines), fc.constantFrom(...hints))
    fc.assert(
      fc.property(
        fc.constantFrom(...diffs),
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 2 }), anyLine), { maxLength: 3 }),
        ({ diff }, edits) => {
          const edited = diff.toString('latin1').match(/[^\n]*\n/g) ?? []
          for (const [at, removed, line] of edits) {
            edited.splice(at % (edited.length + 1), removed, line)
          }
          const bytes = Buffer.from(edited.join(''), 'latin1')
          expect(patchId(bytes)).toBe(gitPatchId(bytes))
        },
      ),
      { numRuns: 300 },
    )
  }, 60_000)
})
