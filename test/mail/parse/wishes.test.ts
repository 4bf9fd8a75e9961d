import { describe, expect, it } from 'vitest'
import { readHeaderBlock } from '../../../src/mail/parse/header-block.ts'
import { readWishes } from '../../../src/mail/parse/wishes.ts'

function read(header: string): unknown {
  return readWishes(readHeaderBlock(`${header}\n\n`).fields)
}

const none = { replyTo: [], followUpTo: [], isListClosed: false }

describe('readWishes', () => {
  it('reads where answers are to go', () => {
    expect(
      read(
        'Reply-To: Ann <ann@home.example>\nMail-Followup-To: dev@lists.example,\n bob@b.example',
      ),
    ).toEqual({
      ...none,
      replyTo: [{ name: 'Ann', address: 'ann@home.example' }],
      followUpTo: [
        { name: '', address: 'dev@lists.example' },
        { name: '', address: 'bob@b.example' },
      ],
    })
  })

  it.each([
    ['List-Post: NO', true],
    ['List-Post: NO (posting not allowed on this list)', true],
    ['List-Post: no', true],
    ['List-Post: <mailto:no@lists.example>', false],
    ['List-Post: <mailto:dev@lists.example> (Postings are Moderated)', false],
    ['Subject: x', false],
  ])('of %j says whether the list is closed', (header, isListClosed) => {
    expect(read(header)).toEqual({ ...none, isListClosed })
  })

  it('takes no crowd for a wish', () => {
    const crowd = Array.from({ length: 200 }, (_, n) => `a${n}@b.example`).join(', ')

    expect(read(`Reply-To: ${crowd}\nMail-Followup-To: ${crowd}`)).toEqual(none)
  })
})
