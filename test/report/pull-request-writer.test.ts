import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RefName } from '../../src/core/ids.ts'
import { toMessageId } from '../../src/core/ids.ts'
import type { PullRequestStory } from '../../src/core/pull-request/pull-request-story.ts'
import { pullRequestWriter, sampleBlocked, sampleNews, sampleStory } from './pull-request-texts.ts'

const writer = pullRequestWriter()
const runs = Number(process.env['PATCHFERRY_PROPERTY_RUNS'] ?? 300)

describe('what is written on a forge', () => {
  it('of a series is title and body', async () => {
    const { title, body } = writer.describe(sampleStory, 65_536)
    expect(title).toBe('[RFC next] Make frob faster')
    await expect(`${body}\n`).toMatchFileSnapshot('../fixtures/pull-request/body.md')
  })

  it('of a series that depends on another and follows a closed one, in little room', async () => {
    const story = {
      ...sampleStory,
      text: 'One line of many.\n'.repeat(200),
      dependsOn: { number: 12, name: 'Prepare frob', version: '1', newer: null },
      replaces: 9,
    }
    const { body } = writer.describe(story, 2_200)
    expect(body.length).toBeLessThanOrEqual(1_900)
    await expect(`${body}\n`).toMatchFileSnapshot('../fixtures/pull-request/body-cut.md')
  })

  it.each([
    ['new-version', () => writer.newVersion(sampleNews, 65_536)],
    [
      'other-series',
      () =>
        writer.newVersion(
          {
            ...sampleNews,
            version: '1',
            previous: '1',
            isOtherSeries: true,
            rangeDiff: '1:  a ! 1:  b frob',
          },
          65_536,
        ),
    ],
    [
      'new-cover',
      () =>
        writer.newVersion(
          { ...sampleNews, isCoverChanged: true, rangeDiff: '1:  a = 1:  b frob' },
          65_536,
        ),
    ],
    ['conflict', () => writer.blocked(sampleBlocked)],
    [
      'held',
      () =>
        writer.blocked({
          ...sampleBlocked,
          state: 'held',
          conflict: null,
          holds: ['it changes .github/workflows/ci.yml, which CI reads'],
          head: sampleStory.tested.head,
        }),
    ],
    [
      'closed-merged',
      () =>
        writer.closing({
          reason: 'merged',
          branch: 'refs/heads/main' as RefName,
          why: '',
          successor: null,
        }),
    ],
    [
      'closed-withdrawn',
      () =>
        writer.closing({
          reason: 'withdrawn',
          branch: null,
          why: 'Ada has a better idea.',
          successor: null,
        }),
    ],
    [
      'closed-superseded',
      () => writer.closing({ reason: 'superseded', branch: null, why: '', successor: 13 }),
    ],
  ])('in a comment: %s', async (name, render) => {
    await expect(`${render()}\n`).toMatchFileSnapshot(`../fixtures/pull-request/${name}.md`)
  })

  it('fits where there are a thousand patches', () => {
    const patches = Array.from({ length: 1_000 }, (_none, index) => ({
      number: index + 1,
      subject: 'frob: a subject of a length that is quite usual for a patch',
      messageId: toMessageId(`20261121095500.4711-${index}-ada@example.org`),
    }))
    const { body } = writer.describe({ ...sampleStory, patches }, 65_536)
    expect(body.length).toBeLessThanOrEqual(65_236)
    expect(body).toMatch(/\| \| and \d+ more \| \|/)
    expect(body).toContain('Frob is slow.')
  })
})

