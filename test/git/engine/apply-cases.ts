import type { Sha } from '../../../src/core/ids.ts'
import {
  base64,
  crlf,
  latin1,
  quotedPrintable,
  type Rewrite,
  withBody,
  withHeaders,
} from '../../support/rewrite-mail.ts'
import type { FileSpec, TestRepo } from '../../support/test-repo.ts'

type Files = Readonly<Record<string, FileSpec>>

export interface ApplyCase {
  readonly name: string
  /** Files of the commit the patches are written on. */
  readonly before: Files
  /** One commit each. */
  readonly patches: readonly Files[]
  /** What was changed meanwhile on the branch they are applied to. */
  readonly meanwhile?: Files
  readonly message?: string
  readonly author?: string
  readonly formatPatch?: readonly string[]
  readonly rewrite?: Rewrite
  /** What `git am` says to it, so that a case cannot quietly turn into another. */
  readonly am: 'applies' | 'refuses'
}

function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `line ${from + index}\n`).join('')
}

const text = lines(1, 30)
const edited = text.replace('line 15\n', 'line fifteen\n')
const umlauts = 'gr\u00fc\u00dfe\nna\u00efve\n'
const bytes = Uint8Array.from({ length: 600 }, (_, index) => (index * 7) % 256)
const otherBytes = Uint8Array.from({ length: 620 }, (_, index) => (index * 11) % 256)

const edit = { before: { a: text }, patches: [{ a: edited }] } as const

