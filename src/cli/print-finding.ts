import type { Finding } from '../app/doctor/finding.ts'
import type { Terminal } from '../app/terminal.ts'
import { plain } from './table.ts'
import { print } from './terminal.ts'

const marks: Readonly<Record<Finding['level'], string>> = {
  ok: 'ok     ',
  unchecked: '-      ',
  warning: 'warning',
  wrong: 'WRONG  ',
}

/** A finding for people, with what to do below it. */
export function printFinding(terminal: Terminal, { check, level, message, remedy }: Finding): void {
  print(terminal, plain(`${marks[level]}  ${check}: `) + message)
  if (remedy !== null) {
    print(terminal, `         ${remedy.replaceAll('\n', '\n         ')}`)
  }
}
