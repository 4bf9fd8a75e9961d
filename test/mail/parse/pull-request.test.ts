import { describe, expect, it } from 'vitest'
import { readPull } from '../../../src/mail/parse/pull-request.ts'

const sha = '0123456789abcdef0123456789abcdef01234567'

function request(where: string): string {
  return `The following changes since commit ${sha}:\n\n  Linux 1.0 (2020-01-01)\n\nare available in the Git repository at:\n\n${where}\n\nfor you to fetch changes up to ${sha.replace('0', 'f')}:\n\n  x (2020-01-02)\n`
}

describe('readPull', () => {
  const tip = sha.replace('0', 'f')

  it.each([
    [
      '  https://example.org/r.git tags/for-next',
      { url: 'https://example.org/r.git', ref: 'tags/for-next', sha: tip },
    ],
    [
      '  git://example.org/~ann/r topic',
      { url: 'git://example.org/~ann/r', ref: 'topic', sha: tip },
    ],
    [
      '  git@example.org:ann/r.git topic',
      { url: 'git@example.org:ann/r.git', ref: 'topic', sha: tip },
    ],
    [
      '  https://example.org/a/very/long/one.git \\\n    tags/for-next',
      { url: 'https://example.org/a/very/long/one.git', ref: 'tags/for-next', sha: tip },
    ],
    [
      '  https://example.org/a/very/long/one.git\ntags/for-next',
      { url: 'https://example.org/a/very/long/one.git', ref: 'tags/for-next', sha: tip },
    ],
    ['  https://example.org/r.git', { url: 'https://example.org/r.git', ref: 'HEAD', sha: tip }],
  ])('reads %j', (where, pull) => {
    expect(readPull(request(where))).toEqual(pull)
  })

  it('knows no commit where none is named in full', () => {
    expect(
      readPull(request('  https://example.org/r.git x').replace(tip, 'abc123'))?.sha,
    ).toBeNull()
  })

  it.each([
    ['a quoted one', request('  https://example.org/r.git x').replace(/^/gm, '> ')],
    ['one without a URL', request('  my laptop')],
    ['prose', 'It is available in the git repository at home.\n'],
    ['nothing', ''],
  ])('is null for %s', (_, text) => {
    expect(readPull(text)).toBeNull()
  })
})
