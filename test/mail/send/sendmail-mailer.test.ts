import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type SendmailOptions, sendmailMailer } from '../../../src/mail/send/sendmail-mailer.ts'
import { describeMailerContract } from '../../contract/mailer-contract.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { sampleMail } from './sample-mail.ts'

const { signal } = new AbortController()

/** A little sendmail: `rest` is what it does after it has put arguments and mail into files of its folder. */
function sendmailThat(rest: string): {
  readonly folder: string
  readonly options: SendmailOptions
} {
  const folder = temporaryFolder()
  const program = path.join(folder, 'sendmail')
  const lines = [
    '#!/bin/sh',
    `printf '%s\\n' "$@" > ${folder}/arguments.$$`,
    `cat > ${folder}/mail.$$`,
    rest,
  ]
  writeFileSync(program, `${lines.join('\n')}\n`)
  chmodSync(program, 0o755)
  const options = {
    argv: [program, '-a', 'account'],
    timeoutMs: 5_000,
    returnPath: () => 'bounces@ci.example',
  }
  return { folder, options }
}

function written(folder: string, what: 'mail' | 'arguments'): readonly Buffer[] {
  return readdirSync(folder)
    .filter((name) => name.startsWith(`${what}.`))
    .map((name) => readFileSync(path.join(folder, name)))
}

/** A zombie that nobody has buried yet does not run. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

describeMailerContract('sendmail', async () => {
  const { folder, options } = sendmailThat('exit 0')
  return {
    mailer: sendmailMailer(options),
    received: async () => written(folder, 'mail'),
    dispose: async () => undefined,
  }
})

describe('sendmailMailer', () => {
  it('names sender and recipients as arguments, after what is configured', async () => {
    const { folder, options } = sendmailThat('exit 0')

    await sendmailMailer(options).send(sampleMail, signal)

    const recipients = [...sampleMail.to, ...sampleMail.cc].map(({ address }) => address)
    const args = ['-a', 'account', '-i', '-f', 'bounces@ci.example', '--', ...recipients]
    expect(written(folder, 'arguments').map(String)).toEqual([`${args.join('\n')}\n`])
    expect(written(folder, 'mail').join('')).not.toContain('\r')
  })

  it.each<[number, string, RegExp]>([
    [0, 'accepted', /^exit 0: so it is$/],
    [65, 'rejected', /malformed: exit 65: so it is/],
    [67, 'rejected', /recipient is unknown/],
    [68, 'rejected', /host of a recipient is unknown/],
    [69, 'rejected', /not taken/],
    [77, 'rejected', /not allowed/],
    [75, 'deferred', /^exit 75: so it is$/],
    [70, 'deferred', /exit 70/],
    [78, 'deferred', /exit 78/],
    [1, 'deferred', /exit 1/],
    [127, 'deferred', /exit 127/],
  ])('takes exit %i for %s', async (code, outcome, reply) => {
    const { options } = sendmailThat(`echo 'so it is' >&2; exit ${code}`)

    expect(await sendmailMailer(options).send(sampleMail, signal)).toEqual({
      outcome,
      reply: expect.stringMatching(reply),
    })
  })

  it('waits for a person where there is no such program', async () => {
    const { options } = sendmailThat('')
    const mailer = sendmailMailer({ ...options, argv: ['/nonexistent/sendmail'] })

    await expect(mailer.send(sampleMail, signal)).rejects.toMatchObject({
      code: 'MAIL_SENDMAIL_FAILED',
      retry: 'later',
    })
  })

  it.each([
    ['is killed', 'kill -9 $$', 5_000],
    ['takes too long', 'exec sleep 60', 300],
  ])('cannot tell what a program did that %s', async (_, rest, timeoutMs) => {
    const { options } = sendmailThat(rest)

    const result = await sendmailMailer({ ...options, timeoutMs }).send(sampleMail, signal)

    expect(result).toEqual({ outcome: 'unknown', reply: expect.stringContaining('SIGKILL') })
  })

  it('ends a program at its time with what it started, whoever still holds its output', async () => {
    const { folder, options } = sendmailThat(`sleep 100 & echo $! > \${0%/*}/child; wait`)
    const began = performance.now()

    const result = await sendmailMailer({ ...options, timeoutMs: 500 }).send(sampleMail, signal)

    expect(result).toEqual({
      outcome: 'unknown',
      reply: expect.stringMatching(/took longer than 0\.5 s and was ended by SIGKILL$/),
    })
    expect(performance.now() - began).toBeLessThan(5_000)
    const child = Number(readFileSync(path.join(folder, 'child'), 'utf8'))
    await expect.poll(() => isRunning(child)).toBe(false)
  })

  it.each([
    ['that ended by itself', 'echo taken >&2; sleep 4 & exit 0', 2_000, 'accepted'],
    ['that left its group', 'setsid sleep 4 & sleep 4', 300, 'unknown'],
  ])('does not wait for what a program leaves behind %s', async (_, rest, timeoutMs, outcome) => {
    const { options } = sendmailThat(rest)
    const began = performance.now()

    const result = await sendmailMailer({ ...options, timeoutMs }).send(sampleMail, signal)

    expect(result).toMatchObject({ outcome })
    expect(performance.now() - began).toBeLessThan(3_500)
  })

  it('lets a program end its work that runs when it is told to stop', async () => {
    const { folder, options } = sendmailThat('sleep 0.2; exit 0')
    const stopping = new AbortController()
    const mailer = sendmailMailer(options)

    const sent = mailer.send(sampleMail, stopping.signal)
    while (written(folder, 'mail').length === 0) {
      await sleep(5)
    }
    stopping.abort(new Error('stopped'))
    await mailer.close()

    expect(await sent).toMatchObject({ outcome: 'accepted' })
  })
})
