import { describe, expect, it } from 'vitest'
import { isPlainPath, readDiffFiles, touchedPaths } from '../../../src/git/engine/diff-files.ts'

const hunk = '@@ -1 +1 @@\n-a\n+b\n'

describe('the files of a patch', () => {
  it.each([
    [
      'an edit',
      `diff --git a/x b/x\nindex 1234567..7654321 100644\n--- a/x\n+++ b/x\n${hunk}`,
      { oldPath: 'x', newPath: 'x', oldBlob: '1234567' },
    ],
    [
      'a new file',
      `diff --git a/d/x b/d/x\nnew file mode 100644\nindex 0000000..7654321\n--- /dev/null\n+++ b/d/x\n${hunk}`,
      { oldPath: null, newPath: 'd/x', oldBlob: null },
    ],
    [
      'a new empty file',
      'diff --git a/x b/x\nnew file mode 100644\nindex 0000000..e69de29\n',
      { oldPath: null, newPath: 'x', oldBlob: null },
    ],
    [
      'a deletion',
      `diff --git a/x b/x\ndeleted file mode 100644\nindex 1234567..0000000\n--- a/x\n+++ /dev/null\n${hunk}`,
      { oldPath: 'x', newPath: null, oldBlob: '1234567' },
    ],
    [
      'a pure rename',
      'diff --git a/x b/d/y z\nsimilarity index 100%\nrename from x\nrename to d/y z\n',
      { oldPath: 'x', newPath: 'd/y z', oldBlob: null },
    ],
    [
      'a mode change',
      'diff --git a/x y b/x y\nold mode 100644\nnew mode 100755\n',
      { oldPath: 'x y', newPath: 'x y', oldBlob: null },
    ],
    [
      'a path with a space, which git ends with a tab',
      `diff --git a/x y b/x y\nindex 1234567..7654321 100644\n--- a/x y\t\n+++ b/x y\t\n${hunk}`,
      { oldPath: 'x y', newPath: 'x y', oldBlob: '1234567' },
    ],
    [
      'a quoted path',
      `diff --git "a/t\\tb\\303\\274" "b/t\\tb\\303\\274"\nindex 1234567..7654321 100644\n--- "a/t\\tb\\303\\274"\n+++ "b/t\\tb\\303\\274"\n${hunk}`,
      { oldPath: 't\tb\u00c3\u00bc', newPath: 't\tb\u00c3\u00bc', oldBlob: '1234567' },
    ],
    [
      'a binary file',
      'diff --git a/x b/x\nindex 1234567890..7654321 100644\nGIT binary patch\nliteral 3\nKcmZ\n',
      { oldPath: 'x', newPath: 'x', oldBlob: '1234567890' },
    ],
  ])('are read of %s', (_, patch, file) => {
    expect(readDiffFiles(`words\n---\n x | 2 +-\n\n${patch}-- \n2.39.5\n`)).toEqual([file])
  })

  it('are not read out of hunks', () => {
    const patch = `diff --git a/x b/x\nindex 1234567..7654321 100644\n--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n--- a/no\n+++ b/no\n rename from no\n`

    expect(readDiffFiles(patch)).toEqual([{ oldPath: 'x', newPath: 'x', oldBlob: '1234567' }])
  })

  it('are none where there is no diff', () => {
    expect(readDiffFiles('just words\nindex 1234567..7654321\n')).toEqual([])
  })
})

describe('the paths a patch could touch', () => {
  it('include what only looks like a header', () => {
    const patch =
      'diff --git a/x b/x\n--- a/x\n+++ b/y\tThu Jan 1 1970\nrename from z\ncopy to "q\\"t"\n--- no-prefix\n'

    expect(touchedPaths(patch)).toEqual(new Set(['x', 'y', 'z', 'q"t', 'no-prefix']))
  })

  it('are unknown when one holds a newline', () => {
    expect(touchedPaths('--- "a/x\\ny"\n')).toBeNull()
  })
})

it.each([
  ['a', true],
  ['a/b.c', true],
  ['.gitignore', true],
  ['a/...', true],
  ['', false],
  ['/a', false],
  ['a/', false],
  ['a//b', false],
  ['.', false],
  ['a/./b', false],
  ['../a', false],
  ['a/..', false],
  ['a\nb', false],
])('%j is a path in a tree: %s', (name, isPlain) => {
  expect(isPlainPath(name)).toBe(isPlain)
})
