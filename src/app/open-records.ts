import { existsSync } from 'node:fs'
import path from 'node:path'
import { openGitJournal } from '../git/git-journal.ts'
import type { Journal } from '../git/journal.ts'
import { openObjectStore } from '../git/objects/bare-object-store.ts'
import type { Logger } from '../log/logger.ts'
import type { Archive } from '../mail/archive.ts'
import { epochsOf } from '../mail/archive-layout.ts'
import { openPublicInboxArchive } from '../mail/public-inbox-archive.ts'
import type { StateLayout } from './state-layout.ts'

/** The journal at `directory`, created where absent. */
export async function openJournal(directory: string, log: Logger): Promise<Journal> {
  return openGitJournal({
    directory,
    log,
    openStore: (folder) => openObjectStore(folder, { headBranch: 'sent', log }),
  })
}

/** The archive of raw mails at `directory`, created where absent. */
export async function openArchive(directory: string, log: Logger): Promise<Archive> {
  return openPublicInboxArchive({
    directory,
    openStore: (folder) => openObjectStore(folder, { log }),
  })
}

export function isRepository(directory: string): boolean {
  return existsSync(path.join(directory, 'HEAD'))
}

/** Archive and journal as they are, null for one that is not there: none is made. */
export async function withRecords<T>(
  layout: Pick<StateLayout, 'archive' | 'journal'>,
  log: Logger,
  work: (archive: Archive | null, journal: Journal | null) => Promise<T>,
): Promise<T> {
  const hasArchive =
    existsSync(path.join(layout.archive, 'git')) && (await epochsOf(layout.archive)).length > 0
  const archive = hasArchive ? await openArchive(layout.archive, log) : null
  const journal = isRepository(layout.journal) ? await openJournal(layout.journal, log) : null
  try {
    return await work(archive, journal)
  } finally {
    await journal?.close()
    await archive?.close()
  }
}
