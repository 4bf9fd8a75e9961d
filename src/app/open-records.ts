import { openGitJournal } from '../git/git-journal.ts'
import type { Journal } from '../git/journal.ts'
import { openObjectStore } from '../git/objects/bare-object-store.ts'
import type { Logger } from '../log/logger.ts'
import type { Archive } from '../mail/archive.ts'
import { openPublicInboxArchive } from '../mail/public-inbox-archive.ts'

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
