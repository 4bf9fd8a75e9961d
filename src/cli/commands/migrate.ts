import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import { print } from '../terminal.ts'
import { configOption } from './common.ts'

/** `patchferry migrate`: the schema of the store. */
export function addMigrate(program: Command, terminal: Terminal): void {
  program
    .command('migrate')
    .description('bring the store up to date; serve and sync do it by themselves')
    .addOption(configOption())
    .addHelpText('after', '\nExample:\n  patchferry migrate')
    .action(async (options: { config: string }) => {
      const { migrateStore } = await import('../../app/migrate-store.ts')
      const { from, to } = await migrateStore(options.config, terminal)
      print(
        terminal,
        from === to ? `the store is up to date (schema ${to})` : `schema ${from} -> ${to}`,
      )
    })
}
