import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import type { MessageId } from '../../../src/core/ids.ts'
import type { Message } from '../../../src/core/message.ts'
import { assembleThread, type ThreadAssembly } from '../../../src/core/series/assemble-thread.ts'
import {
  type LinkedSeries,
  noCorrections,
  type Series,
  versionText,
} from '../../../src/core/series/series.ts'
import { threadComponents } from '../../../src/core/series/thread.ts'
import { linkTopics } from '../../../src/core/topic/link-topics.ts'
import {
  corpus,
  corpusEntries,
  corpusMessages,
  hasCorpus,
  messagesIn,
} from '../../support/corpus.ts'
import { makeMessage } from '../../support/make-message.ts'

interface Outcome {
  readonly linked: readonly LinkedSeries[]
  readonly others: ThreadAssembly['others']
}

function outcomeOf(mails: readonly Message[]): Outcome {
  const parts = threadComponents(mails).map((thread) =>
    assembleThread(thread, noCorrections, { quietMs: 0, now: null }),
  )
  return {
    linked: linkTopics(
      parts.flatMap(({ series }) => series),
      () => null,
      noCorrections,
    ),
    others: parts.flatMap(({ others }) => others),
  }
}

/** `v2 of 3: 0 1 3 r2 reply`: version, total, numbers (0 is the cover), replies, and the rule that linked it. */
function describeLinked({ series, linkedBy }: LinkedSeries): string {
  return [
    `v${versionText(series)} of ${series.total}:`,
    ...(series.cover === null ? [] : ['0']),
    ...series.patches.map(({ number }) => `${number}`),
    ...(series.replies.length === 0 ? [] : [`r${series.replies.length}`]),
    linkedBy ?? 'first',
  ].join(' ')
}

/** File, its series, the kinds of its other mails. A series that begins a topic ends in `first`. */
type Row = readonly [file: string, series: readonly string[], others?: readonly string[]]

const one = ['v1 of 1: 1 first']
const two = ['v1 of 2: 0 1 2 first']

/** What `threads/expected.json` desires. */
const threads: readonly Row[] = [
  ['attachment-format-patch', one],
  ['cover-with-interdiff', ['v2 of 1: 0 1 first']],
  ['deep-thread-reversed-irt-only', ['v1 of 3: 0 1 2 3 first']],
  ['duplicate-msgid-cross-list', one],
  ['in-body-from', one],
  ['invalid-bytes-declared-utf8', one],
  ['mercurial', two],
  ['no-cover-series', ['v1 of 2: 1 2 first']],
  ['partial-reroll-v5.1', ['v5 of 2: 0 1 2 first', 'v5.1 of 2: 1 2 reply']],
  ['reply-prefix-patch-v2', ['v1 of 1: 1 first', 'v2 of 1: 1 reply']],
  ['second-series-shallow-reply-to-first-cover', [...two, 'v1 of 3: 1 2 3 first']],
  ['single-1-of-1', one],
  ['v2-replying-to-incomplete-v1', ['v1 of 2: 1 first', 'v2 of 2: 2 reply']],
]

/** What Patchwork's own tests expect. */
const patchwork: readonly Row[] = [
  ['base-cover-letter', two],
  ['base-deep-threaded', two],
  ['base-different-versions', ['v3 of 4: 0 1 2 3 4 first']],
  ['base-extra-patches', ['v1 of 2: 0 1 2 3 first']],
  ['base-incomplete', ['v1 of 2: 0 1 first']],
  ['base-no-cover-letter', ['v1 of 2: 1 2 first']],
  ['base-no-references-no-cover', two],
  ['base-no-references', ['v2 of 2: 1 2 first']],
  ['base-out-of-order', two],
  ['base-single-patch', one],
  ['bugs-mixed-versions', ['v1 of 2: 1 first', 'v2 of 2: 2 first']],
  ['bugs-multiple-content-types', ['v1 of 1: 1 r1 first'], ['reply']],
  ['bugs-multiple-references', ['v2 of 4: 0 1 2 3 4 first']],
  ['bugs-nocover-noversion', ['v1 of 2: 1 2 first', 'v1 of 2: 1 2 subject']],
  ['bugs-nocover', ['v1 of 2: 1 2 first', 'v2 of 2: 1 2 reply']],
  ['bugs-spamming', ['v2 of 4: 1 first', 'v2 of 4: 1 patch-id', 'v2 of 4: 1 patch-id']],
  ['bugs-unnumbered', ['v1 of 2: 0 1 first', 'v1 of 1: 1 first']],
  ['dependency-base-patch', two],
  ['mercurial-cover-letter', two],
  ['mercurial-no-cover-letter', ['v1 of 2: 1 2 first']],
  ['revision-basic', [...two, 'v2 of 2: 0 1 2 subject']],
  ['revision-no-cover-letter', [...two, 'v2 of 2: 1 2 subject']],
  ['revision-out-of-order', [...two, 'v2 of 2: 0 1 2 reply']],
  ['revision-threaded-to-cover', [...two, 'v2 of 2: 0 1 2 reply']],
  ['revision-threaded-to-patch', [...two, 'v2 of 2: 0 1 2 reply']],
  ['revision-threaded-to-single-patch', ['v1 of 1: 1 first', 'v2 of 1: 1 reply']],
  ['revision-unlabeled-noreferences', ['v2 of 2: 1 2 first', 'v2 of 2: 1 2 patch-id']],
  ['revision-unlabeled', [...two, 'v1 of 2: 0 1 2 subject']],
]

