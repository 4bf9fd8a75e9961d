import type { RunFolder } from './run-folder.ts'
import type { TestRequest } from './tester.ts'

/** How a program is started that runs the test. */
export interface Launch {
  readonly argv: readonly [string, ...string[]]
  readonly directory: string
  /** All of it: nothing is inherited. */
  readonly environment: Readonly<Record<string, string>>
  /** The kernel or the launcher ends all of it when our process dies. */
  readonly diesWithParent: boolean
  /** Ends what signals to processes do not reach; null where there is nothing. */
  readonly cleanup: readonly string[] | null
}

/** How the started program ended. */
export interface Ending {
  /** Null when a signal ended it. */
  readonly exitCode: number | null
  /** What it wrote to file descriptor 3. */
  readonly status: string
  readonly output: string
}

/** One way of keeping a test apart. */
export interface Confinement {
  /** `environment` is what the test gets, besides HOME, TMPDIR, the marker, and PATH where it has none. */
  prepare(
    request: TestRequest,
    folder: RunFolder,
    environment: Readonly<Record<string, string>>,
  ): Promise<Launch>
  /** Why the program could not be started at all: a sentence for the operator. */
  whyNotSpawned(request: TestRequest, error: NodeJS.ErrnoException): string
  /** Why the test itself was never begun, though the program ran; null when it was begun. */
  whyNotBegun(request: TestRequest, ending: Ending): string | null
  /**
   * Whom to ask to end, at a timeout: process ids, negative for a group. `pid` is the program, `marked` is every
   * process with the marker. Launchers are not asked, since their end is everyone's.
   */
  readonly whomToAsk: (pid: number, status: string, marked: readonly number[]) => readonly number[]
}

/** Where programs are looked for on this machine, unless the operator says otherwise. */
export const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'it does not exist, or the interpreter in its first line does not',
  EACCES: 'it may not be executed',
  ENOEXEC: 'it is no program, and has no first line that names an interpreter',
  E2BIG: 'its arguments are too long',
}

/** The codes of what launchers only say in words. */
const codesOfWords: Readonly<Record<string, string>> = {
  'No such file or directory': 'ENOENT',
  'Permission denied': 'EACCES',
  'Exec format error': 'ENOEXEC',
}

/** Says why the test command itself could not be executed; `problem` is an error code or what strerror(3) says. */
export function unstartable(command: string, problem: string): string {
  const shown = command.length > 100 ? `${command.slice(0, 100)}…` : command
  return `\`${shown}\` could not be started: ${reasons[codesOfWords[problem] ?? problem] ?? problem}`
}
