import { userInfo } from 'node:os'
import type { Terminal } from './terminal.ts'

/** Who types, for the journal: as the environment says, else as the system knows the owner of the process. */
export function personHere(env: Terminal['env']): string {
  const said = [env['USER'], env['LOGNAME']].find((name) => name !== undefined && name !== '')
  return `command line (${said ?? ownerOfProcess()})`
}

function ownerOfProcess(): string {
  try {
    return userInfo().username
  } catch {
    // A user id without an entry in the system's list, as containers have them.
    return 'unknown'
  }
}
