import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { smtpMailer } from '../../../src/mail/send/smtp/smtp-mailer.ts'
import { makeCertificate } from '../../support/make-certificate.ts'
import { reasonToSkip } from '../../support/programs.ts'
import { openSink } from '../../support/smtp-sink.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { sampleMail } from './sample-mail.ts'

const withoutOpenssl = reasonToSkip('openssl', ['version'])

it.skipIf(withoutOpenssl !== null).each([
  ['tls', 'localhost', 'accepted', [], 1],
  ['tls', '127.0.0.1', 'deferred', ['ALTNAME_INVALID'], 0],
  ['starttls', 'localhost', 'accepted', [], 1],
  ['starttls', '127.0.0.1', 'deferred', ['ALTNAME_INVALID'], 0],
] as const)(
  `by %s the word of an authority is taken only for the host that is named: %s is %s ${withoutOpenssl ?? ''}`,
  async (security, host, outcome, why, mails) => {
    const folder = temporaryFolder()
    const authorities = readFileSync(makeCertificate(folder), 'utf8')
    const [key, cert] = ['key.pem', 'cert.pem'].map((name) => readFileSync(path.join(folder, name)))
    const disabledCommands = ['AUTH']
    const sink = await openSink({ disabledCommands, secure: security === 'tls', key, cert })
    onTestFinished(sink.close)
    const mailer = smtpMailer({ ...sink.options, host, security, authorities })

    const result = await mailer.send(sampleMail, new AbortController().signal)
    await mailer.close()

    expect(result).toMatchObject({ outcome })
    expect(/ALTNAME_INVALID/.exec(result.reply)?.slice() ?? []).toEqual(why)
    expect(sink.mails).toHaveLength(mails)
  },
)
