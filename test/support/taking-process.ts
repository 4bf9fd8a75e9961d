import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { compiledProgram } from './compiled-program.ts'
import type { SourceSpec } from './source-spec.ts'

/** One line of the record that `test/mail/source/children/take-mail.ts` keeps. */
export interface TakenBatch {
  /** latin1. */
  readonly mails: readonly string[]
  readonly cursor: string
}

const child = path.resolve(import.meta.dirname, '../mail/source/children/take-mail.ts')

/**
 * Runs a process that takes mail until it has caught up, or until it has done `killAt` steps (a mail read, a batch
 * of three durable, the source told): then it is killed by SIGKILL. Gives the signal that ended it.
 */
export async function takeInProcess(
  spec: SourceSpec,
  record: string,
  killAt: number | null = null,
): Promise<NodeJS.Signals | null> {
  const args = [JSON.stringify(spec), record, String(killAt ?? '')]
  const worker = spawn(process.execPath, [compiledProgram(child), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], GIT_ALLOW_PROTOCOL: 'file:http' },
  })
  let complaint = ''
  worker.stderr.on('data', (chunk: Buffer) => {
    complaint += chunk.toString()
  })
  const [exitCode, signal] = (await once(worker, 'exit')) as [number | null, NodeJS.Signals | null]
  if (signal === null && exitCode !== 0) {
    throw new Error(`it ended with ${exitCode}: ${complaint}`)
  }
  return signal
}

/** All that became durable, in that order. */
export function recordedMails(record: string): readonly string[] {
  return readFileSync(record, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => (JSON.parse(line) as TakenBatch).mails)
}
