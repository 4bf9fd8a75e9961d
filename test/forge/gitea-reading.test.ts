import { describe, expect, it } from 'vitest'
import { lastLineOfHunk, linesInDiff } from '../../src/forge/gitea/diff-lines.ts'
import { readDraftTitle, writeDraftTitle } from '../../src/forge/gitea/draft-title.ts'
import { stepsInLog } from '../../src/forge/gitea/log-steps.ts'

describe('a title', () => {
  it.each([
    ['Fix a leak', false, 'Fix a leak'],
    ['Fix a leak', true, 'WIP: Fix a leak'],
    ['WIP: fix a leak', false, '\u2060WIP: fix a leak'],
    ['[wip] fix a leak', false, '\u2060[wip] fix a leak'],
  ])('%s, draft %s, is written and read again', (title, draft, written) => {
    expect(writeDraftTitle({ title, draft })).toBe(written)
    expect(readDraftTitle(written)).toEqual({ title, draft })
  })

  it('is cut before the server does it', () => {
    const written = writeDraftTitle({ title: 'ü'.repeat(300), draft: true })

    expect(Buffer.byteLength(written)).toBeLessThanOrEqual(255)
    expect(written).toMatch(/^WIP: ü+…$/)
    expect(writeDraftTitle(readDraftTitle(written))).toBe(written)
  })
})

describe('the log of a job', () => {
  const log = [
    '2026-07-01T10:00:00.1234567Z host(version:v12) received task',
    '2026-07-01T10:00:00.2000000Z ⭐ Run Main Build it',
    '2026-07-01T10:00:01.0000000Z   ✅  Success - Main Build it',
    '2026-07-01T10:00:01.1000000Z ⭐ Run Main May fail',
    '2026-07-01T10:00:01.2000000Z   ❌  Failure - Main May fail',
    '2026-07-01T10:00:01.3000000Z Failed but continue next step',
    '2026-07-01T10:00:02.0000000Z ⭐ Run Main make check',
    '2026-07-01T10:00:02.5000000Z ❌ not a step at all',
    '2026-07-01T10:00:03.7500000Z   ❌  Failure - Main make check',
    '2026-07-01T10:00:04.0000000Z ⭐ Run Post Checkout',
    '2026-07-01T10:00:04.1000000Z   ✅  Success - Post Checkout',
  ].join('\n')

  it('tells the steps', () => {
    expect(stepsInLog(log).map(({ name, outcome }) => `${name}: ${outcome}`)).toEqual([
      'Build it: success',
      'May fail: success',
      'make check: failure',
    ])
    expect(stepsInLog(log)[2]).toMatchObject({
      startedAt: new Date('2026-07-01T10:00:02Z'),
      finishedAt: new Date('2026-07-01T10:00:03.750Z'),
    })
  })

  it('tells the failing step where its beginning is missing', () => {
    expect(stepsInLog(log.slice(log.indexOf('2026-07-01T10:00:03.75')))).toEqual([
      {
        name: 'make check',
        outcome: 'failure',
        startedAt: null,
        finishedAt: new Date('2026-07-01T10:00:03.750Z'),
      },
    ])
  })
})

describe('the lines of a diff', () => {
  const diff = `diff --git a/a.c b/a.c
index 1111111..2222222 100644
--- a/a.c
+++ b/a.c
@@ -3,4 +3,5 @@ context
 three
-four
+vier
+@@ -1 +1 @@
 five
 six
@@ -20 +21,0 @@
-twenty
diff --git "a/\\303\\274.txt" "b/\\303\\274.txt"
new file mode 100644
--- /dev/null
+++ "b/\\303\\274.txt"
@@ -0,0 +1,2 @@
+one
+two
`
  const isShown = linesInDiff(diff)

  it.each([
    ['a.c', 'new', 3, null, true],
    ['a.c', 'new', 7, null, true],
    ['a.c', 'new', 8, null, false],
    ['a.c', 'new', 2, null, false],
    ['a.c', 'old', 4, null, true],
    ['a.c', 'old', 20, null, true],
    ['a.c', 'new', 21, null, false],
    ['a.c', 'new', 6, 4, true],
    ['a.c', 'new', 6, 1, false],
    ['ü.txt', 'new', 2, null, true],
    ['ü.txt', 'old', 1, null, false],
    ['b.c', 'new', 3, null, false],
  ] as const)('%s, %s side, line %d from %s: %s', (path, side, line, startLine, expected) => {
    expect(isShown({ path, side, line, startLine })).toBe(expected)
  })

  it.each([
    ['@@ -3,3 +3,3 @@\n three\n-four\n+vier', 'new', 4],
    ['@@ -3,3 +3,3 @@\n three\n-four', 'old', 4],
    ['', 'new', null],
  ] as const)('%j ends, on the %s side, with line %s', (hunk, side, line) => {
    expect(lastLineOfHunk(hunk, side)).toBe(line)
  })
})
