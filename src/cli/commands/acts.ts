import { InvalidArgumentError } from 'commander'
import type { ActResult } from '../../app/act.ts'
import type { Terminal } from '../../app/terminal.ts'
import type { SetExitCode } from '../exit-code.ts'
import { exitCode } from '../exit-code.ts'
import { print } from '../terminal.ts'

/** Reads `v2`, `2` or `v5.1`. */
export function versionArgument(text: string): string {
  const groups = /^v?(?<version>\d+(?:\.\d+)?)$/i.exec(text)?.groups
  if (groups?.['version'] === undefined) {
    throw new InvalidArgumentError('Write a version such as v2.')
  }
  return groups['version']
}

/** Says what came of an act; a refusal is exit code 1. */
export function tellResult(result: ActResult, terminal: Terminal, setExitCode: SetExitCode): void {
  if (result.outcome === 'done') {
    print(terminal, result.message)
    return
  }
  terminal.stderr.write(`patchferry: ${result.message}\n`)
  setExitCode(exitCode.no)
}