/** What Patchew's own tests expect of membership and versions, but for those of `otherByAdr`. */
const patchew: readonly Row[] = [
  ['0001-simple-patch', one],
  ['0002-unusual-cased-tags', one],
  ['0003-single-patch-reviewed', ['v1 of 1: 1 r2 first'], ['reply', 'reply']],
  ['0004-multiple-patch-reviewed', ['v4 of 2: 0 1 2 r2 first'], ['reply', 'reply']],
  ['0005-non-utf-8', [], ['reply']],
  ['0006-multi-part-non-utf-8', [], ['reply']],
  ['0007-invalid-charset', ['v1 of 2: 1 first']],
  ['0008-complex-diffstat', one],
  ['0009-obsolete-by', ['v1 of 1: 1 first', 'v2 of 1: 1 patch-id', 'v3 of 1: 1 patch-id']],
  ['0010-invalid-byte', [], ['cover-only']],
  ['0012-incomplete-series', ['v4 of 2: 0 1 r2 first'], ['reply', 'reply']],
  ['0013-foo-patch', one],
  ['0014-bar-patch', one],
  ['0015-bar-patch-with-brackets', one],
  ['0016-nested-multipart', [], ['reply']],
  ['0017-qemu-web-is-not-qemu', one],
  ['0018-mime-word-recipient', one],
  ['0019-libvirt-python', one],
  ['0020-libvirt', ['v2 of 1: 1 first']],
  ['0021-mode-only-patch', one],
  ['0022-another-simple-patch.json', ['v2 of 27: 10 first']],
  ['0023-multiple-project-patch', ['v1 of 7: 1 first']],
  ['0024-multiple-project-patch.json', ['v1 of 7: 1 first']],
  ['0025-foo-patch-review', [], ['reply']],
  ['0026-bar-patch-standalone', one],
  ['0027-foo-patch-based-on', [], ['reply']],
  ['0028-tags-need-8bit-encoding', ['v1 of 1: 1 r1 first'], ['reply']],
  ['0029-diffstat-in-patch', one],
  ['0030-obsolete-by-v3', ['v1 of 1: 1 first', 'v2 of 1: 1 patch-id', 'v3 of 1: 1 patch-id']],
  ['0031-supersedes-embedded', [], ['pull-request', 'pull-request']],
  ['0032-supersedes-separate', [], ['cover-only', 'cover-only', 'reply']],
  ['0033-raw-diff', one],
  ['0034-rename-only-patch', ['v6 of 11: 11 first']],
  ['0035-rfc2047-from', one],
  ['0036-patch-with-no-to-header', one],
  ['0037-foo-patch-for-git-am', one],
  ['0038-octet-stream', ['v1 of 15: 3 first']],
]

/** Patchew expects another newest version, or a series without patches: docs/adr 0010 and 0011 say why we do not. */
const otherByAdr = new Set(
  ['0009-obsolete-by', '0031-supersedes-embedded', '0032-supersedes-separate'].map(
    (name) => `patchew/${name}.mbox`,
  ),
)

const rows = [
  ...threads.map((row) => ({ folder: 'threads', row })),
  ...patchwork.map((row) => ({ folder: 'patchwork/series', row })),
  ...patchew.map((row) => ({ folder: 'patchew', row })),
].map(({ folder, row: [name, series, others = []] }) => ({
  file: `${folder}/${name}${/\.json$|^0029-/.test(name) ? '' : '.mbox'}`,
  series,
  others,
}))

async function seriesIn(...files: readonly string[]): Promise<readonly Series[]> {
  const mails = await Promise.all(files.map(corpusMessages))
  return outcomeOf(mails.flat()).linked.map(({ series }) => series)
}

function trailersOf(series: readonly Series[]): readonly (readonly string[])[] {
  return series.flatMap(({ patches }) =>
    patches.map(({ trailers }) => trailers.map(({ key, value }) => `${key}: ${value}`)),
  )
}

