import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createRepository } from '../../../src/git/engine/repository.ts'
import { compiledProgram } from '../../support/compiled-program.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { makeTestRepo } from '../../support/test-repo.ts'

const script = path.join(import.meta.dirname, 'children/apply-until-killed.ts')
const seed = Number(process.env['PATCHFERRY_KILL_SEED'] ?? Date.now() % 1_000_000)
const rounds = Number(process.env['PATCHFERRY_KILL_ROUNDS'] ?? 10)
const longestLifeMs = 700

describe('a process that is killed while it applies', () => {
  it('leaves a sound repository, and every ref it had set', async () => {
    process.stdout.write(`apply kill test: PATCHFERRY_KILL_SEED=${seed}, ${rounds} kills\n`)
    const random = seededRandom(seed)
    const folder = temporaryFolder()
    const gitDir = path.join(folder, 'repo.git')
    await createRepository(gitDir)
    const repo = makeTestRepo()
    onTestFinished(() => repo.remove())
    const base = repo.commit({ files: { a: 'a\n'.repeat(2000), b: 'b\n' } })
    repo.commit({ files: { a: `${'a\n'.repeat(2000)}more\n` } })
    repo.commit({ files: { b: 'c\n', c: Uint8Array.from({ length: 5000 }, () => random() * 256) } })
    repo.git('push', '-q', gitDir, `${base}:refs/heads/main`)
    const mails = temporaryFolder()
    for (const [index, mail] of repo.formatPatch(`${base}..HEAD`).entries()) {
      writeFileSync(path.join(mails, `${index}.eml`), mail)
    }

    const heads = new Map<string, string>()
    for (let run = 0; run < rounds; run += 1) {
      const child = spawn(
        process.execPath,
        [compiledProgram(script), gitDir, mails, base, String(run)],
        { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, TMPDIR: folder } },
      )
      let printed = ''
      child.stdout.on('data', (chunk: Buffer) => {
        printed += chunk.toString()
      })
      const ended = once(child, 'close')
      await Promise.race([once(child.stdout, 'data'), ended])
      if (run === 0) {
        // One series at least is done, however slow the machine.
        await Promise.race([once(child.stdout, 'data'), ended])
      }
      await sleep(Math.floor(random() * longestLifeMs))
      child.kill('SIGKILL')
      const [, signalName] = await ended
      expect(signalName).toBe('SIGKILL')
      for (const line of printed.split('\n').slice(1, -1)) {
        const [round = '', head = ''] = line.split(' ')
        heads.set(`refs/heads/r${run}-${round}`, head)
      }
      expect(repo.git('--git-dir', gitDir, 'fsck', '--full', '--strict', '--no-dangling')).toBe('')
    }

    const refs = new Map(
      repo
        .git('--git-dir', gitDir, 'for-each-ref', '--format=%(refname) %(objectname)')
        .split('\n')
        .map((line) => line.split(' ') as [string, string]),
    )
    expect(heads.size).toBeGreaterThan(0)
    for (const [name, head] of heads) {
      expect(refs.get(name)).toBe(head)
    }
  }, 120_000)
})
