import { randomBytes } from 'node:crypto'
import type { Config } from '../config/config.ts'
import { loadConfig } from '../config/load-config.ts'
import { BotError } from '../core/bot-error.ts'
import { type MessageId, toMessageId } from '../core/ids.ts'
import { isMailable } from '../core/report/mailable.ts'
import { reportMessageId } from '../core/report/outgoing-id.ts'
import type { OutgoingMail } from '../core/report/outgoing-mail.ts'
import type { SendResult } from '../mail/mailer.ts'
import type { ReturnPaths } from '../mail/return-paths.ts'
import { oneReturnPath, tokenReturnPaths } from '../mail/send/return-paths.ts'
import { remedyOf } from './error-catalogue.ts'
import { openMailer, tryServer } from './open-mailer.ts'
import type { Terminal } from './terminal.ts'

export interface DeliveryTest {
  readonly outcome: SendResult['outcome'] | 'unusable-address'
  /** What was reached, in order, in words for a person. */
  readonly steps: readonly string[]
  /** The words of the server, program or folder, or what went wrong. */
  readonly reply: string
  /** What to do, where it could not be tried with a mail. */
  readonly remedy: string | null
  readonly messageId: string | null
}

function testMail(address: string, from: OutgoingMail['from'], date: Date): OutgoingMail {
  const domain = from.address.slice(from.address.lastIndexOf('@') + 1)
  return {
    messageId: toMessageId(`patchferry.test.${randomBytes(16).toString('hex')}@${domain}`),
    inReplyTo: null,
    references: [],
    from,
    to: [{ name: '', address }],
    cc: [],
    subject: 'Patchferry: a test of the way reports leave',
    date,
    text: 'Somebody asked Patchferry to send this mail: `patchferry mail test`.\nIt reports nothing. If you did not expect it, ask whoever runs the bot.\n',
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Patchwork-Hint': 'ignore' },
  }
}

/**
 * As those of reports are, so that a server that does not take them is found out. The key is another one: a bounce of
 * this mail is nobody's, and a key that this user makes the service may not be able to read.
 */
function returnPathsOf({ bot, delivery }: Config, messageId: MessageId): ReturnPaths {
  const { returnPath, plainReturnPath } = delivery
  if (returnPath === plainReturnPath) {
    return oneReturnPath(plainReturnPath)
  }
  const asReport = reportMessageId(messageId, bot.address)
  return oneReturnPath(tokenReturnPaths(returnPath, plainReturnPath, randomBytes(32)).of(asReport))
}

/**
 * `patchferry mail test`: sends one mail the way that reports leave, beside a running service, without outbox and journal.
 * A mail server is first tried without a mail, so that each step is told.
 */
export async function testDelivery(
  configFile: string,
  address: string,
  terminal: Terminal,
): Promise<DeliveryTest> {
  const config = await loadConfig(configFile, terminal.env, 'when-used')
  const { way } = config.delivery
  const steps: string[] = []
  if (!isMailable(address)) {
    const reply = `${address} is no address to write to; write it as ada@example.org`
    return { outcome: 'unusable-address', steps, reply, remedy: null, messageId: null }
  }
  if (way.kind === 'smtp') {
    try {
      await tryServer(way, (reached) => steps.push(reached), terminal.stopping)
    } catch (error) {
      const reply = error instanceof Error ? error.message : String(error)
      const remedy = error instanceof BotError ? remedyOf(error) : null
      return { outcome: 'deferred', steps, reply, remedy, messageId: null }
    }
  }
  const mail = testMail(address, config.bot, new Date())
  const mailer = await openMailer(way, returnPathsOf(config, mail.messageId))
  try {
    const { outcome, reply } = await mailer.send(mail, terminal.stopping)
    return { outcome, steps, reply, remedy: null, messageId: mail.messageId }
  } finally {
    await mailer.close()
  }
}
