import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openObjectStore } from '../../src/git/objects/bare-object-store.ts'
import { openPublicInboxArchive } from '../../src/mail/public-inbox-archive.ts'
import { readAll } from '../contract/archive-contract.ts'
import { compiledProgram } from '../support/compiled-program.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { testGitEnvironment } from '../support/test-repo.ts'

const script = path.join(import.meta.dirname, 'children/append-to-archive.ts')
const seed = Number(process.env['PATCHFERRY_KILL_SEED'] ?? Date.now() % 1_000_000)
const rounds = Number(process.env['PATCHFERRY_KILL_ROUNDS'] ?? 10)
const processesPerRound = 2
const longestLifeMs = 400

/** Starts one appender and kills it `lifeMs` after it has begun. */
async function appendUntilKilled(
  archive: string,
  marks: string,
  run: string,
  lifeMs: number,
): Promise<void> {
  const child = spawn(process.execPath, [compiledProgram(script), archive, marks, run], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  await Promise.race([once(child.stdout, 'data'), ended])
  await sleep(lifeMs)
  child.kill('SIGKILL')
  const [, signalName] = await ended
  expect(signalName).toBe('SIGKILL')
}

function namesIn(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '')
}

/** The names of all mails that were appended together with this one. */
function batchOf(name: string): readonly string[] {
  const [, batch, size] = /^(.*)\/\d+ of (\d+)$/.exec(name) ?? []
  return Array.from({ length: Number(size) }, (_, number) => `${batch}/${number} of ${size}`)
}

describe('the archive under SIGKILL', () => {
  it(`keeps every acknowledged append once, whole or not at all (seed ${seed})`, {
    timeout: 60_000 + rounds * 10_000,
  }, async () => {
    const folder = temporaryFolder()
    const directory = path.join(folder, 'archive')
    const marks = path.join(folder, 'marks')
    writeFileSync(marks, '')
    const random = seededRandom(seed)
    for (let round = 0; round < rounds; round += 1) {
      await Promise.all(
        Array.from({ length: processesPerRound }, (_, number) =>
          appendUntilKilled(directory, marks, `${round}-${number}`, random() * longestLifeMs),
        ),
      )
    }

    const archive = await openPublicInboxArchive({ directory, openStore: openObjectStore })
    const read = await readAll(archive)
    await archive.close()
    const archived = read.map(
      ({ delivery }) => /^Subject: (.*)/.exec(Buffer.from(delivery.raw).toString())?.[1] ?? '',
    )
    const marked = namesIn(readFileSync(marks, 'utf8'))

    expect(new Set(archived).size).toBe(archived.length)
    expect(marked.filter((name) => !archived.includes(name))).toEqual([])
    expect(archived.flatMap(batchOf).filter((name) => !archived.includes(name))).toEqual([])
    const epochs = readdirSync(path.join(directory, 'git')).filter((name) => !name.startsWith('.'))
    for (const epoch of epochs) {
      const repository = path.join(directory, 'git', epoch)
      execFileSync('git', ['--git-dir', repository, 'fsck', '--strict', '--no-dangling'], {
        env: testGitEnvironment(),
        stdio: 'pipe',
      })
    }
    process.stdout.write(
      `archive: ${rounds * processesPerRound} kills, seed ${seed}: ${marked.length} mails acknowledged, ` +
        `${archived.length} archived in ${epochs.length} epochs\n`,
    )
    expect(marked.length).toBeGreaterThan(rounds)
  })
})
