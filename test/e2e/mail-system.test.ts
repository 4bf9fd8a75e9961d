import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readRefs } from '../../src/app/demo/verify.ts'
import type { MessageId } from '../../src/core/ids.ts'
import { mailRef } from '../../src/core/ref-name.ts'
import { changeConfig, demoWorlds, mailOf } from '../support/demo-world.ts'
import { type Dovecot, type MailboxOfUser, startDovecot } from '../support/dovecot.ts'
import { type Postfix, reasonForNoPostfix, startPostfix } from '../support/postfix.ts'
import { reasonToSkip } from '../support/programs.ts'
import { jsonLines, runHere, startPatchferry } from '../support/run-patchferry.ts'

const listAddress = 'hello-devel@lists.example.org'
const author = 'ada@contributor.example'
const series = [0, 1, 2, 3].map((number) => `languages-${number}@contributor.example`)
const cover = 'languages-0@contributor.example'
const waiting = { timeout: 40_000, interval: 200 }
const missing =
  reasonToSkip('sh', ['-c', 'test -x "$(doveconf -h libexec_dir)/lmtp"']) ?? reasonForNoPostfix()

const worlds = demoWorlds()

/** Postfix takes mail by SMTP and gives it to Dovecot, where every address has a mailbox. */
interface MailSystem {
  readonly postfix: Postfix
  readonly dovecot: Dovecot
  /** Subscribed to the list: ours, and a reader's. */
  readonly ours: MailboxOfUser
  readonly reader: MailboxOfUser
}

let started: MailSystem | null = null

function system(): MailSystem {
  if (started === null) {
    throw new Error('the mail system has not been started')
  }
  return started
}

async function startMailSystem(): Promise<MailSystem> {
  const dovecot = await startDovecot({ takesMail: true })
  const ours = dovecot.newUser()
  const reader = dovecot.newUser()
  const subscribers = [ours, reader].map(({ user }) => `${user}@mailboxes.example`)
  const postfix = await startPostfix({
    domains: ['lists.example.org', 'mailboxes.example', 'contributor.example', 'example.org'],
    lmtpPort: dovecot.lmtpPort,
    aliases: { [listAddress]: subscribers },
  })
  return { postfix, dovecot, ours, reader }
}

async function send(from: string, to: readonly string[], raw: string): Promise<void> {
  const { port } = system().postfix
  const transport = createTransport({ host: '127.0.0.1', port, secure: false, ignoreTLS: true })
  await transport.sendMail({ envelope: { from, to: [...to] }, raw })
  transport.close()
}

/** The demo's world, but its list and its reports go through the mail system. */
async function connectedWorld(): Promise<DemoWorld> {
  const world = await worlds.fresh()
  const { dovecot, postfix, ours } = system()
  await writeFile(path.join(world.directory, 'imap-password'), `${dovecot.password}\n`)
  const imap = `host: 127.0.0.1, port: ${dovecot.port}, security: plain, user: ${ours.user}`
  await changeConfig(
    world,
    'maildir: ./inbox\n        poll: 1s',
    `imap: { ${imap}, passwordFile: ./imap-password }\n        poll: 10m`,
  )
  const smtp = `smtp: { host: 127.0.0.1, port: ${postfix.port}, security: none }`
  await changeConfig(world, 'maildir: ./outgoing', smtp)
  return world
}

interface Status {
  readonly topics: readonly { readonly state: string; readonly version: string }[]
  readonly outbox: Readonly<Record<string, number>>
  readonly jobs: Readonly<Record<string, number>>
}

async function status(world: DemoWorld): Promise<Status> {
  const { stdout } = await runHere(['status', '--json', '--config', world.config])
  return jsonLines(stdout)[0] as unknown as Status
}

function header(mail: string | undefined, name: string): string {
  const head = (mail ?? '').split('\n\n')[0]?.replace(/\n[ \t]+/g, ' ') ?? ''
  return new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1] ?? ''
}

/** A program of a subscriber answers the report, on the list. */
function vacationAnswer(report: string): string {
  return [
    'From: Reader <reader@mailboxes.example>',
    `To: ${listAddress}`,
    `Subject: Auto: ${header(report, 'Subject')}`,
    'Message-ID: <vacation-1@mailboxes.example>',
    `In-Reply-To: ${header(report, 'Message-ID')}`,
    'Auto-Submitted: auto-replied',
    '',
    'I am not here.',
    '',
  ].join('\n')
}

describe.skipIf(missing !== null)(`Postfix and Dovecot ${missing ?? ''}`, () => {
  beforeAll(async () => {
    started = await startMailSystem()
  })
  afterAll(async () => {
    await started?.postfix.end()
    await started?.dovecot.end()
  })

  it('carry a series in and its report out, which is known again when it comes back', async () => {
    const world = await connectedWorld()
    const { ours, reader, dovecot } = system()
    const service = startPatchferry(['serve', '--config', world.config])
    onTestFinished(() => service.kill('SIGKILL'))
    for (const id of series) {
      await send(author, [listAddress], mailOf(world, id))
    }

    await expect.poll(async () => (await status(world)).outbox, waiting).toEqual({ seen: 1 })
    const refs = await readRefs(world.mirror)
    expect(series.filter((id) => refs.has(mailRef(id as MessageId)))).toEqual(series)
    const [report, ...more] = reader
      .mails()
      .map(({ text }) => text)
      .filter((text) => header(text, 'X-Patchferry-Report') !== '')
    expect(more).toEqual([])
    expect(header(report, 'In-Reply-To')).toBe(`<${cover}>`)
    expect(header(report, 'Received')).toContain('mx.example.org')
    const toAuthor = dovecot.mailboxOf('ada').mails()
    expect(toAuthor.map(({ text }) => header(text, 'Message-ID'))).toEqual([
      header(report, 'Message-ID'),
    ])

    // The list goes on: an answer of a machine, and another start of the service.
    await send('reader@mailboxes.example', [listAddress], vacationAnswer(report ?? ''))
    await expect.poll(() => ours.mails().length, waiting).toBe(6)
    service.kill('SIGTERM')
    expect(await service.ended).toMatchObject({ exitCode: 0 })
    for (const round of [1, 2]) {
      const ended = await runHere(['sync', '--config', world.config])
      expect(ended, `round ${round}`).toMatchObject({ exitCode: 0 })
    }

    const { topics, outbox, jobs } = await status(world)
    expect(topics).toMatchObject([{ state: 'success', version: '1' }])
    expect(outbox).toEqual({ seen: 1 })
    expect(jobs['dead'] ?? 0).toBe(0)
    const { stdout } = await runHere(['explain', '--json', cover, '--config', world.config])
    expect(jsonLines(stdout).filter(({ step }) => step === 'report')).toHaveLength(1)
    expect([ours.mails().length, reader.mails().length]).toEqual([6, 6])
    expect(dovecot.mailboxOf('ada').mails()).toHaveLength(1)
  }, 60_000)
})
