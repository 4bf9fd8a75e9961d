import { type Command, InvalidArgumentError, Option } from 'commander'
import type { OutboxRecord, OutboxState, Outgoing, Waiting } from '../../app/outbox.ts'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { plain, renderTable } from '../table.ts'
import { print, printJson } from '../terminal.ts'
import { tellResult } from './acts.ts'
import { configOption, filledArgument, filledArguments } from './common.ts'

/** As a record, so that a state that is added to the type and not here does not compile. */
const isDone: Readonly<Record<OutboxState, boolean>> = {
  held: false,
  unknown: false,
  failed: false,
  pending: false,
  sending: false,
  'handed-over': true,
  seen: true,
  dropped: true,
}
const allStates = Object.keys(isDone) as readonly OutboxState[]
const openStates = allStates.filter((state) => !isDone[state])

/** So many of the last characters of a key tell mails apart, and are taken for the whole. */
const shownIdLength = 12

function limitArgument(text: string): number {
  const limit = Number(text)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1_000_000) {
    throw new InvalidArgumentError('Write a number such as 100.')
  }
  return limit
}

function ageOf(at: Date, now: Date): string {
  const minutes = Math.max(0, Math.round((now.getTime() - at.getTime()) / 60_000))
  if (minutes < 120) {
    return `${minutes}m`
  }
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)}h` : `${Math.round(minutes / 1_440)}d`
}

function addresses(mailboxes: OutboxRecord['mail']['to']): readonly string[] {
  return mailboxes.map(({ address }) => address)
}

function toDocument({ record, nextTryAt }: Waiting): Readonly<Record<string, unknown>> {
  const { mail } = record
  return {
    key: record.key,
    state: record.state,
    note: record.note,
    kind: record.kind,
    project: record.project,
    topic: record.topic,
    version: record.version,
    head: record.head,
    to: addresses(mail.to),
    cc: addresses(mail.cc),
    subject: mail.subject,
    messageId: mail.messageId,
    inReplyTo: mail.inReplyTo,
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    nextTryAt,
  }
}

/** In brackets; what is due at once needs no time. */
function whyOf(note: string, nextTryAt: Date | null, now: Date): string {
  const isLater = nextTryAt !== null && nextTryAt > now
  const next = isLater ? `next try in ${ageOf(now, nextTryAt)}` : ''
  const why = [note, next].filter((part) => part !== '').join('; ')
  return why === '' ? '' : ` (${why})`
}

interface ListOptions {
  readonly config: string
  readonly all?: true
  readonly state?: readonly OutboxState[]
  readonly limit: number
  readonly json?: true
}

async function list(options: ListOptions, terminal: Terminal): Promise<void> {
  const { readOutbox } = await import('../../app/outbox.ts')
  const { all, state, limit } = options
  const states = state ?? (all ? allStates : openStates)
  const mails = await readOutbox(options.config, { states, limit }, terminal)
  if (options.json) {
    for (const mail of mails) {
      printJson(terminal, toDocument(mail))
    }
    return
  }
  if (mails.length === 0) {
    print(terminal, all || state ? 'no mail' : 'no mail waits; --all lists those that were sent')
    return
  }
  const now = new Date()
  const rows = mails.map(({ record, nextTryAt }) => [
    record.key.slice(-shownIdLength),
    record.state,
    ageOf(record.createdAt, now),
    addresses(record.mail.to).join(', '),
    `${record.mail.subject}${whyOf(record.note, nextTryAt, now)}`,
  ])
  print(terminal, renderTable(['id', 'state', 'age', 'to', 'subject (why)'], rows))
}

function showMail({ record, nextTryAt, bounces }: Outgoing, terminal: Terminal): void {
  const { mail } = record
  const version = record.version === null ? '' : ` v${record.version}`
  const subject = record.topic ?? record.list
  const facts: readonly (readonly [string, string])[] = [
    ['Key', record.key],
    ['State', record.note === '' ? record.state : `${record.state}: ${record.note}`],
    ['Report', `${record.kind}${subject === null ? '' : ` of ${subject}`}${version}`],
    ['Written', record.createdAt.toISOString()],
    ['Changed', record.updatedAt.toISOString()],
    ['Next try', nextTryAt?.toISOString() ?? ''],
    ['To', addresses(mail.to).join(', ')],
    ['Cc', addresses(mail.cc).join(', ')],
    ['Message-ID', mail.messageId],
    ['In-Reply-To', mail.inReplyTo ?? ''],
    ['Subject', mail.subject],
    ...bounces.map(({ address, reason }) => ['Bounced', `${address}: ${reason}`] as const),
  ]
  for (const [name, value] of facts) {
    if (value !== '') {
      print(terminal, `${`${name}:`.padEnd(13)}${plain(value)}`)
    }
  }
  print(terminal, '')
  for (const line of mail.text.trimEnd().split('\n')) {
    print(terminal, plain(line))
  }
}

/** `patchferry outbox`: mails that are decided, and what people decide about them. */
export function addOutbox(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  const outbox = program
    .command('outbox')
    .description('list the mails that wait to be sent or for a person, and decide about them')
    .addOption(configOption())
    .option('--all', 'those that were sent or dropped too')
    .addOption(new Option('--state <state...>', 'only those in these states').choices(allStates))
    .option('--limit <number>', 'the newest so many', limitArgument, 1_000)
    .option('--json', 'one document per mail')
    .addHelpText('after', '\nExample:\n  patchferry outbox --state unknown failed')
    .action((options: ListOptions) => list(options, terminal))
  outbox
    .command('show')
    .description('print one mail, with where it is and why')
    .argument('<id>', 'its key, the end of it, or its Message-ID', filledArgument)
    .addOption(configOption())
    .option('--json', 'one document')
    .addHelpText('after', '\nExample:\n  patchferry outbox show 9f86d081884c')
    .action(async (id: string, _: unknown, command: Command) => {
      const { readOutgoing } = await import('../../app/outbox.ts')
      const options = command.optsWithGlobals<{ config: string; json?: true }>()
      const found = await readOutgoing(options.config, id, terminal)
      if (typeof found === 'string') {
        tellResult({ outcome: 'refused', message: plain(found) }, terminal, setExitCode)
      } else if (options.json) {
        printJson(terminal, {
          ...toDocument(found),
          headers: found.record.mail.headers,
          text: found.record.mail.text,
          bounces: found.bounces,
        })
      } else {
        showMail(found, terminal)
      }
    })
  outbox
    .command('release')
    .description('send mails that are held, failed, of unknown fate, or wait for their time')
    .argument('<id...>', 'keys, their ends, or Message-IDs', filledArguments)
    .addOption(configOption())
    .option('--reason <text>', 'goes into the journal', '')
    .option('--may-arrive-twice', 'also what may have been taken by the server already')
    .addHelpText('after', '\nExample:\n  patchferry outbox release 9f86d081884c')
    .action(async (ids: readonly string[], _: unknown, command: Command) => {
      const { releaseMails } = await import('../../app/outbox.ts')
      const options = command.optsWithGlobals<{
        config: string
        reason: string
        mayArriveTwice?: true
      }>()
      const { reason, mayArriveTwice = false } = options
      const act = { reason, mayArriveTwice }
      for (const result of await releaseMails(options.config, ids, act, terminal)) {
        tellResult(result, terminal, setExitCode)
      }
    })
  outbox
    .command('drop')
    .description('never send mails that wait')
    .argument('<id...>', 'keys, their ends, or Message-IDs', filledArguments)
    .addOption(configOption())
    .requiredOption('--reason <text>', 'goes into the journal', filledArgument)
    .addHelpText(
      'after',
      "\nExample:\n  patchferry outbox drop 9f86d081884c --reason 'told by hand'",
    )
    .action(async (ids: readonly string[], _: unknown, command: Command) => {
      const { dropMails } = await import('../../app/outbox.ts')
      const { config, reason } = command.optsWithGlobals<{ config: string; reason: string }>()
      for (const result of await dropMails(config, ids, reason, terminal)) {
        tellResult(result, terminal, setExitCode)
      }
    })
}
