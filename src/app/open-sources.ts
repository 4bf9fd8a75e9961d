import type { Config } from '../config/config.ts'
import type { Logger } from '../log/logger.ts'
import type { MailSource } from '../mail/mail-source.ts'
import { maildirSource } from '../mail/source/maildir.ts'
import { mboxSource } from '../mail/source/mbox.ts'

/** The configured sources, in the order written. */
export function openSources(config: Config, log: Logger): readonly MailSource[] {
  return config.sources.map(({ name, kind, path, pollMs }) => {
    switch (kind) {
      case 'maildir':
        return maildirSource({ name, directory: path, pollMs, log })
      case 'mbox':
        return mboxSource({ name, file: path, pollMs, log })
    }
  })
}
