import { describe, expect, it } from 'vitest'
import { fieldsSigned } from '../../../src/core/trust/dkim-cover.ts'
import { readMailedRelease } from '../../../src/core/trust/mail-command.ts'

const head = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00'
const nothing = { version: null, head: null }

describe('readMailedRelease', () => {
  it.each([
    ['ok to test v2', { version: '2', head: null }],
    ['OK-to-test v5.1.\r\n', { version: '5.1', head: null }],
    [`ok to test ${head}`, { version: null, head }],
    [`ok to test ${head.toUpperCase()}`, { version: null, head }],
    [`/patchferry approve ${head.slice(0, 12)}`, { version: null, head: head.slice(0, 12) }],
    ['/patchferry approve v3', { version: '3', head: null }],
    ['On Monday, Olga wrote:\n> a patch\n\nok to test v2\n', { version: '2', head: null }],
    ['Looks fine to me.\nok to test v2\n-- \nAda', { version: '2', head: null }],
    ['ok to test', nothing],
    ['/patchferry approve', nothing],
    ['ok to test v1\nok to test v2', nothing],
    [`ok to test v1\nok to test ${head}`, nothing],
    ['ok to test v2\nok to test v2', { version: '2', head: null }],
    ['> ok to test v2\n\nNo.', null],
    ['ok to test c0ffee', null],
    ['ok to test 2', null],
    ['ok to test v0', null],
    ['Is it ok to test v2?', null],
    ['not ok to test v2', null],
    ['-- \nok to test v2', null],
    ['-----Original Message-----\nok to test v2', null],
    // What a program quotes without a mark.
    ['Why?\n\nFrom: Mallory\nSent: Monday\n\nok to test v2', null],
    ['From: Mallory\nSent: Monday\n\nok to test v2', null],
    ['', null],
  ])('reads %j', (text, asked) => {
    expect(readMailedRelease(text)).toEqual(asked)
  })
})

describe('fieldsSigned', () => {
  it.each([
    [['v=1; d=example.org; h=From:In-Reply-To :\r\n Date; b=x'], ['from', 'in-reply-to', 'date']],
    [['d=sub.example.org; h=from'], null],
    [['d=other.example; h=from:date', 'd=example.org; h=from'], ['from']],
    [['d=example.org; h=from:date', 'd=EXAMPLE.org; h=from:to'], ['from']],
    [['d=example.org; h=from:date', 'd=example.org; h=from; l=10'], null],
    [['d=example.org; b=x'], ['']],
    [['nonsense'], null],
    [[], null],
  ])('of %j', (signatures, fields) => {
    const signed = fieldsSigned(signatures, 'ada@example.org')
    expect(signed === null ? null : [...signed]).toEqual(fields)
  })
})