describe.skipIf(!hasCorpus)('the series of the corpus (absent without PATCHFERRY_CORPUS)', () => {
  const right = new Set<string>()

  afterAll(() => {
    for (const folder of ['threads', 'patchwork/series', 'patchew']) {
      const wanted = corpusEntries(folder).filter((file) => !file.endsWith('.template'))
      const found = wanted.filter((file) => right.has(file))
      const other = found.filter((file) => otherByAdr.has(file)).length
      const byAdr = other === 0 ? '' : `, ${other} of them as docs/adr decides`
      process.stdout.write(
        `corpus: ${found.length} of ${wanted.length} files of ${folder} give the expected series${byAdr}\n`,
      )
    }
  })

  it('is asked of every mail file that it has', () => {
    const files = ['threads', 'patchwork/series', 'patchew'].flatMap((folder) => [
      ...readdirSync(path.join(corpus, folder)).map((file) => `${folder}/${file}`),
      ...corpusEntries(folder),
    ])
    const expected = new Set(rows.map(({ file }) => file))
    const rest = files.filter((file) => !expected.has(file))
    expect(rest.filter((file) => !/expected\.json$|\.template$/.test(file))).toEqual([])
  })

  it.each(rows)('$file', async ({ file, series, others }) => {
    const outcome = outcomeOf(await corpusMessages(file))
    expect(outcome.linked.map(describeLinked)).toEqual(series)
    expect(outcome.others.map(({ kind }) => kind).toSorted()).toEqual(others)
    right.add(file)
  })

  it.each(rows)('$file, in any order of arrival', async ({ file }) => {
    const mails = await corpusMessages(file)
    const expected = outcomeOf(mails)
    fc.assert(
      fc.property(fc.shuffledSubarray([...mails], { minLength: mails.length }), (shuffled) => {
        expect(outcomeOf(shuffled)).toEqual(expected)
      }),
      { numRuns: 20 },
    )
  })
})

/** What `patchew/expected.json` says of a file, in words. */
function expectationOf(file: string): string {
  const text = readFileSync(path.join(corpus, 'patchew/expected.json'), 'utf8')
  const all = JSON.parse(text) as readonly { readonly file: string; readonly expected: string }[]
  return all.find((entry) => entry.file === file)?.expected ?? ''
}

describe.skipIf(!hasCorpus)('what the corpus says of single series', () => {
  it.each([
    ['patchwork/series/base-cover-letter.mbox', 'A sample series'],
    ['patchwork/series/base-no-cover-letter.mbox', 'test: Add some lorem ipsum'],
    ['patchwork/series/base-out-of-order.mbox', 'A sample series'],
    ['threads/attachment-format-patch.mbox', 'real subject'],
    ['patchew/0001-simple-patch.mbox', 'quorum: Only compile when supported'],
    ['patchew/0020-libvirt.mbox', 'vcpupin: add clear feature'],
  ])('%s is named %s', async (file, name) => {
    expect((await seriesIn(file)).map((series) => series.name)).toEqual([name])
  })

  it('3/2 is above the total, the series is complete all the same', async () => {
    expect(await seriesIn('patchwork/series/base-extra-patches.mbox')).toMatchObject([
      { total: 2, complete: true, problems: [{ code: 'number-above-total' }, {}] },
    ])
  })

  it('one number sent three times is said', async () => {
    const series = await seriesIn('patchwork/series/bugs-spamming.mbox')
    expect(series.map(({ problems }) => problems[0]?.code)).toEqual([
      'number-claimed-twice',
      'number-claimed-twice',
      'number-claimed-twice',
    ])
  })

  it('v5.1 is composed of one new patch and one of v5', async () => {
    const [, composed] = await seriesIn('threads/partial-reroll-v5.1.mbox')
    expect(composed).toMatchObject({
      complete: true,
      composedFrom: ['3@example.com', '2@example.com'],
    })
  })

  it('a v3 dated before v2 is the newest version, and that is said', async () => {
    const series = await seriesIn('patchew/0009-obsolete-by.mbox')
    expect(series.map(({ problems }) => problems.map(({ code }) => code))).toEqual([
      [],
      [],
      ['dated-before-older-version'],
    ])
  })

  it.each([
    ['0003-single-patch-reviewed.mbox', [1]],
    ['0004-multiple-patch-reviewed.mbox', [1, 1]],
    ['0002-unusual-cased-tags.mbox', [0]],
    ['0028-tags-need-8bit-encoding.mbox', [2]],
  ])('the replies of %s give their trailers', async (file, counts) => {
    const given = trailersOf(await seriesIn(`patchew/${file}`))
    expect(given.map((trailers) => trailers.length)).toEqual(counts)
    for (const trailer of given.flat().filter((text) => text.startsWith('Reviewed-by'))) {
      expect(expectationOf(file)).toContain(trailer)
    }
  })

  it.each(['0014-bar-patch.mbox', '0015-bar-patch-with-brackets.mbox'])(
    '%s depends on the patch it names',
    async (file) => {
      const [base] = await seriesIn('patchew/0013-foo-patch.mbox')
      const [series] = await seriesIn(`patchew/${file}`)
      expect(series?.dependsOn).toEqual([base?.anchor])
    },
  )

  it('a reply may name the series that another is based on', async () => {
    const [base] = await seriesIn('patchew/0026-bar-patch-standalone.mbox')
    const [series] = await seriesIn(
      'patchew/0013-foo-patch.mbox',
      'patchew/0025-foo-patch-review.mbox',
      'patchew/0027-foo-patch-based-on.mbox',
    )
    expect(series?.dependsOn).toEqual([base?.anchor])
    expect(series?.replies).toHaveLength(2)
  })
})

