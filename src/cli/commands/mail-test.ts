import type { Command } from 'commander'
import type { Terminal } from '../../app/terminal.ts'
import type { DeliveryTest } from '../../app/test-delivery.ts'
import { exitCode, type SetExitCode } from '../exit-code.ts'
import { plain } from '../table.ts'
import { print, printJson } from '../terminal.ts'
import { configOption } from './common.ts'

const meaning: Readonly<
  Record<DeliveryTest['outcome'], { readonly words: string; readonly code: number }>
> = {
  accepted: { words: 'accepted', code: exitCode.done },
  partly: { words: 'accepted for some recipients only', code: exitCode.no },
  rejected: { words: 'refused for good', code: exitCode.no },
  deferred: { words: 'not now', code: exitCode.later },
  unknown: { words: 'nobody can tell whether it was taken', code: exitCode.no },
  'unusable-address': { words: 'not sent', code: exitCode.usage },
}

/** `patchferry mail test`: whether mail leaves, told step by step. */
export function addMailTest(mail: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  mail
    .command('test')
    .description('send one mail the way that reports leave, and say what happens at each step')
    .argument('<address>', 'of whoever is to get it')
    .addOption(configOption())
    .option('--json', 'one document')
    .addHelpText(
      'after',
      '\nExits with 0 when it was accepted, 1 when it was refused, for some recipients or all, or nobody can\ntell whether it was taken, 75 when it could not go now.\n\nExample:\n  patchferry mail test you@example.org',
    )
    .action(async (address: string, options: { config: string; json?: true }) => {
      const { testDelivery } = await import('../../app/test-delivery.ts')
      const result = await testDelivery(options.config, address, terminal)
      const { words, code } = meaning[result.outcome]
      if (options.json) {
        printJson(terminal, result)
      } else {
        for (const step of result.steps) {
          print(terminal, plain(step))
        }
        print(terminal, plain(`${words}: ${result.reply}`))
        if (result.remedy !== null) {
          print(terminal, plain(`  ${result.remedy}`))
        }
        if (result.messageId !== null) {
          print(terminal, `Message-ID: ${result.messageId}`)
        }
      }
      if (code !== exitCode.done) {
        setExitCode(code)
      }
    })
}
