import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseDiffFiles } from '../../../src/core/patch/parse-diff.ts'
import { scanDiff } from '../../../src/core/patch/scan-diff.ts'
import { cpuNow } from '../../support/cpu-now.ts'
import { makeDiffs } from '../../support/diff-repository.ts'

const diffs = makeDiffs()

describe('parseDiffFiles', () => {
  it.each(diffs)('finds the files that git lists: $name', ({ diff, files }) => {
    const found = parseDiffFiles(diff)
    expect(found.map((file) => [file.oldPath, file.newPath])).toEqual(
      mergeTypeChanges(files).map(([, , , oldPath, newPath]) => [oldPath, newPath]),
    )
    for (const [index, file] of found.entries()) {
      const [, oldMode, newMode] = mergeTypeChanges(files)[index] ?? []
      expect([null, oldMode]).toContain(file.oldMode)
      expect([null, newMode]).toContain(file.newMode)
    }
  })

  it.each(diffs)('finds no fault in $name', ({ diff }) => {
    expect(scanDiff(diff.toString('latin1')).fault).toBeNull()
  })

  it('says of each file whether it is binary, and its blobs', () => {
    const { diff } = diffs.find(({ name }) => name === 'binary and text') ?? { diff: '' }
    expect(parseDiffFiles(diff).map((file) => [file.newPath, file.isBinary])).toEqual([
      ['bin', true],
      ['text', false],
      ['zzz', false],
    ])
    expect(parseDiffFiles(diff)[2]).toMatchObject({
      oldBlob: null,
      newBlob: expect.stringMatching(/^[0-9a-f]{7,}$/),
    })
  })

  it.each([
    [
      'a plain diff',
      '--- a/x.c\t2020-01-01 00:00:00\n+++ b/x.c\n@@ -1 +1 @@\n-a\n+b\n',
      'x.c',
      'x.c',
    ],
    [
      'other first folders',
      '--- linux.orig/k/x.c\n+++ linux/k/x.c\n@@ -1 +1 @@\n-a\n+b\n',
      'k/x.c',
      'k/x.c',
    ],
    ['a file from nothing', '--- /dev/null\n+++ b/x.c\n@@ -0,0 +1 @@\n+b\n', null, 'x.c'],
    [
      'Subversion',
      'Index: x.c\n====\n--- x.c\t(revision 1)\n+++ x.c\t(working copy)\n@@ -1 +1 @@\n-a\n+b\n',
      'x.c',
      'x.c',
    ],
    [
      'no prefixes',
      'diff --git x.c x.c\nindex 1..2 100644\n--- x.c\n+++ x.c\n@@ -1 +1 @@\n-a\n+b\n',
      'x.c',
      'x.c',
    ],
    ['text before and after', 'Hi\n\n--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n+b\n-- \n2.39\n', 'x', 'x'],
  ])('reads %s', (_, text, oldPath, newPath) => {
    expect(parseDiffFiles(text)).toMatchObject([{ oldPath, newPath }])
  })

  it.each([
    ['a quoted diff', '> diff --git a/x b/x\n> --- a/x\n> +++ b/x\n> @@ -1 +1 @@\n> -a\n> +b\n'],
    ['a header without any change', 'diff --git a/x b/x\nindex 1234567..2345678 100644\n\n'],
    ['prose with dashes', '--- a/x\nwhat\n+++ b/x\n'],
  ])('finds no file in %s', (_, text) => {
    expect(parseDiffFiles(text)).toEqual([])
  })

  it.each([
    [
      'hunk-line',
      'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a wrapped\nline\n-a\n+b\n',
      6,
    ],
    ['hunk-too-short', 'diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n', 6],
    ['hunk-without-file', 'Hi\n@@ -1 +1 @@\n-a\n+b\n', 2],
    ['hunk-missing', '--- a/x\n+++ b/x\n@@@ -1,1 +1,1 @@@ f()\n-y\n+z\n', 3],
    ['hunk-missing', 'diff --git a/x b/x\n--- a/x\n+++ b/x\n-y\n+z\n', 4],
  ])('finds the fault %s', (what, text, line) => {
    expect(scanDiff(text).fault).toEqual({ what, line })
  })

  it('never throws, and its parts lie one after the other', () => {
    const pieces = fc.oneof(
      fc.constantFrom(
        'diff --git a/x b/x\n',
        '--- a/x\n',
        '+++ b/x\n',
        '@@ -1,2 +1 @@\n',
        '-a\n',
        ' b\n',
        '+c\n',
      ),
      fc.constantFrom(
        'GIT binary patch\n',
        'literal 3\n',
        'Kc$\n',
        '\n',
        'rename from "\\303\\',
        'index 1..2',
        '"',
      ),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 30 }), (some) => {
        const text = some.join('')
        let end = 0
        for (const part of scanDiff(text).parts) {
          expect(part.start).toBeGreaterThanOrEqual(end)
          expect(part.end).toBeLessThanOrEqual(text.length)
          end = part.end
        }
      }),
    )
  })

  it('stays linear', () => {
    const text = 'diff --git a b c d e\n@@ -1 +1 @@\n@@ -9,9 +9,9 @@\n'.repeat(40_000)
    const begun = cpuNow()
    scanDiff(text)
    expect(cpuNow() - begun).toBeLessThan(3000)
  })
})

/** `git diff-tree -p` writes a change of type as a file removed and one made. */
function mergeTypeChanges(files: (typeof diffs)[number]['files']): (typeof diffs)[number]['files'] {
  return files.flatMap(([letter, oldMode, newMode, oldPath, newPath]) =>
    letter === 'T'
      ? ([
          ['D', oldMode, null, oldPath, null],
          ['A', null, newMode, null, newPath],
        ] as const)
      : ([[letter, oldMode, newMode, oldPath, newPath]] as const),
  )
}