const trees: readonly ApplyCase[] = [
  { name: 'an edit', ...edit, am: 'applies' },
  {
    name: 'a series',
    before: { a: text },
    patches: [{ a: edited }, { b: 'x\n' }, { a: text }, { b: null }],
    am: 'applies',
  },
  {
    name: 'a new file in a new folder',
    before: { a: text },
    patches: [{ 'd/e/f': 'x\n' }],
    am: 'applies',
  },
  {
    name: 'a new executable',
    before: { a: text },
    patches: [{ run: { executable: '#!/bin/sh\n' } }],
    am: 'applies',
  },
  { name: 'a deletion', before: { a: text, b: 'x\n' }, patches: [{ b: null }], am: 'applies' },
  {
    name: 'the last file of a folder deleted',
    before: { a: text, 'd/b': 'x\n' },
    patches: [{ 'd/b': null }],
    am: 'applies',
  },
  {
    name: 'a rename',
    before: { a: text, b: '1\n' },
    patches: [{ a: null, 'c/a': text }],
    am: 'applies',
  },
  {
    name: 'a rename with an edit',
    before: { a: text },
    patches: [{ a: null, b: edited }],
    am: 'applies',
  },
  {
    name: 'two files that change places',
    before: { a: text, b: lines(50, 90) },
    patches: [{ a: lines(50, 90), b: text }],
    formatPatch: ['-B'],
    am: 'applies',
  },
  {
    name: 'a copy',
    before: { a: text },
    patches: [{ b: edited }],
    formatPatch: ['-C', '--find-copies-harder'],
    am: 'applies',
  },
  {
    name: 'a mode change',
    before: { a: text },
    patches: [{ a: { executable: text } }],
    am: 'applies',
  },
  {
    name: 'a mode change with an edit',
    before: { a: text },
    patches: [{ a: { executable: edited } }],
    am: 'applies',
  },
  { name: 'a new symlink', before: { a: text }, patches: [{ l: { link: 'a' } }], am: 'applies' },
  {
    name: 'a symlink that points elsewhere',
    before: { l: { link: 'a' } },
    patches: [{ l: { link: 'b/c' } }],
    am: 'applies',
  },
  {
    name: 'a symlink deleted',
    before: { a: text, l: { link: 'a' } },
    patches: [{ l: null }],
    am: 'applies',
  },
  {
    name: 'a file that becomes a symlink',
    before: { a: text, b: 'x\n' },
    patches: [{ b: { link: 'a' } }],
    am: 'applies',
  },
  {
    name: 'a symlink that becomes a file',
    before: { a: text, b: { link: 'a' } },
    patches: [{ b: 'x\n' }],
    am: 'applies',
  },
  {
    name: 'a folder that becomes a file',
    before: { 'd/a': text, 'd/b': 'x\n' },
    patches: [{ 'd/a': null, 'd/b': null, d: 'now a file\n' }],
    am: 'applies',
  },
  {
    name: 'a file that becomes a folder',
    before: { d: text },
    patches: [{ d: null, 'd/a': 'x\n' }],
    am: 'applies',
  },
  { name: 'an empty file', before: { a: text }, patches: [{ e: '' }], am: 'applies' },
  {
    name: 'an empty file deleted',
    before: { a: text, e: '' },
    patches: [{ e: null }],
    am: 'applies',
  },
  { name: 'a file emptied', before: { a: text }, patches: [{ a: '' }], am: 'applies' },
  { name: 'a file filled', before: { e: '' }, patches: [{ e: text }], am: 'applies' },
  {
    name: 'a last newline removed',
    before: { a: text },
    patches: [{ a: text.trimEnd() }],
    am: 'applies',
  },
  {
    name: 'a last newline added',
    before: { a: text.trimEnd() },
    patches: [{ a: text }],
    am: 'applies',
  },
  {
    name: 'no last newline before and after',
    before: { a: 'one\ntwo' },
    patches: [{ a: 'one\nthree' }],
    am: 'applies',
  },
  { name: 'a new binary file', before: { a: text }, patches: [{ b: bytes }], am: 'applies' },
  {
    name: 'a binary file changed',
    before: { b: bytes },
    patches: [{ b: otherBytes }],
    am: 'applies',
  },
  {
    name: 'a binary file deleted',
    before: { a: text, b: bytes },
    patches: [{ b: null }],
    am: 'applies',
  },
  {
    name: 'a binary file without its bytes',
    before: { b: bytes },
    patches: [{ b: otherBytes }],
    formatPatch: ['--no-binary'],
    am: 'refuses',
  },
  {
    name: 'latin-1 bytes in a file',
    before: { a: Buffer.from(umlauts, 'latin1') },
    patches: [{ a: Buffer.from(`${umlauts}\u00e4\n`, 'latin1') }],
    am: 'applies',
  },
  {
    name: 'spaces in a path',
    before: { 'my file': text },
    patches: [{ 'my file': edited, 'dir x/new one': 'x\n' }],
    am: 'applies',
  },
  {
    name: 'a path that git quotes',
    before: { 'tab\there': text, 'gr\u00fc\u00dfe': text },
    patches: [{ 'tab\there': edited, 'gr\u00fc\u00dfe': edited, 'q"uote': 'x\n' }],
    am: 'applies',
  },
  {
    name: 'a newline in a path',
    before: { 'two\nlines': text },
    patches: [{ 'two\nlines': edited }],
    am: 'applies',
  },
  {
    name: 'lines that look like headers',
    before: { a: `${text}-- a/b\n++ b/c\ndiff --git a/x b/x\n` },
    patches: [{ a: `${text}-- a/c\n++ b/d\ndiff --git a/y b/y\n` }],
    am: 'applies',
  },
  {
    name: 'repeated context',
    before: { a: '}\n\n}\n\n}\n\n}\n\n'.repeat(8) },
    patches: [{ a: `${'}\n\n}\n\n}\n\n}\n\n'.repeat(4)}new\n${'}\n\n}\n\n}\n\n}\n\n'.repeat(4)}` }],
    am: 'applies',
  },
  {
    name: 'trailing white space',
    before: { a: text },
    patches: [{ a: `${text}tail  \t\n \n\n` }],
    am: 'applies',
  },
  {
    name: 'very long lines',
    before: { a: `${'x'.repeat(5000)}\n` },
    patches: [{ a: `${'y'.repeat(5000)}\n` }],
    am: 'applies',
  },
]

