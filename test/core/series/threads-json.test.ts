import { describe, expect, it } from 'vitest'
import type { TopicId } from '../../../src/core/ids.ts'
import { toSha } from '../../../src/core/ids.ts'
import { toOtherLine, toThreadLine } from '../../../src/core/series/threads-json.ts'
import { id } from '../../support/make-message.ts'
import { makeSeries } from '../../support/make-series.ts'

const topic = '0123456789ab' as TopicId

describe('the line of a series', () => {
  it('has every key of the contract, in its order, and null for what is not there', () => {
    const line = toThreadLine({ series: makeSeries('a'), topic, linkedBy: null })
    expect(JSON.stringify(line)).toBe(
      '{"topic":"0123456789ab","version":1,"minor":0,"total":1,"complete":true,"name":"net: fix leak",' +
        '"submitter":{"name":"Ann","email":"ann@example.org"},"prefixes":[],"cover":null,' +
        '"patches":[{"number":1,"messageId":"a@example.org","subject":"net: fix leak","trailers":[]}],' +
        '"missing":[],"replies":0,"linkedBy":null,"composedFrom":null,"baseCommit":null,"changeId":null,' +
        '"pull":null,"problems":[]}',
    )
  })

  it('shows what there is', () => {
    const sha = toSha('a'.repeat(40))
    const trailer = { key: 'Acked-by', value: 'Bob <bob@example.org>', messageId: id('r') }
    const series = makeSeries('c', {
      version: 5,
      minor: 1,
      total: 3,
      complete: false,
      cover: id('c'),
      patches: [{ number: 2, messageId: id('p'), subject: 's', patchId: 'x', trailers: [trailer] }],
      missing: [1, 3],
      replies: [id('r'), id('q')],
      composedFrom: [id('p')],
      baseCommit: sha,
      changeId: '20240101-x-1234',
      pull: { url: 'https://example.org/r.git', ref: 'tags/x', sha },
      problems: [{ code: 'number-above-total', message: 'm' }],
    })
    expect(toThreadLine({ series, topic, linkedBy: 'reply' })).toMatchObject({
      minor: 1,
      patches: [{ number: 2, messageId: 'p@example.org', subject: 's', trailers: [trailer] }],
      missing: [1, 3],
      replies: 2,
      linkedBy: 'reply',
      composedFrom: ['p@example.org'],
      baseCommit: sha,
      changeId: '20240101-x-1234',
      pull: { url: 'https://example.org/r.git', ref: 'tags/x', sha },
      problems: [{ code: 'number-above-total', message: 'm' }],
    })
  })
})

describe('the line of another mail', () => {
  it('names it, its kind, the reason and where it lies', () => {
    const other = { messageId: null, kind: 'unreadable', reason: 'no headers' } as const
    expect(JSON.stringify(toOtherLine(other, 'in.mbox:120'))).toBe(
      '{"messageId":null,"kind":"unreadable","reason":"no headers","source":"in.mbox:120"}',
    )
  })
})
