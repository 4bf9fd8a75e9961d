import { type Command, InvalidArgumentError } from 'commander'
import { openDns } from '../../app/doctor/dns.ts'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { printFinding } from '../print-finding.ts'
import { printJson } from '../terminal.ts'
import { configOption } from './common.ts'

function toDns(server: string): ReturnType<typeof openDns> {
  try {
    return openDns(server)
  } catch {
    throw new InvalidArgumentError('Write an address such as 192.0.2.1 or [2001:db8::1]:53.')
  }
}

interface Options {
  readonly config: string
  readonly json?: true
  readonly dns?: ReturnType<typeof openDns>
  readonly selector?: string
}

/** `patchferry doctor`: what is wrong, and what to do about it. */
export function addDoctor(program: Command, terminal: Terminal, setExitCode: SetExitCode): void {
  program
    .command('doctor')
    .description('check everything that can be wrong, in order, each line with what to do')
    .addOption(configOption())
    .option('--json', 'one document per check')
    .option('--dns <server>', 'ask this DNS server for the records of the sender’s domain', toDns)
    .option('--selector <name>', 'of the DKIM key that our mail is signed with')
    .addHelpText(
      'after',
      `
Nothing is sent, pushed or changed, and no folder is made. It may run beside the service. Exit code 1 when something is wrong.

Examples:
  patchferry doctor --config patchferry.yml
  patchferry doctor --dns 9.9.9.9 --selector mail   # as the world sees the sender's domain`,
    )
    .action(async ({ config, json, dns, selector }: Options) => {
      const { doctor } = await import('../../app/doctor/doctor.ts')
      const options = { dns: dns ?? openDns(null), selector: selector ?? null }
      for await (const finding of doctor(config, options, terminal)) {
        if (json) {
          printJson(terminal, finding)
        } else {
          printFinding(terminal, finding)
        }
        if (finding.level === 'wrong') {
          setExitCode(exitCode.no)
        }
      }
    })
}
