import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { testGitEnvironment } from './test-repo.ts'

export interface GitMailInfo {
  readonly name: string
  readonly email: string
  readonly subject: string
  readonly date: string
  readonly log: string
  readonly patch: string
}

export interface GitMailInfoReader {
  /** What the installed `git mailinfo` makes of a mail (LF line ends); null when it refuses. One character per byte. */
  read(mail: string): GitMailInfo | null
  close(): void
}

export function openGitMailInfo(): GitMailInfoReader {
  const folder = mkdtempSync(path.join(tmpdir(), 'patchferry-mailinfo-'))
  const env = testGitEnvironment()
  return {
    read(mail) {
      const run = spawnSync('git', ['mailinfo', 'msg', 'patch'], {
        cwd: folder,
        env,
        input: Buffer.from(mail, 'latin1'),
      })
      if (run.error !== undefined) {
        throw run.error
      }
      if (run.status !== 0) {
        return null
      }
      const facts = run.stdout.toString('latin1')
      return {
        name: fact(facts, 'Author'),
        email: fact(facts, 'Email'),
        subject: fact(facts, 'Subject'),
        date: fact(facts, 'Date'),
        log: readFileSync(path.join(folder, 'msg'), 'latin1'),
        patch: readFileSync(path.join(folder, 'patch'), 'latin1'),
      }
    },
    close: () => rmSync(folder, { recursive: true }),
  }
}

function fact(facts: string, name: string): string {
  return new RegExp(`^${name}: ([^\\n]*)$`, 'm').exec(facts)?.[1] ?? ''
}
