import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { toMessageId } from '../../src/core/ids.ts'
import type { Mailer } from '../../src/mail/mailer.ts'
import { composeMail } from '../../src/mail/send/compose-mail.ts'
import { sampleMail } from '../mail/send/sample-mail.ts'

export interface OpenMailer {
  readonly mailer: Mailer
  /** Every copy of every mail that arrived, in any order. */
  received(): Promise<readonly Uint8Array[]>
  /** Frees what `open` made; the mailer is closed already. */
  dispose(): Promise<void>
}

const { signal } = new AbortController()

function lines(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8').replaceAll('\r\n', '\n')
}

/** What every way of sending must do. Call it from the mailer's own test file. */
export function describeMailerContract(name: string, open: () => Promise<OpenMailer>): void {
  describe(`${name} keeps the mailer contract`, () => {
    let opened: OpenMailer

    beforeEach(async () => {
      opened = await open()
    })

    afterEach(async () => {
      await opened.mailer.close()
      await opened.dispose()
    })

    it('delivers a mail as it was composed', async () => {
      const result = await opened.mailer.send(sampleMail, signal)

      expect(result).toEqual({ outcome: 'accepted', reply: expect.stringMatching(/./) })
      expect((await opened.received()).map(lines)).toEqual([lines(composeMail(sampleMail))])
    })

    it('delivers many at once, each of them once', async () => {
      const mails = Array.from({ length: 20 }, (_, n) => ({
        ...sampleMail,
        messageId: toMessageId(`patchferry.${n}@ci.example`),
      }))

      const results = await Promise.all(mails.map((mail) => opened.mailer.send(mail, signal)))

      expect(results.map(({ outcome }) => outcome)).toEqual(mails.map(() => 'accepted'))
      expect((await opened.received()).map(lines).sort()).toEqual(
        mails.map((mail) => lines(composeMail(mail))).sort(),
      )
    })

    it('tells what it delivered, or says that it cannot tell', async () => {
      const before = await opened.mailer.wasAccepted(sampleMail.messageId, signal)
      await opened.mailer.send(sampleMail, signal)
      const after = await opened.mailer.wasAccepted(sampleMail.messageId, signal)
      const other = await opened.mailer.wasAccepted(toMessageId('other@ci.example'), signal)

      expect([
        [false, true, false],
        [null, null, null],
      ]).toContainEqual([before, after, other])
    })

    it('makes no second copy of a mail where it can tell what it delivered', async () => {
      await opened.mailer.send(sampleMail, signal)
      const canTell = (await opened.mailer.wasAccepted(sampleMail.messageId, signal)) !== null
      const again = await opened.mailer.send(sampleMail, signal)

      expect(again.outcome).toBe('accepted')
      expect(await opened.received()).toHaveLength(canTell ? 1 : 2)
    })

    it('delivers nothing once it was told to stop', async () => {
      const stopped = AbortSignal.abort(new Error('stopped'))

      await expect(opened.mailer.send(sampleMail, stopped)).rejects.toThrow('stopped')
      await expect(opened.mailer.wasAccepted(sampleMail.messageId, stopped)).rejects.toThrow(
        'stopped',
      )
      expect(await opened.received()).toEqual([])
    })

    it('goes on after a mail that cannot be composed', async () => {
      const broken = { ...sampleMail, to: [{ name: '', address: 'nobody' }] }

      await expect(opened.mailer.send(broken, signal)).rejects.toMatchObject({
        code: 'MAIL_ADDRESS_UNUSABLE',
      })
      expect(await opened.mailer.send(sampleMail, signal)).toMatchObject({ outcome: 'accepted' })
      expect(await opened.received()).toHaveLength(1)
    })
  })
}
