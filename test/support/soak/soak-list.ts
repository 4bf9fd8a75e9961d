import type { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { callbackify } from 'node:util'
import type { SMTPServerSession } from 'smtp-server'
import { openSink } from '../smtp-sink.ts'
import { soakList } from './soak-mails.ts'
import type { SoakWorld } from './soak-world.ts'

/** The mail server that reports are sent by, and the list behind it. */
export interface SoakList {
  readonly port: number
  /** How often each Message-ID was taken. */
  readonly reports: ReadonlyMap<string, number>
  /** From now on what is taken for the list comes back by it. */
  open(world: SoakWorld): void
  close(): Promise<void>
}

export async function openSoakList(): Promise<SoakList> {
  const reports = new Map<string, number>()
  let world: SoakWorld | null = null

  async function take(mail: Buffer, recipients: readonly string[]): Promise<void> {
    const raw = mail.toString('utf8').replaceAll('\r\n', '\n')
    const id = /^Message-ID:\s*<(?<id>[^>]+)>/im.exec(raw)?.groups?.['id'] ?? ''
    reports.set(id, (reports.get(id) ?? 0) + 1)
    if (recipients.includes(soakList)) {
      await world?.deliver(`List-Id: <soak-devel.lists.example.org>\n${raw}`)
    }
  }

  const sink = await openSink({
    onData: callbackify(async (stream: Readable, session: SMTPServerSession) => {
      const recipients = session.envelope.rcptTo.map(({ address }) => address)
      // The list has it before we say that we took it: nobody can tell from outside what came first.
      await take(await buffer(stream), recipients)
    }),
  })
  return {
    port: sink.options.port,
    reports,
    open(opened) {
      world = opened
    },
    close: () => sink.close(),
  }
}
