import { describe, expect, it } from 'vitest'
import { toMessageId } from '../../src/core/ids.ts'
import { sampleReports } from '../../src/report/sample-report.ts'
import { replySubject, threadingOf } from '../../src/report/threading.ts'

const { answers } = sampleReports('success')[0]

function threading(messageId: string, references: readonly string[]): unknown {
  return threadingOf({
    ...answers,
    messageId: toMessageId(messageId),
    references: references.map(toMessageId),
  })
}

describe('threadingOf', () => {
  it('puts the answered mail behind its own references', () => {
    expect(threading('c@x', ['a@x', 'b@x'])).toEqual({
      inReplyTo: 'c@x',
      references: ['a@x', 'b@x', 'c@x'],
    })
  })

  it('names each mail once', () => {
    expect(threading('c@x', ['a@x', 'c@x', 'a@x', 'b@x'])).toEqual({
      inReplyTo: 'c@x',
      references: ['a@x', 'b@x', 'c@x'],
    })
  })

  it('keeps the first and the last of a long thread', () => {
    const many = Array.from({ length: 60 }, (_, n) => `${`${n}`.padStart(30, '0')}@example.org`)

    const found = threadingOf({
      ...answers,
      messageId: toMessageId('parent@x'),
      references: many.map(toMessageId),
    })

    expect(found.references[0]).toBe(many[0])
    expect(found.references.at(-1)).toBe('parent@x')
    expect(found.references.slice(1, -1)).toEqual(many.slice(60 - found.references.length + 2))
    const field = `References: ${found.references.map((id) => `<${id}>`).join(' ')}`
    expect(field.length).toBeLessThanOrEqual(998)
    expect(field.length).toBeGreaterThan(900)
  })

  it('leaves out ids that no header can hold, and those that we made up', () => {
    const made = 'sha256-0123@no-message-id.invalid'

    expect(threading('a> <b@x', ['x y@x', 'ö@x', made, 'ok@x', ''])).toEqual({
      inReplyTo: null,
      references: ['ok@x'],
    })
    expect(threading('=?utf-8?q?=0D=0ABcc:_x?=@x', ['=?utf-8?b?DQo=?=', 'ok@x'])).toEqual({
      inReplyTo: null,
      references: ['ok@x'],
    })
    expect(threading(made, [])).toEqual({ inReplyTo: null, references: [] })
  })

  it('names the answered mail however long its id is', () => {
    const long = `${'x'.repeat(890)}@x`

    expect(threading(long, ['a@x', `${'b'.repeat(90)}@x`])).toEqual({
      inReplyTo: long,
      references: ['a@x', long],
    })
  })
})

describe('replySubject', () => {
  it.each([
    ['[PATCH v2 0/3] frob', 'Re: [PATCH v2 0/3] frob'],
    ['Re: [PATCH 1/1] frob', 'Re: [PATCH 1/1] frob'],
    ['RE: AW: Re[2]: sv:x', 'Re: x'],
    ['[frob-devel] Re: [PATCH] x', 'Re: [frob-devel] Re: [PATCH] x'],
    ['a\r\nBcc: b', 'Re: a Bcc: b'],
    ['', 'Re: '],
  ])('answers %j with %j', (subject, reply) => {
    expect(replySubject(subject)).toBe(reply)
  })
})
