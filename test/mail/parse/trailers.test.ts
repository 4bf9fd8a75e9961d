import { describe, expect, it } from 'vitest'
import { readCommitTrailers, readGivenTrailers } from '../../../src/mail/parse/trailers.ts'
import { cpuNow } from '../../support/cpu-now.ts'

const ann = 'Ann Author <ann@example.org>'

function short(trailers: ReturnType<typeof readGivenTrailers>): readonly string[] {
  return trailers.map(({ key, value }) => `${key}: ${value}`)
}

describe('readCommitTrailers', () => {
  it('reads the last paragraph of the message', () => {
    const message = `Why.\n\nNote: not one\n\nFixes: 0123456789ab ("x")\nSigned-off-by: ${ann}\n`
    expect(short(readCommitTrailers(message))).toEqual([
      'Fixes: 0123456789ab ("x")',
      `Signed-off-by: ${ann}`,
    ])
  })

  it('keeps the case of names', () => {
    expect(short(readCommitTrailers(`tESTed-bY: ${ann}\n`))).toEqual([`tESTed-bY: ${ann}`])
  })

  it.each([
    ['a Fixes without a commit', 'Fixes: the leak'],
    ['contact data', 'Phone: 123\nE-mail: ann@example.org'],
    ['prose', 'See also: this\nis: no trailer'],
  ])('does not take %s for one', (_, message) => {
    expect(short(readCommitTrailers(message)).filter((line) => !line.startsWith('is:'))).toEqual([])
  })
})

describe('readGivenTrailers', () => {
  it.each([
    ['a review', `Looks good.\n\nReviewed-by: ${ann}\n`, [`Reviewed-by: ${ann}`]],
    [
      'several, anywhere',
      `Acked-by: ${ann}\n\ntext\n\nTested-by: ${ann}\n`,
      [`Acked-by: ${ann}`, `Tested-by: ${ann}`],
    ],
    ['an indented one', `  Reviewed-by: ${ann}\n`, [`Reviewed-by: ${ann}`]],
    [
      'a wrapped address',
      'Reviewed-by: Ann Long Author\n<ann@example.org>\n',
      [`Reviewed-by: Ann Long Author <ann@example.org>`],
    ],
    ['a wrapped Fixes', 'Fixes: 0123456789ab (foo\nbar)\n', ['Fixes: 0123456789ab (foo bar)']],
    ['a hash comment', `Cc: x\nReviewed-by: ${ann} # for arm\n`, [`Reviewed-by: ${ann} # for arm`]],
    [
      'what stands below in brackets',
      `Reviewed-by: ${ann}\n[ only the core ]\n`,
      [`Reviewed-by: ${ann}\n[ only the core ]`],
    ],
    [
      'a doubled address',
      'Reviewed-by: Ann Author <ann@example.org<mailto:ann@example.org>>\n',
      [`Reviewed-by: ${ann}`],
    ],
    [
      'a link',
      'Link: https://example.org/x\nCloses: https://example.org/1\n',
      ['Link: https://example.org/x', 'Closes: https://example.org/1'],
    ],
    ['a carriage return', `Reviewed-by: ${ann}\r\n`, [`Reviewed-by: ${ann}`]],
    ['no quoted one', `> Reviewed-by: ${ann}\n`, []],
    ['nothing below the signature', `x\n-- \nReviewed-by: ${ann}\n`, []],
    ['nothing without an address', 'Reviewed-by: Ann\nNote: hello\n', []],
    ['no headers of quoted mails', `From: ${ann}\nTo: ${ann}\nCc: ${ann}\nDate: a@b.c\n`, []],
    ['no other names with links', 'See: https://ann@example.org/\n', []],
    ['no names of other scripts', 'Pr\u00fcfer: a@b.c\n', []],
    ['nothing of nothing', '', []],
  ])('takes %s', (_, text, trailers) => {
    expect(short(readGivenTrailers(text))).toEqual(trailers)
  })

  it('stops at a limit, and stays linear', () => {
    const begun = cpuNow()
    expect(readGivenTrailers(`Reviewed-by: ${ann}\n`.repeat(100_000))).toHaveLength(500)
    readGivenTrailers('a: ('.repeat(200_000))
    readGivenTrailers('a-'.repeat(200_000))
    readGivenTrailers(' '.repeat(400_000))
    expect(cpuNow() - begun).toBeLessThan(3000)
  })
})