/** What forges see of a Markdown text: blocks and spans of code are no text to them. */
function prose(markdown: string): string {
  const kept: string[] = []
  let fence: string | null = null
  for (const line of markdown.split('\n')) {
    const mark = /^(?<mark>`{3,})/.exec(line)?.groups?.['mark']
    if (fence === null && mark !== undefined) {
      fence = mark
    } else if (fence !== null) {
      fence = line === fence ? null : fence
    } else if (!line.startsWith('    ')) {
      kept.push(line)
    }
  }
  expect(fence).toBeNull()
  return kept.join('\n').replaceAll(/(?<!\\)`[^`\n]*`/g, '')
}

/** What of our own templates looks like markup: tags and links that we write. */
function withoutOurs(text: string): string {
  return text
    .replaceAll(/<\/?(?:details|summary)>/g, '')
    .replaceAll(/\]\(https:\/\/lists\.example\.org\/frob\/[\w.%~@-]*\/\)/g, ']')
}

function expectHarmless(markdown: string): void {
  const text = withoutOurs(prose(markdown))
  expect(text).not.toMatch(/@\w/)
  expect(text).not.toMatch(/(?:#|!|gh-)\d/i)
  expect(text).not.toMatch(/<|>(?!$)/)
  expect(text).not.toMatch(/:\/\/|\bwww\./i)
  expect(text).not.toMatch(/(?<![A-Za-z0-9])[0-9a-f]{7,64}(?![A-Za-z0-9])/i)
  expectNoReference(markdown)
}

/** Also in code, which may be quoted elsewhere: a squashed commit takes the body for its message. */
function expectNoReference(text: string): void {
  expect(text).not.toMatch(/(?<![\w.%+-])@bob/)
  expect(text).not.toMatch(/(?:#|gh-)\d/i)
  expect(text).not.toMatch(/\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+(?:\S*#|gh-|https?:)/i)
  expect(text).not.toMatch(/<!--/)
}

const traps = [
  '@bob',
  '@org/team',
  'x.@bob',
  '#12',
  'GH-12',
  'owner/repo#1',
  'Fixes #3',
  'fixes: owner/repo#4',
  'Closes https://github.com/o/r/issues/5',
  'resolved gh-7',
  '!9',
  'deadbeef',
  'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
  '<img src=x onerror=alert(1)>',
  '</details>',
  '<!-- patchferry key=stolen -->',
  '[x](javascript:alert(1))',
  '![x](https://evil.example/x.png)',
  'https://evil.example',
  'www.evil.example',
  '`',
  '```',
  '````\n',
  '~~~\n',
  '\n\n',
  '\n# ',
  '\n    ',
  '|',
  '\\',
  '*',
  '_',
  '&#64;bob',
  '&lt;',
  '\u200b',
  '\u202e',
  '\ud800',
  '\r',
  '\0',
  '{{ topic }}',
  '{% include "x" %}',
  ' ',
  'a',
  ':',
] as const
const hostile = fc
  .array(fc.oneof(fc.constantFrom(...traps), fc.string({ maxLength: 6 })), { maxLength: 12 })
  .map((parts) => parts.join(''))

describe('a hostile series', () => {
  it('mentions, refers to, closes and marks up nothing', () => {
    fc.assert(
      fc.property(
        fc.record({ name: hostile, text: hostile, subject: hostile, who: hostile, id: hostile }),
        fc.integer({ min: 1_500, max: 5_000 }),
        ({ name, text, subject, who, id }, maxLength) => {
          const story: PullRequestStory = {
            ...sampleStory,
            name,
            text,
            submitter: { name: who, address: 'a@example.org' },
            patches: [{ number: 1, subject, messageId: toMessageId(`${id}x@example.org`) }],
            dependsOn: { number: null, name, version: '1', newer: '2' },
            tested: { ...sampleStory.tested, baseNote: subject },
          }
          const { title, body } = writer.describe(story, maxLength)
          expectNoReference(title)
          expect(title).not.toMatch(/[`\n\p{Cc}]/u)
          expectHarmless(body)
          expect(body.length).toBeLessThanOrEqual(maxLength)
        },
      ),
      { numRuns: runs },
    )
  })

  it('does no more by its range-diff, its paths, or what a person says of it', () => {
    expect.hasAssertions()
    fc.assert(
      fc.property(hostile, hostile, (one, other) => {
        expectHarmless(writer.newVersion({ ...sampleNews, rangeDiff: `${one}\n${other}` }, 5_000))
        const conflict = { number: 1, paths: [one, other] }
        expectHarmless(writer.blocked({ ...sampleBlocked, conflict, holds: [one] }))
        expectHarmless(
          writer.closing({ reason: 'withdrawn', branch: null, why: other, successor: null }),
        )
      }),
      { numRuns: runs },
    )
  })
})
