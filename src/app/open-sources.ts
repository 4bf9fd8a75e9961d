import type { Config } from '../config/config.ts'
import type { Logger } from '../log/logger.ts'
import type { MailSource } from '../mail/mail-source.ts'
import { maildirSource } from '../mail/source/maildir.ts'
import { mboxSource } from '../mail/source/mbox.ts'
import { publicInboxSource } from '../mail/source/public-inbox.ts'
import type { StateLayout } from './state-layout.ts'

/** The configured sources, in the order written. */
export function openSources(
  config: Config,
  layout: StateLayout,
  log: Logger,
): readonly MailSource[] {
  return config.sources.map(({ name, kind, path, pollMs }) => {
    switch (kind) {
      case 'maildir':
        return maildirSource({ name, directory: path, pollMs, log })
      case 'mbox':
        return mboxSource({ name, file: path, pollMs, log })
      case 'public-inbox':
        return publicInboxSource({
          name,
          url: path,
          directory: layout.source(name),
          pollMs,
          log,
        })
    }
  })
}
