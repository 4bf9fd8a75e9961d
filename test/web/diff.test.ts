import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diffView } from '../../src/web/view/diff.ts'
import { toDocument } from '../../src/web/view/html.ts'
import { splitDiff } from '../../src/web/view/split-diff.ts'

const twoFiles = `diff --git a/a.sql b/a.sql
index 1111111..2222222 100644
--- a/a.sql
+++ b/a.sql
@@ -1,3 +1,3 @@ begin
 one
--- a comment
+++ another
 three
diff --git a/new b/new
new file mode 100755
--- /dev/null
+++ b/new
@@ -0,0 +1 @@
+x
\\ No newline at end of file
`

describe('a diff', () => {
  it('is split by files, with what each adds and removes', () => {
    expect(splitDiff(twoFiles).map(({ lines, ...file }) => [file, lines.length])).toEqual([
      [{ path: 'a.sql', added: 1, removed: 1 }, 9],
      [{ path: 'new', added: 1, removed: 0 }, 7],
    ])
  })

  it('counts its hunks, so that a removed comment is no header', () => {
    const [file] = splitDiff(twoFiles)
    expect(file?.lines.slice(4).map(({ kind }) => kind)).toEqual([
      'hunk',
      'same',
      'del',
      'add',
      'same',
    ])
  })

  it.each([
    ['a rename', 'diff --git a/x b/y\nrename from x\nrename to y\n', 'y'],
    ['a deletion', 'diff --git a/x b/x\n--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n', 'x'],
    ['a mode', 'diff --git a/run me b/run me\nold mode 100644\nnew mode 100755\n', 'me b/run me'],
    ['a binary file', 'diff --git a/i.png b/i.png\nBinary files differ\n', 'i.png'],
    ['Subversion', 'Index: t.c\n=====\n--- t.c\t(revision 1)\n+++ t.c\t(working)\n', 't.c'],
    ['nothing known', 'hello\n', 'diff'],
  ])('names the file of %s', (_what, diff, path) => {
    expect(splitDiff(diff).map((file) => file.path)).toEqual([path])
  })

  it('loses no line, whatever it is', () => {
    const line = fc.oneof(
      fc.constantFrom('diff --git a/x b/x', '--- a/x', '+++ b/x', '@@ -1,2 +1,3 @@', '@@ -1 +1 @@'),
      fc.constantFrom('+add', '-del', ' same', '\\ No newline', '', 'Index: y'),
      fc.string(),
    )
    fc.assert(
      fc.property(fc.array(line, { minLength: 1 }), (lines) => {
        const text = lines.map((each) => each.replaceAll('\n', '')).join('\n')
        const again = splitDiff(`${text}\n`).flatMap((file) => file.lines.map((each) => each.text))
        expect(again.join('\n')).toBe(text)
      }),
    )
  })

  it('is shown escaped, with characters that hide a change written out', () => {
    const page = toDocument(diffView('diff --git a/x b/x\n@@ -0,0 +1 @@\n+if (a \u202E< b)\n'))
    expect(page).toContain(
      '<span class="add">+if (a <span class="odd">U+202E</span>&lt; b)\n</span>',
    )
  })

  it('is folded where it is long', () => {
    const long = `diff --git a/x b/x\n@@ -0,0 +1,500 @@\n${'+x\n'.repeat(500)}`
    expect(toDocument(diffView(long))).toContain('<details class="file">')
    expect(toDocument(diffView(twoFiles))).toContain('<details class="file" open>')
  })
})
