import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { parseMail } from '../../../src/mail/parse/parse-mail.ts'
import { mailRepairs } from '../../../src/mail/parse/repairs.ts'
import { openGitMailInfo } from '../../support/git-mailinfo.ts'
import { commit, patchDiff, transformedMail } from '../../support/transformed-mail.ts'

const git = openGitMailInfo()
afterAll(() => git.close())

/** As `git mailsplit` leaves it. */
function lines(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n')
}

describe('a patch mail that mail software changed on its way', () => {
  it('gives the same commit, as git reads it or by repairs that are named', () => {
    const runs = Number(process.env['PATCHFERRY_FUZZ_RUNS'] ?? 120)
    fc.assert(
      fc.property(transformedMail, (text) => {
        const raw = Buffer.from(text, 'latin1')
        const parsed = parseMail(raw)
        if (parsed.outcome === 'unreadable') {
          throw new Error(parsed.reason.message)
        }
        const { message, body } = parsed
        const read = git.read(lines(body.repaired ?? raw))
        expect(read && { ...read, date: read.date.trim(), log: read.log.trim() }).toEqual({
          ...commit,
          patch: expect.stringContaining(patchDiff),
        })
        expect(body.diff).toBe(Buffer.from(patchDiff, 'latin1').toString('utf8'))
        expect(message.problems).toEqual([])
        expect(message.submitter).toEqual({ name: 'Ann Ü', address: commit.email })
        expect(message.patch).toMatchObject({ title: 'one', isFormatPatch: true })
        expect(message.repairs.filter((repair) => !(repair in mailRepairs))).toEqual([])
        expect(body.repaired !== null && message.repairs.length === 0).toBe(false)
      }),
      { numRuns: runs },
    )
  }, 60_000)
})
