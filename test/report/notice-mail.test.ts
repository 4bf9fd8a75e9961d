import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { badAfter } from '../../src/core/watch/notice.ts'
import { composeMail } from '../../src/mail/send/compose-mail.ts'
import { columns } from '../../src/report/layout.ts'
import { createMailReporter } from '../../src/report/mail-reporter.ts'
import { badIn, sampleInstallation, sampleNotice } from '../../src/report/notice-mail.ts'
import { sampleEnvelope } from '../../src/report/sample-report.ts'
import { mailTemplates } from './mail-templates.ts'

const reporter = createMailReporter(mailTemplates)
const folder = path.resolve(import.meta.dirname, '../fixtures/report')
const to = [{ name: '', address: 'ops@example.org' }]
const envelope = { ...sampleEnvelope, to, installation: sampleInstallation }
const known = { bad: new Set(['failed-mails', 'mirror-age frob']) }

const all = sampleNotice()
const notices = {
  operator: all,
  'operator-well': { ...all, turnedBad: [], stillBad: [] },
  'operator-gone': {
    ...all,
    turnedBad: [],
    recovered: [{ key: 'mirror-age frob', condition: null }],
  },
  'operator-one': { ...all, turnedBad: all.turnedBad.slice(1), recovered: [], stillBad: [] },
}

describe('the mail that the operator gets', () => {
  it.each(Object.entries(notices))('reads well: %s', async (name, notice) => {
    const mail = reporter.renderNotice(notice, badAfter(known, notice), envelope)

    const text = Buffer.from(composeMail(mail)).toString('utf8').replaceAll('\r\n', '\n')

    await expect(text).toMatchFileSnapshot(path.join(folder, `${name}.txt`))
    expect(mail.text.split('\n').filter((line) => columns(line) > 72)).toEqual([])
  })

  it('writes commands as they are typed, and wraps what is to be done', () => {
    const failed = all.stillBad.map((one) => ({
      ...one,
      remedy: `patchferry ${'outbox '.repeat(30)}`,
    }))
    const notice = { ...all, turnedBad: failed, stillBad: [] }
    const { text } = reporter.renderNotice(notice, [], envelope)

    expect(text.replaceAll(/\s+/g, ' ')).toContain('What to do: patchferry outbox outbox')
    expect(text.split('\n').filter((line) => columns(line) > 72)).toEqual([])
  })

  it('says in its header what is bad once it was read, whatever its name', () => {
    const bad = ['free-disk', 'source-silence linux kernel', 'mirror-age a%20b', 'rate-limit é\n']
    const mail = reporter.renderNotice(all, bad, envelope)

    expect(badIn(mail)).toEqual(bad)
    expect(badIn(reporter.renderNotice(all, [], envelope))).toEqual([])
  })
})
