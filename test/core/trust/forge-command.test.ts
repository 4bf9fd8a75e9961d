import { describe, expect, it } from 'vitest'
import type { ForgeComment } from '../../../src/core/pull-request/forge-comment.ts'
import { readReleaseAsked } from '../../../src/core/trust/forge-command.ts'

const at = new Date('2026-01-01T00:00:00Z')
const head = 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00'

function comment(body: string, facts: Partial<ForgeComment> = {}): ForgeComment {
  const author = { login: 'ada', isBot: false }
  return { id: '1', url: '', author, body, key: null, createdAt: at, updatedAt: at, ...facts }
}

describe('readReleaseAsked', () => {
  it.each([
    [`/patchferry approve ${head}`, { head }],
    [
      `Looks fine.\r\n\r\n  /patchferry approve ${head.slice(0, 12)}\r\n`,
      { head: head.slice(0, 12) },
    ],
    ['ok to test', { head: null }],
    ['/ok-to-test\n', { head: null }],
    ['OK to test!', { head: null }],
    ['Is it ok to test this?', null],
    ['not ok to test', null],
    ['> ok to test\n\nNo.', null],
    [`> /patchferry approve ${head}`, null],
    ['/patchferry approve c0ffee', null],
    ['/patchferry approve', null],
    ['', null],
  ])('reads %j', (body, asked) => {
    expect(readReleaseAsked(comment(body))).toEqual(asked)
  })

  it.each([
    ['a program', { author: { login: 'bot', isBot: true } }],
    ['ourselves', { key: 'x' }],
    ['nobody knows whom, since it was edited', { updatedAt: new Date(at.getTime() + 1000) }],
  ])('heeds no comment by %s', (_who, facts) => {
    expect(readReleaseAsked(comment('ok to test', facts))).toBeNull()
  })
})
