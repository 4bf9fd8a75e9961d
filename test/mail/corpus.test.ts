import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readMailCollection } from '../../src/mail/collection/read-collection.ts'
import { mailErrors } from '../../src/mail/mail-error.ts'
import type { ParsedMail } from '../../src/mail/mail-parser.ts'
import { toByteText, withoutCr } from '../../src/mail/parse/byte-text.ts'
import { readHeaderBlock } from '../../src/mail/parse/header-block.ts'
import { readMailInfo } from '../../src/mail/parse/mailinfo.ts'
import { parseMail } from '../../src/mail/parse/parse-mail.ts'
import { corpus, corpusEntries, hasCorpus } from '../support/corpus.ts'
import { openGitMailInfo } from '../support/git-mailinfo.ts'
import { gitMailsplit } from '../support/git-mailsplit.ts'

interface Mail {
  /** File and number, from 1. */
  readonly name: string
  readonly raw: Uint8Array
  readonly parsed: ParsedMail
}

async function* noStdin(): AsyncGenerator<Uint8Array> {}

async function readAll(): Promise<readonly Mail[]> {
  const counts = new Map<string, number>()
  const mails: Mail[] = []
  const signal = new AbortController().signal
  for await (const item of readMailCollection([corpus], noStdin(), signal)) {
    if (item.outcome === 'unreadable') {
      throw new Error(`${item.location}: ${item.reason.message}`)
    }
    const file = path.relative(corpus, item.location.replace(/:\d+$/, ''))
    const number = (counts.get(file) ?? 0) + 1
    counts.set(file, number)
    mails.push({ name: `${file} ${number}`, raw: item.raw, parsed: parseMail(item.raw) })
  }
  return mails
}

const mails = hasCorpus ? await readAll() : []

function mailOf(name: string): Extract<ParsedMail, { outcome: 'message' }> {
  const parsed = mails.find((mail) => mail.name === name)?.parsed
  if (parsed?.outcome !== 'message') {
    throw new Error(`${name} is not there, or not readable`)
  }
  return parsed
}

/** What `patchew/expected.json` says of a file, in words. */
function expectationOf(file: string): string {
  const text = readFileSync(path.join(corpus, 'patchew/expected.json'), 'utf8')
  const all = JSON.parse(text) as readonly { readonly file: string; readonly expected: string }[]
  return all.find((entry) => entry.file === file)?.expected ?? ''
}

/** Where we read another patch than git, or git reads none: each for the repairs that are named. */
const deviations: Readonly<Record<string, readonly string[]>> = {
  'patchew/0007-invalid-charset.mbox 1': ['charset'],
  'patchwork/fuzz/base64err.mbox 1': ['date-from-transport'],
  'patchwork/fuzz/codec-null.mbox 1': ['charset'],
  'patchwork/fuzz/date-oserror.mbox 1': ['date-from-transport'],
  'patchwork/fuzz/date.mbox 1': ['encoded-words', 'date-from-transport'],
  'patchwork/fuzz/email-len.mbox 1': ['date-from-transport'],
  'patchwork/fuzz/msgid-len.mbox 1': ['encoded-words'],
  'patchwork/fuzz/value2.mbox 1': ['encoded-words', 'date-from-transport'],
  'patchwork/fuzz/year-out-of-range.mbox 1': ['date-from-transport'],
  'patchwork/series/mercurial-cover-letter.mbox 2': ['mercurial'],
  'patchwork/series/mercurial-cover-letter.mbox 3': ['mercurial'],
  'patchwork/series/mercurial-no-cover-letter.mbox 1': ['mercurial'],
  'patchwork/series/mercurial-no-cover-letter.mbox 2': ['mercurial'],
  'threads/attachment-format-patch.mbox 1': ['attached-mail', 'date-from-header'],
}

/** What each mail of a file gives: its Message-ID, or the code of the reason why it cannot be read. */
function toldOf(file: string): readonly string[] {
  const outcomes = mails.filter(({ name }) => name.replace(/ \d+$/, '') === file)
  const told = outcomes.map(({ parsed }) =>
    parsed.outcome === 'message' ? parsed.message.messageId : parsed.reason.code,
  )
  return told.includes('MAIL_UNREADABLE') ? [] : told
}

