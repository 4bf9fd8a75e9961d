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
  MAIL_ADDRESS_UNUSABLE: {
    meaning: 'A mail was to be sent from or to something that is no plain address.',
    remedy: 'Correct the address in the configuration; where it came from a mail, drop the report.',
  },
  MAIL_ID_UNUSABLE: {
    meaning: 'A Message-ID holds characters that no mail header can.',
    remedy: 'Report it, with the mail that was answered.',
  },
  MAIL_HEADER_UNUSABLE: {
    meaning: 'A mail was given a header field that is not one, or that is set by other means.',
    remedy: 'Report it; this is a fault of Patchferry.',
  },
  MAIL_MAILDIR_MISSING: {
    meaning: 'The folder in which the outgoing Maildir should lie does not exist.',
    remedy: 'Create it, or mount the disk it is on. Reports wait until then.',
  },
  MAIL_MAILDIR_READ_ONLY: {
    meaning: 'Patchferry may not write to the outgoing Maildir.',
    remedy: 'Give the user that Patchferry runs as write permission. Reports wait until then.',
  },
  MAIL_MAILDIR_FULL: {
    meaning: 'The disk of the outgoing Maildir is full, or its quota is used up.',
    remedy: 'Make room. Reports wait and are tried again.',
  },
  MAIL_MAILDIR_FAILED: {
    meaning: 'The outgoing Maildir could not be read or written.',
    remedy: 'Look at the path and the disk. Reports wait and are tried again.',
  },
  MAIL_SMTP_LOGIN_REFUSED: {
    meaning: 'The mail server of `delivery.smtp` does not take user and password.',
    remedy:
      'Write the right password or token to where `delivery.smtp` has it from, such as `passwordFile`, or correct `user`; reports wait, are tried again soon after, and none is given up.',
  },
  MAIL_SMTP_CERTIFICATE: {
    meaning:
      'The certificate of the mail server is not valid for its host. Neither password nor mail was sent.',
    remedy:
      'Have the certificate put right; or compare the fingerprint in the message with one from whoever runs the server, and write it under `delivery.smtp.fingerprint` (for `init`: `?fingerprint=` at the end of the address in `--delivery`); or name the file of your own authority in `delivery.smtp.authoritiesFile`.',
  },
  MAIL_SMTP_FINGERPRINT: {
    meaning:
      'The certificate of the mail server is not the one whose fingerprint is configured. Neither password nor mail was sent.',
    remedy:
      'Ask whoever runs the server whether the certificate was renewed; only then write the new fingerprint under `delivery.smtp.fingerprint`.',
  },
  MAIL_SMTP_SECRET: {
    meaning:
      'The command or file that should give the password or token of `delivery.smtp` does not.',
    remedy:
      'Run the command, or read the file, as the user of the service: the secret must be on the first line, and a command has 30 seconds.',
  },
  MAIL_SENDMAIL_FAILED: {
    meaning: 'The program that mails are handed to cannot be started.',
    remedy: 'Install it, or correct `delivery.sendmail.command`. Reports wait until then.',
  },
  MAIL_ARCHIVE_MISSING: {
    meaning: 'The archive of raw mails lacks a mail that the store knows.',
    remedy:
      'Restore the archive from its backup, or give it up: `patchferry rebuild` starts from what it holds.',
  },
  MAIL_ARCHIVE_NOT_WRITABLE: {
    meaning: 'The folder of the archive cannot be written.',
    remedy: 'Give the user of the service write permission, or free space on its disk.',
  },
  MAIL_SOURCE_MISSING: {
    meaning: 'The Maildir, mbox or public-inbox of a source is not there.',
    remedy:
      'Check the path or URL in the configuration, and whether its disk is mounted; it is tried again.',
  },
  MAIL_SOURCE_UNREADABLE: {
    meaning: 'The Maildir, mbox or public-inbox of a source cannot be read.',
    remedy:
      'Give the user of the service read permission, and check disk and network; it is tried again.',
  },
  MAIL_SOURCE_STUCK: {
    meaning: 'Mail in a Maildir cannot be moved from new to cur.',
    remedy: 'Give the user of the service write permission on new and cur; it is tried again.',
  },
  MAIL_IMAP_UNREACHABLE: {
    meaning: 'The IMAP server of a source cannot be reached, or cannot serve just now.',
    remedy: 'Check `host`, `port` and the network; it is tried again.',
  },
  MAIL_IMAP_TLS_FAILED: {
    meaning: 'The IMAP server does not offer the TLS that the source asks for.',
    remedy:
      'Set `security` to what the server offers: `tls` is usual on port 993, `starttls` on port 143. Nothing was sent without it.',
  },
  MAIL_IMAP_CERTIFICATE: {
    meaning:
      'The certificate of the IMAP server is not valid for its host. Nothing secret was sent.',
    remedy:
      'Have the certificate put right; or compare the fingerprint in the message with one from whoever runs the server, and write it under `fingerprint` (for `init`: `?fingerprint=` at the end of the address in `--source`); for an authority of your own start Patchferry with `NODE_EXTRA_CA_CERTS=FILE`.',
  },
  MAIL_IMAP_FINGERPRINT: {
    meaning:
      'The certificate of the IMAP server is not the one whose fingerprint is configured. Nothing secret was sent.',
    remedy:
      'Ask whoever runs the server whether the certificate was renewed; only then write the new fingerprint.',
  },
  MAIL_IMAP_LOGIN_REFUSED: {
    meaning: 'The IMAP server refuses user or password, or the token.',
    remedy:
      'Correct `user` or what its password comes from, and restart; it is tried rarely, so that the account is not locked.',
  },
  MAIL_IMAP_SECRET: {
    meaning:
      'The command or file that should give the password or token of an IMAP source does not.',
    remedy:
      'Run the command, or read the file, as the user of the service: the secret must be on the first line, and a command has 30 seconds.',
  },
  MAIL_IMAP_FOLDER_MISSING: {
    meaning: 'The IMAP server has no such folder, or does not let the user open it.',
    remedy:
      'Correct `folders`, or create it; the other folders are read meanwhile, and it is tried again.',
  },
  MAIL_IMAP_DISCONNECTED: {
    meaning: 'The connection to the IMAP server was lost.',
    remedy: 'Nothing needs to be done: it is made again, and reading goes on where it was.',
  },
  MAIL_IMAP_STUCK: {
    meaning: 'Mail that was read cannot be flagged, moved or deleted on the IMAP server.',
    remedy:
      'Check that the folder in `afterImport` exists, and what the user may do there; or choose another `afterImport`. It is tried again.',
  },
}
