import { describe, expect, it } from 'vitest'
import { readHeaderBlock } from '../../../src/mail/parse/header-block.ts'
import {
  deriveMessageId,
  readIds,
  readMessageId,
  readReferences,
} from '../../../src/mail/parse/message-ids.ts'

function fieldsOf(header: string): ReturnType<typeof readHeaderBlock>['fields'] {
  return readHeaderBlock(`${header}\n\n`).fields
}

describe('readIds', () => {
  it.each([
    ['one', '<a@b>', ['a@b']],
    ['several, with or without blanks', '<a@b><c@d>\t <e@f>', ['a@b', 'c@d', 'e@f']],
    ['text around', 'Your message of "Tue, 1 Jan" <a@b> (x)', ['a@b']],
    ['no brackets', 'a@b', ['a@b']],
    ['words without brackets', 'a@b, c@d (x)', ['a@b', 'c@d']],
    ['an id folded in its middle', '<long part  @b>', ['longpart@b']],
    ['an id that is cut off', '<a@b> <c@', ['a@b']],
    ['an id without an @', '<1m>', ['1m']],
    ['bytes of no charset', '<a\xff@b>', ['aÿ@b']],
    ['garbage', '>', []],
    ['a date', 'Tue, 1 Jan 2020', []],
  ])('reads %s', (_, value, ids) => {
    expect(readIds(value)).toEqual(ids)
  })

  it('keeps a long id whole', () => {
    const id = `${'x'.repeat(5000)}@example.org`
    expect(readIds(`<${id}>`)).toEqual([id])
  })
})

describe('readMessageId', () => {
  it.each([
    ['Message-ID: <a@b>', 'a@b'],
    ['Message-Id:\n <a@b>', 'a@b'],
    ['Message-ID:\xa0 <a@b>', 'a@b'],
    ['Message-ID:\nMessage-ID: <c@d>', 'c@d'],
    ['Message-ID: <a@b>\nMessage-ID: <c@d>', 'a@b'],
    ['Message-ID: >', null],
    ['Subject: x', null],
  ])('of %j is %j', (header, id) => {
    expect(readMessageId(fieldsOf(header))).toBe(id)
  })
})

describe('deriveMessageId', () => {
  const header = 'From: a@b\nDate: Mon, 1 Feb 2016 10:00:00 +0100\nSubject: x'

  it('is a sha256 that a reader sees the origin of', () => {
    expect(deriveMessageId(fieldsOf(header), 'body\n')).toMatch(
      /^sha256-[0-9a-f]{64}@no-message-id\.invalid$/,
    )
  })

  it('does not depend on transport', () => {
    const arrived = `Received: by x\n${header.replace('Subject: x', 'Subject:\n x')}\nX-A: b`
    expect(deriveMessageId(fieldsOf(arrived), 'body\n\n')).toBe(
      deriveMessageId(fieldsOf(header), 'body\n'),
    )
  })

  it.each(['From: c@d', 'Date: x', 'Subject: y'])('depends on %s', (field) => {
    expect(deriveMessageId(fieldsOf(`${header}\n${field}`), 'body\n')).not.toBe(
      deriveMessageId(fieldsOf(header), 'body\n'),
    )
  })
})

describe('readReferences', () => {
  it('takes every id of every field of the name once', () => {
    const fields = fieldsOf(
      'References: <a@b> <c@d>\nIn-Reply-To: <x@y>\nReferences: <c@d>\n <e@f>',
    )
    expect(readReferences(fields, 'references', new Set())).toEqual(['a@b', 'c@d', 'e@f'])
  })

  it('leaves out addresses and answers to a prompt', () => {
    const fields = fieldsOf("In-Reply-To: <ann@example.org>'s message <a@b>\nIn-Reply-To: <y>")
    expect(readReferences(fields, 'in-reply-to', new Set(['ann@example.org']))).toEqual(['a@b'])
  })
})