describe.skipIf(!hasCorpus)('the mails of the corpus (absent without PATCHFERRY_CORPUS)', () => {
  const git = openGitMailInfo()
  let same = 0
  let refused = 0

  afterAll(() => {
    git.close()
    const weird = corpusEntries('patchwork/fuzz')
    const told = weird.filter((file) => toldOf(file).length > 0)
    process.stdout.write(
      `corpus: ${told.length} of ${weird.length} files of patchwork/fuzz give a message, or a reason why not\n`,
    )
    process.stdout.write(
      `corpus: ${mails.length} mails, ${same} read as git mailinfo reads them, ${refused} that it refuses\n`,
    )
  })

  it('are all found', () => {
    expect(mails.length).toBeGreaterThan(200)
    expect(new Set(mails.map(({ name }) => name.replace(/ \d+$/, ''))).size).toBeGreaterThan(90)
  })

  it('are messages, or unreadable for a reason that is in the catalogue', () => {
    const codes = mails.flatMap(({ parsed }) =>
      parsed.outcome === 'unreadable' ? [parsed.reason.code] : [],
    )
    expect(codes.filter((code) => !(code in mailErrors))).toEqual([])
    expect(codes).not.toContain('MAIL_UNREADABLE')
  })

  it('are each told of, however malformed', () => {
    const silent = corpusEntries('patchwork/fuzz').filter((file) => toldOf(file).length === 0)
    expect(silent).toEqual([])
  })

  it('are read byte for byte as git mailinfo reads them, or known to be refused', () => {
    const ours: unknown[] = []
    const expected: unknown[] = []
    for (const { name, raw } of mails) {
      const text = withoutCr(toByteText(raw))
      const { author, refusals, subject, date, log, patch } = readMailInfo(readHeaderBlock(text))
      const facts = { name: author.name, email: author.email, subject, date, log, patch }
      const theirs = git.read(text)
      same += theirs === null ? 0 : 1
      refused += theirs === null ? 1 : 0
      ours.push([name, refusals.size > 0 ? null : facts])
      expected.push([name, theirs])
    }
    expect(ours).toEqual(expected)
  }, 60_000)

  it('are told apart as git mailsplit tells them apart, where it accepts the file', () => {
    const files = new Map<string, string[]>()
    for (const { name, raw } of mails) {
      const file = name.replace(/ \d+$/, '')
      files.set(file, [...(files.get(file) ?? []), withoutCr(toByteText(raw))])
    }
    const compared = [...files].flatMap(([file, ours]) => {
      const theirs = gitMailsplit(path.join(corpus, file))
      return theirs === null ? [] : [{ file, ours, theirs }]
    })
    expect(compared.length).toBeGreaterThan(50)
    for (const { ours, theirs } of compared) {
      expect(ours).toEqual(theirs)
    }
  }, 60_000)

  it('carry the patch that git reads, but for named repairs', () => {
    const repaired = mails.flatMap(({ name, parsed }) =>
      parsed.outcome === 'message' && parsed.body.repaired !== null
        ? [[name, parsed.message.repairs.filter((repair) => repair !== 'charset-guessed')] as const]
        : [],
    )
    expect(Object.fromEntries(repaired)).toEqual(deviations)
  })

  it.each([
    'patchew/0021-mode-only-patch.mbox 1',
    'patchew/0033-raw-diff.mbox 1',
    'patchew/0034-rename-only-patch.mbox 1',
    'patchew/0037-foo-patch-for-git-am.mbox 1',
    'patchew/0038-octet-stream.mbox 1',
  ])('%s is a patch', (name) => {
    expect(mailOf(name).message.patch?.files.length).toBeGreaterThan(0)
  })

  it('name people as their tests expect', () => {
    const [, name = '?', address = '?'] =
      /\("([^"]+)","([^"]+)"\)/.exec(expectationOf('0018-mime-word-recipient.mbox')) ?? []
    expect(mailOf('patchew/0018-mime-word-recipient.mbox 1').message.cc[1]).toEqual({
      name,
      address,
    })
    const sender = /address (\S+)/.exec(expectationOf('0035-rfc2047-from.mbox'))?.[1] ?? '?'
    expect(mailOf('patchew/0035-rfc2047-from.mbox 1').message.from.address).toBe(sender)
  })

  it('unfold subjects', () => {
    expect(mailOf('patchew/0010-invalid-byte.mbox 1').message.subject).not.toMatch(/[\n\t]/)
    expect(mailOf('patchew/0016-nested-multipart.mbox 1').message.subject).not.toMatch(/[\n\t]/)
  })

  it('take the author from the body, and the submitter from the header', () => {
    const { message, body } = mailOf('threads/in-body-from.mbox 1')
    expect(message.patch?.author.name).toBe('Real Author')
    expect(message.submitter.name).toBe('Ann Author')
    expect(body.commitMessage).toBe('msg\n')
    expect(body.repaired).toBeNull()
  })

  it('take everything from a patch mail that is attached', () => {
    const { message, body } = mailOf('threads/attachment-format-patch.mbox 1')
    expect(message.patch).toMatchObject({ author: { name: 'Real Author' }, title: 'real subject' })
    expect(body.diff).toMatch(/^diff --git /)
  })

  it('are the same mail with another footer', () => {
    const first = mailOf('threads/duplicate-msgid-cross-list.mbox 1').message
    const second = mailOf('threads/duplicate-msgid-cross-list.mbox 2').message
    expect(second.messageId).toBe(first.messageId)
    expect(second.patch?.contentHash).toBe(first.patch?.contentHash)
    expect(second).not.toEqual(first)
  })

  it('are shown with a guess, and applied as they are, where the charset is wrong', () => {
    const { message, body } = mailOf('threads/invalid-bytes-declared-utf8.mbox 1')
    expect(body.commitMessage).toBe('quote “x”\n')
    expect(message.repairs).toEqual(['charset-guessed'])
    expect(body.repaired).toBeNull()
    expect(message.patch).not.toBeNull()
  })

  it('tell the pull request, and what it supersedes', () => {
    const { message } = mailOf('patchew/0031-supersedes-embedded.mbox 2')
    expect(message.pull).toMatchObject({ url: expect.stringMatching(/^https?:/) })
    expect(message.supersedes).toEqual([
      mailOf('patchew/0031-supersedes-embedded.mbox 1').message.messageId,
    ])
  })
})
