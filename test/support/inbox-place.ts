import path from 'node:path'
import type { Delivery } from '../../src/core/delivery.ts'
import type { MailSource } from '../../src/mail/mail-source.ts'
import { publicInboxSource } from '../../src/mail/source/public-inbox.ts'
import { type InboxCommit, type InboxRepository, inboxRepository } from './inbox-repository.ts'
import { memoryLogger } from './memory-log.ts'
import { temporaryFolder } from './temporary-folder.ts'

const hourMs = 3_600_000

/** An inbox on this machine, and a folder for the clones of it. */
export interface Place {
  readonly root: string
  readonly directory: string
  epoch(number: number): InboxRepository
  open(url?: string, pollMs?: number): MailSource
}

export function newPlace(): Place {
  const root = path.join(temporaryFolder(), 'inbox')
  const directory = path.join(temporaryFolder(), 'clones')
  return {
    root,
    directory,
    epoch: (number) => inboxRepository(path.join(root, 'git', `${number}.git`)),
    open(url = root, pollMs = hourMs) {
      return publicInboxSource({ name: 'list', url, directory, pollMs, log: memoryLogger() })
    },
  }
}

export function mail(text: number | string): string {
  return `Subject: ${text}\n\nText.\n`
}

export function mails(...texts: readonly (number | string)[]): readonly InboxCommit[] {
  return texts.map((text) => ({ m: mail(text) }))
}

export function subjects(deliveries: readonly Delivery[]): readonly string[] {
  return deliveries.map(
    ({ raw }) => /^Subject: (.*)$/m.exec(Buffer.from(raw).toString())?.[1] ?? '?',
  )
}

export function cursorOf(deliveries: readonly Delivery[]): string | null {
  return deliveries.at(-1)?.cursor ?? null
}
