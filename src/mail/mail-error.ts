import type { ErrorCatalogue } from '../core/error-catalogue.ts'

/** Codes of the mail room. Those of unreadable mails are what the quarantine lists. */
export const mailErrors: ErrorCatalogue = {
  MAIL_EMPTY: {
    meaning: 'The mail has no content.',
    remedy: 'Nothing needs to be done; the bytes are in the archive.',
  },
  MAIL_HEADERS_MISSING: {
    meaning:
      'The mail does not begin with header fields, so that neither sender nor subject is known.',
    remedy: 'Look at the raw mail; when it matters, ask the sender to send it again.',
  },
  MAIL_HEADERS_TOO_LONG: {
    meaning: 'The header of the mail is larger than Patchferry reads.',
    remedy: 'Look at the raw mail; when it matters, ask the sender to send it again.',
  },
  MAIL_TOO_LARGE: {
    meaning: 'The mail is larger than Patchferry reads.',
    remedy: 'Apply the patch by hand, or ask the sender to split it.',
  },
  MAIL_UNREADABLE: {
    meaning: 'The mail broke the parser, which is a fault of Patchferry.',
    remedy: 'Report it, with the raw mail.',
  },
  MAIL_PATH_MISSING: {
    meaning: 'A path that mail should be read from does not exist.',
    remedy: 'Check the spelling of the path.',
  },
  MAIL_PATH_UNREADABLE: {
    meaning: 'A path that mail should be read from cannot be read.',
    remedy: 'Check the permissions of the path, and the disk.',
  },
  MAIL_PATH_NO_MAIL: {
    meaning: 'A path that was named holds nothing that looks like mail.',
    remedy: 'Name an mbox, a Maildir, a mail, a folder of them, or a public-inbox repository.',
  },
  MAIL_PATH_GZIP: {
    meaning: 'A gzip file that mail should be read from is damaged.',
    remedy: 'Fetch or compress the file again.',
  },
  MAIL_GIT_FAILED: {
    meaning: 'git could not read a public-inbox repository.',
    remedy: 'Run git fsck in the repository, and check that git is installed.',
  },
}