const meanwhiles: readonly ApplyCase[] = [
  {
    name: 'hunks that moved',
    ...edit,
    meanwhile: { a: `${lines(100, 140)}${text}` },
    am: 'applies',
  },
  {
    name: 'a neighbouring change (3-way)',
    ...edit,
    meanwhile: { a: text.replace('line 13\n', 'line thirteen\n') },
    am: 'applies',
  },
  {
    name: 'a file renamed meanwhile (3-way)',
    before: { a: text, z: 'z\n' },
    patches: [{ a: edited }],
    meanwhile: { a: null, 'moved/a': text },
    am: 'applies',
  },
  {
    name: 'a folder renamed meanwhile (3-way)',
    before: { 'd/a': text, 'd/b': lines(60, 99) },
    patches: [{ 'd/a': edited, 'd/new': 'x\n' }],
    meanwhile: { 'd/a': null, 'd/b': null, 'e/a': text, 'e/b': lines(60, 99) },
    am: 'applies',
  },
  {
    name: 'the same change made meanwhile',
    before: { a: text, b: '1\n' },
    patches: [{ b: '2\n' }, { a: edited }, { b: '3\n' }],
    meanwhile: { a: edited },
    am: 'applies',
  },
  {
    name: 'the same new file made meanwhile',
    before: { a: text },
    patches: [{ n: 'same\n' }],
    meanwhile: { n: 'same\n' },
    am: 'applies',
  },
  {
    name: 'the same line changed otherwise',
    ...edit,
    meanwhile: { a: text.replace('line 15\n', 'line XV\n') },
    am: 'refuses',
  },
  {
    name: 'a file deleted meanwhile',
    before: { a: text, b: '1\n' },
    patches: [{ a: edited }],
    meanwhile: { a: null },
    am: 'refuses',
  },
  {
    name: 'another new file of the same name',
    before: { a: text },
    patches: [{ n: 'mine\n' }],
    meanwhile: { n: 'yours\n' },
    am: 'refuses',
  },
  {
    name: 'a folder where the patch makes a file',
    before: { a: text },
    patches: [{ n: 'mine\n' }],
    meanwhile: { 'n/x': 'yours\n' },
    am: 'refuses',
  },
  {
    name: 'a file where the patch makes a folder',
    before: { a: text },
    patches: [{ 'n/x': 'mine\n' }],
    meanwhile: { n: 'yours\n' },
    am: 'refuses',
  },
  {
    name: 'a symlink where the patch expects a folder',
    before: { 'd/a': text, b: 'x\n' },
    patches: [{ 'd/a': edited }],
    meanwhile: { 'd/a': null, d: { link: '/tmp' } },
    am: 'refuses',
  },
  {
    name: 'a binary file changed on both sides',
    before: { b: bytes },
    patches: [{ b: otherBytes }],
    meanwhile: { b: Uint8Array.from([...bytes, 0, 1, 2]) },
    am: 'refuses',
  },
  {
    name: 'a mode changed meanwhile',
    ...edit,
    meanwhile: { a: { executable: text } },
    am: 'applies',
  },
  {
    name: 'merge=union in the tree (3-way)',
    ...edit,
    meanwhile: { '.gitattributes': 'a merge=union\n', a: text.replace('line 15\n', 'line XV\n') },
    am: 'applies',
  },
  {
    name: "merge=ours of nobody's driver (3-way)",
    ...edit,
    meanwhile: {
      '.gitattributes': 'a merge=hostile\n',
      a: text.replace('line 13\n', 'line thirteen\n'),
    },
    am: 'applies',
  },
]

const attributes: readonly ApplyCase[] = [
  {
    name: 'eol=crlf in the tree',
    before: { '.gitattributes': '* text=auto eol=crlf\n', a: text },
    patches: [{ a: edited }],
    am: 'applies',
  },
  {
    name: 'a filter that is not there',
    before: { '.gitattributes': '*.bin filter=lfs diff=lfs merge=lfs -text\n', 'x.bin': text },
    patches: [{ 'x.bin': edited }],
    am: 'applies',
  },
  {
    name: 'ident in the tree',
    before: { '.gitattributes': 'a ident\n', a: `$Id$\n${text}` },
    patches: [{ a: `$Id$\n${edited}` }],
    am: 'applies',
  },
  {
    name: 'another encoding in the work tree',
    before: { '.gitattributes': 'a working-tree-encoding=UTF-16LE-BOM\n', b: text },
    patches: [{ b: edited }],
    am: 'applies',
  },
  {
    name: 'attributes that the series itself adds',
    before: { a: text },
    patches: [{ '.gitattributes': '* eol=crlf\n' }, { a: edited }],
    am: 'applies',
  },
  {
    name: 'attributes that the series mends, and takes away',
    before: { '.gitattributes': '*.pl text eof=lf\n', 'd/a.pl': text },
    patches: [
      { '.gitattributes': '*.pl text eol=lf\n', 'd/a.pl': edited },
      { 'd/.gitattributes': '*.pl -text\n', 'd/a.pl': text },
      { '.gitattributes': null, 'd/a.pl': edited },
    ],
    am: 'applies',
  },
  {
    name: 'attributes that the series adds with CRLF lines to turn',
    before: { a: text, b: 'x\r\ny\n' },
    patches: [{ '.gitattributes': '* text=auto\n', b: 'x\r\nz\n' }, { b: 'w\r\nz\n' }],
    rewrite: base64,
    am: 'applies',
  },
  {
    name: 'attributes that both sides change (3-way)',
    before: { '.gitattributes': '*.a diff\n*.b diff\n*.c diff\n*.d diff\n*.e diff\n', a: text },
    patches: [
      {
        '.gitattributes': '*.a eol=crlf\n*.b diff\n*.c diff\n*.d diff\n*.e diff\n',
        a: edited,
      },
      { a: edited.replace('line 3\n', 'line three\n') },
    ],
    meanwhile: {
      '.gitattributes': '*.a diff\n*.b diff\n*.c diff\n*.d diff\n*.e diff\na text=auto\n* eol=lf\n',
      a: text.replace('line 18\n', 'line eighteen\n'),
    },
    am: 'applies',
  },
  {
    name: 'another merge of a file that the series asks for (3-way)',
    before: { '.gitattributes': '*.a diff\n*.b diff\n*.c diff\n', a: text },
    patches: [{ '.gitattributes': 'a merge=union\n*.a diff\n*.b diff\n*.c diff\n', a: edited }],
    meanwhile: {
      '.gitattributes': '*.a diff\n*.b diff\n*.d diff\n',
      a: text.replace('line 15\n', 'line XV\n'),
    },
    am: 'refuses',
  },
  {
    name: 'a filter that the series adds',
    before: { a: text },
    patches: [{ '.gitattributes': '* filter=lfs ident\n', a: edited }, { a: `$Id$\n${text}` }],
    am: 'applies',
  },
  {
    name: 'CRLF in a file',
    before: { a: text.replace(/\n/g, '\r\n') },
    patches: [{ a: edited.replace(/\n/g, '\r\n') }],
    am: 'refuses',
  },
]

