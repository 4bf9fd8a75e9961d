import type { Terminal } from '../app/terminal.ts'
import { exitCode, type SetExitCode } from './exit-code.ts'
import { print, printJson } from './terminal.ts'

export interface SeriesPrinting<T> {
  readonly isJson: boolean
  /** What of it `--json` prints. */
  readonly document: (one: T) => object
  /** Lines for people. */
  readonly describe: (one: T) => readonly string[]
  /** Whether the answer for this series is yes. */
  readonly isWell: (one: T) => boolean
}

/** Prints one document for each series as it comes. The exit code is 1 when one is not well, or none was found. */
export async function printSeries<T>(
  series: AsyncIterable<T>,
  { isJson, document, describe, isWell }: SeriesPrinting<T>,
  terminal: Terminal,
  setExitCode: SetExitCode,
): Promise<void> {
  let count = 0
  let isAllWell = true
  for await (const one of series) {
    count += 1
    isAllWell &&= isWell(one)
    if (isJson) {
      printJson(terminal, document(one))
    } else {
      print(terminal, describe(one).join('\n'))
    }
  }
  if (count === 0) {
    terminal.stderr.write('patchferry: no patch series was found\n')
  }
  if (count === 0 || !isAllWell) {
    setExitCode(exitCode.no)
  }
}