/** A patch, made up, below the cover that the corpus has without any. */
function madeUpPatch(cover: Message): Message {
  const subject = cover.subject.replace(/0+\/(\d+)\].*/, '1/$1] made up')
  const patch = makeMessage({ id: `patch-${cover.messageId}`, subject })
  return {
    ...patch,
    patch: patch.patch && { ...patch.patch, title: `made up for ${cover.messageId}` },
    submitter: cover.submitter,
    sentAt: cover.sentAt,
    inReplyTo: [cover.messageId],
  }
}

describe.skipIf(!hasCorpus)('covers of the corpus that have no patches', () => {
  it.each(['0031-supersedes-embedded.mbox', '0032-supersedes-separate.mbox'])(
    'are one topic in %s as soon as they have one',
    async (file) => {
      const mails = await corpusMessages(`patchew/${file}`)
      const covers = mails.filter(
        ({ subject }) => /\b0+\/\d+\]/.test(subject) && !subject.startsWith('Re:'),
      )
      const { linked } = outcomeOf([...mails, ...covers.map(madeUpPatch)])
      expect(linked.map(({ linkedBy }) => linkedBy)).toEqual([null, 'supersedes'])
      expect(new Set(linked.map(({ topic }) => topic)).size).toBe(1)
    },
  )

  it('have their pull request in the series then', async () => {
    const mails = await corpusMessages('patchew/0031-supersedes-embedded.mbox')
    const { linked } = outcomeOf([...mails, ...mails.map(madeUpPatch)])
    expect(linked.map(({ series }) => [series.total, series.pull?.ref])).toEqual([
      [28, 'tags/migration-pull-pull-request'],
      [29, 'tags/migration-pull-pull-request'],
    ])
  })
})

async function fillTemplate(
  file: string,
  tokens: Readonly<Record<string, MessageId>>,
): Promise<readonly Message[]> {
  const text = readFileSync(path.join(corpus, 'patchwork/series', file), 'utf8')
  const filled = text.replace(/\{\{|\}\}|\{(\w+)\}/g, (found, name: string | undefined) =>
    name === undefined ? found.slice(1) : `<${tokens[name] ?? ''}>`,
  )
  return await messagesIn(Buffer.from(filled))
}

/** The ids that the templates are filled with: of the base series and of the first patch of the template itself. */
type TokenNames = Readonly<Record<string, 'cover' | 'patch' | 'own'>>

describe.skipIf(!hasCorpus)('series of the corpus that depend on others', () => {
  const right = new Set<string>()

  afterAll(() => {
    const wanted = corpusEntries('patchwork/series').filter((file) => file.endsWith('.template'))
    process.stdout.write(
      `corpus: ${right.size} of ${wanted.length} templates of patchwork/series depend on what is expected\n`,
    )
  })

  it.each<[string, TokenNames, readonly ('cover' | 'patch')[]]>([
    ['one-cover', { depends_token: 'patch' }, ['patch']],
    ['one-first-patch', { depends_token: 'cover' }, ['cover']],
    ['one-first-patch', { depends_token: 'own' }, []],
    ['multi', { depends_token_1: 'cover', depends_token_2: 'patch' }, ['cover', 'patch']],
    ['multi-2', { depends_token_1: 'patch', depends_token_2: 'cover' }, ['patch', 'cover']],
  ])('%s %j', async (name, tokens, dependsOn) => {
    const file = `dependency-${name}.mbox.template`
    const base = await corpusMessages('patchwork/series/dependency-base-patch.mbox')
    const own = await fillTemplate(file, {})
    const ids = { cover: base[0]?.messageId, patch: base[1]?.messageId, own: own[1]?.messageId }
    const filled = Object.entries(tokens).map(([token, which]) => [token, ids[which]])
    const mails = await fillTemplate(file, Object.fromEntries(filled))
    const { linked } = outcomeOf([...base, ...mails])
    expect(linked.map(describeLinked)).toEqual([...two, ...two])
    expect(linked[1]?.series.dependsOn).toEqual(dependsOn.map((which) => ids[which]))
    right.add(file)
  })
})
