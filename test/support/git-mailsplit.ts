import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { testGitEnvironment } from './test-repo.ts'

/** The mails of an mbox as git tells them apart, separator lines removed; null for a file that it calls corrupt. */
export function gitMailsplit(file: string): readonly string[] | null {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-mailsplit-'))
  try {
    const env = testGitEnvironment()
    const run = spawnSync('git', ['mailsplit', `-o${folder}`, file], { env })
    return run.status === 0
      ? readdirSync(folder)
          .toSorted()
          .map((name) => readFileSync(path.join(folder, name), 'latin1').replace(/^From .*\n/, ''))
      : null
  } finally {
    rmSync(folder, { recursive: true })
  }
}