const mails: readonly ApplyCase[] = [
  {
    name: 'quoted-printable',
    before: { a: umlauts },
    patches: [{ a: `${umlauts}= ${'long '.repeat(40)}\n` }],
    rewrite: quotedPrintable,
    am: 'applies',
  },
  {
    name: 'base64',
    before: { a: umlauts },
    patches: [{ a: `${umlauts}more\n` }],
    rewrite: base64,
    am: 'applies',
  },
  { name: 'CRLF line ends of the mail', ...edit, rewrite: crlf, am: 'applies' },
  {
    name: 'quoted-printable and CRLF',
    before: { a: umlauts },
    patches: [{ a: `${umlauts}more\n` }],
    rewrite: (mail) => crlf(quotedPrintable(mail)),
    am: 'applies',
  },
  {
    name: 'a patch recoded to ISO-8859-1',
    ...edit,
    message: 'Gr\u00fc\u00dfe\n\nna\u00efve',
    rewrite: latin1,
    am: 'applies',
  },
  {
    name: 'a subject in UTF-8',
    ...edit,
    message: 'Gr\u00fc\u00dfe aus K\u00f6ln\n\nna\u00efve',
    am: 'applies',
  },
  {
    name: 'a subject of many lines',
    ...edit,
    message: `${'very '.repeat(30)}long\n\nbody`,
    am: 'applies',
  },
  {
    name: 'tags and Re: in the subject',
    ...edit,
    rewrite: withHeaders({ Subject: 'Re: [PATCH v3 2/7] [tag] net: do it' }),
    am: 'applies',
  },
  {
    name: 'an in-body From',
    ...edit,
    author: 'Bob <bob@example.net>',
    formatPatch: ['--from=Ada Author <ada@example.org>'],
    am: 'applies',
  },
  {
    name: 'in-body From, Subject and Date',
    ...edit,
    rewrite: withBody(
      (body) =>
        `From: B\u00f6b <b@example.net>\nSubject: another\n title\nDate: Wed, 3 Jan 2018 04:05:06 -0330\n\n${body}`,
    ),
    am: 'applies',
  },
  {
    name: 'scissors',
    ...edit,
    rewrite: withBody((body) => `Hello,\n\n-- >8 --\nSubject: other\n\n${body}`),
    am: 'applies',
  },
  {
    name: 'notes after the dashes',
    ...edit,
    rewrite: withBody((body) => body.replace('---\n', '---\nv2: better\n\n--- \nmore\n')),
    am: 'applies',
  },
  {
    name: 'a commit message with --- and diff',
    ...edit,
    message: 'title\n\nbefore\n--- a/a\nafter\ndiff -u x y\nmore',
    am: 'applies',
  },
  {
    name: 'a mailing list footer',
    ...edit,
    rewrite: withBody(
      (body) => `${body}_______________\nlist@example.org\nhttps://example.org/list\n`,
    ),
    am: 'applies',
  },
  {
    name: 'trailers and base-commit',
    ...edit,
    message: 'title\n\nbody\n\nSigned-off-by: A <a@example.org>\nAcked-by: B <b@example.org>',
    formatPatch: ['--base=HEAD~1'],
    am: 'applies',
  },
  {
    name: 'format=flowed',
    ...edit,
    rewrite: (mail) =>
      withHeaders({ 'Content-Type': 'text/plain; charset=UTF-8; format=flowed' })(
        withBody((body) => body.replace(/^ line/gm, '  line'))(mail),
      ),
    am: 'applies',
  },
  {
    name: 'a patch that speaks of charsets',
    before: { a: `Content-Type: text/plain; charset=koi8-r\n${text}` },
    patches: [{ a: `Content-Type: text/plain; charset=shift_jis\n${edited}` }],
    message: 'title\n\nContent-Type: text/plain; charset=utf-16\n=?koi8-r?q?=C1?=',
    am: 'applies',
  },
  { name: 'a patch in an attachment', ...edit, formatPatch: ['--attach'], am: 'applies' },
  { name: 'an inline attachment', ...edit, formatPatch: ['--inline'], am: 'applies' },
  {
    name: 'a quoted author name',
    ...edit,
    author: 'Dr. "Q" O\'Neil, <q@example.org>',
    am: 'applies',
  },
  {
    name: 'an author without a name',
    ...edit,
    rewrite: withHeaders({ From: 'ada@example.org' }),
    am: 'applies',
  },
  { name: 'no author at all', ...edit, rewrite: withHeaders({ From: null }), am: 'refuses' },
  { name: 'no subject', ...edit, rewrite: withHeaders({ Subject: null }), am: 'applies' },
  { name: 'no context', ...edit, formatPatch: ['-U0'], am: 'refuses' },
  { name: 'much context', ...edit, formatPatch: ['-U20'], am: 'applies' },
  { name: 'full blob names', ...edit, formatPatch: ['--full-index'], am: 'applies' },
  {
    name: 'no prefixes (3-way finds the file by its content)',
    before: { 'd/a': text },
    patches: [{ 'd/a': edited }],
    formatPatch: ['--no-prefix'],
    am: 'applies',
  },
  {
    name: 'a cut patch',
    ...edit,
    rewrite: withBody((body) => body.slice(0, body.indexOf('+line fifteen'))),
    am: 'refuses',
  },
  {
    name: 'a mail without a patch',
    ...edit,
    rewrite: withBody(() => 'Just words.\n'),
    am: 'refuses',
  },
]

