import { existsSync, readFileSync } from 'node:fs'
import { BotError } from '../core/bot-error.ts'
import { writeDurably } from './backup/manifest.ts'
import type { StateLayout } from './state-layout.ts'

/** From now on the state folder is not whole: `requireRestored` refuses it until the file is gone. */
export async function noteRestore({ restoring }: StateLayout, from: string): Promise<void> {
  await writeDurably(restoring, `a restore was begun here and is not finished\nfrom ${from}\n`)
}

/** Throws CLI_RESTORE_UNFINISHED where a `patchferry restore` has not come to its end. */
export function requireRestored({ restoring }: StateLayout): void {
  if (existsSync(restoring)) {
    const from = /^from (?<from>.*)$/m.exec(readFileSync(restoring, 'utf8'))?.groups?.['from']
    throw new BotError(
      'CLI_RESTORE_UNFINISHED',
      `the state folder is not restored whole: \`patchferry restore ${from ?? 'DIR'}\` did not come to its end`,
      { retry: 'after-human', details: { restoring } },
    )
  }
}
