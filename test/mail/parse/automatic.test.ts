import { describe, expect, it } from 'vitest'
import { isAutomatic } from '../../../src/mail/parse/automatic.ts'
import { readHeaderBlock } from '../../../src/mail/parse/header-block.ts'
import { readListIds } from '../../../src/mail/parse/list-ids.ts'
import { senderOf } from '../../../src/mail/parse/submitter.ts'

describe('isAutomatic', () => {
  it.each([
    ['Auto-Submitted: auto-replied', true],
    ['Auto-Submitted: auto-generated; x=y', true],
    ['Auto-Submitted: no', false],
    ['Auto-Submitted: NO (really)', false],
    ['X-Autoreply: yes', true],
    ['X-Autorespond: x', true],
    ['Precedence: auto_reply', true],
    ['Precedence: bulk', true],
    ['Precedence: list\nList-Id: <dev.lists.example.org>', false],
    ['Precedence: bulk\nX-BeenThere: dev@lists.example.org', false],
    ['Precedence: first-class', false],
    ['Return-Path: <>', true],
    ['Return-Path: <>\nList-Id: <dev.lists.example.org>', false],
    ['Return-Path: <ann@example.org>', false],
    ['Content-Type: multipart/report; report-type=delivery-status', true],
    ['Content-Type: multipart/mixed', false],
    ['X-Bridged-By: x', true],
    ['From: MAILER-DAEMON (Mail Delivery System)', true],
    ['From: Mail Delivery System <Mailer-Daemon@mx.example>', true],
    ['From: postmaster@mx.example', true],
    ['From: Ann <ann.postmaster@mx.example>', false],
    ['X-Failed-Recipients: ann@example.org', true],
    ['X-Auto-Response-Suppress: All', true],
    ['X-Auto-Response-Suppress: DR, AutoReply', true],
    ['X-Auto-Response-Suppress: OOF', false],
    ['X-Patchferry-Report: failure\nList-Id: <dev.lists.example.org>', true],
    ['Precedence: junk', true],
    ['Precedence: bulk\nX-Mailing-List: git@vger.kernel.org', false],
    ['Subject: x', false],
  ])('of %j is %j', (header, expected) => {
    const { fields } = readHeaderBlock(`${header}\n\n`)
    expect(isAutomatic(fields, senderOf(fields))).toBe(expected)
  })
})

describe('readListIds', () => {
  it.each([
    ['List-Id: Developers <Dev.lists.example.org>', ['dev.lists.example.org']],
    ['List-Id: <a.example.org>\nList-Id: <b.example.org>', ['a.example.org', 'b.example.org']],
    ['List-Id: a.example.org', ['a.example.org']],
    ['X-Mailing-List: dev@lists.example.org', ['dev@lists.example.org']],
    ['List-Id: <a.example.org>\nX-BeenThere: dev@lists.example.org', ['a.example.org']],
    ['List-Id:', []],
    ['Subject: x', []],
  ])('of %j is %j', (header, expected) => {
    expect(readListIds(readHeaderBlock(`${header}\n\n`).fields)).toEqual(expected)
  })
})