const dates: readonly ApplyCase[] = [
  'Mon, 15 Jan 2024 10:20:30 -0830',
  'Mon, 15 Jan 2024 10:20:30 +0000 (UTC)',
  'Mon, 15 Jan 2024 10:20 +0100',
  '15 Jan 2024 10:20:30 EST',
  '2024-01-15T10:20:30+02:00',
  '2024-01-15 10:20:30',
  'Thu, 01 Jan 1970 00:00:00 +0000',
  'Mon, 15 Jan 2035 10:20:30 +1400',
  'Tue Jan 15 10:20:30 2024 +0900',
].map((date) => ({
  name: `the date ${date}`,
  ...edit,
  rewrite: withHeaders({ Date: date }),
  am: 'applies' as const,
}))

export const applyCases: readonly ApplyCase[] = [
  ...trees,
  ...meanwhiles,
  ...attributes,
  ...mails,
  ...dates,
]

/** Makes the history of a case; gives the mails and the commit to apply them on. */
export function buildCase(
  repo: TestRepo,
  applyCase: ApplyCase,
): { readonly base: Sha; readonly mails: readonly Uint8Array[] } {
  const before = repo.commit({ files: applyCase.before })
  const { message, author } = applyCase
  for (const files of applyCase.patches) {
    repo.commit({
      files,
      ...(message === undefined ? {} : { message }),
      ...(author === undefined ? {} : { author }),
    })
  }
  const plain = repo.formatPatch(`${before}..HEAD`, ...(applyCase.formatPatch ?? []))
  const rewrite = applyCase.rewrite ?? ((mail: Uint8Array): Uint8Array => mail)
  repo.git('checkout', '-q', '-f', '-B', 'meanwhile', before)
  const base =
    applyCase.meanwhile === undefined ? before : repo.commit({ files: applyCase.meanwhile })
  return { base, mails: plain.map(rewrite) }
}
