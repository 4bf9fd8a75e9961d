import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import Sqlite from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { demoWorlds } from '../support/demo-world.ts'
import { runHere, runPatchferry, startPatchferry } from '../support/run-patchferry.ts'

const worlds = demoWorlds()
/** Mails of one size, small ones unless said otherwise. */
function mbox(count = 500, lines = 300): Buffer {
  const mails = Array.from({ length: count }, (_, n) => {
    const first = n - (n % 4)
    const answer = n === first ? '' : `In-Reply-To: <m${first}@example.org>\n`
    return (
      `From a@example.org Thu Jan  1 00:00:00 2026\nFrom: Ada <a${first}@example.org>\n` +
      `Date: Thu, 1 Jan 2026 00:00:00 +0000\nMessage-ID: <m${n}@example.org>\n${answer}` +
      `Subject: [PATCH ${1 + (n % 4)}/4] mail ${n}\n\n${`line ${n} `.repeat(lines)}\n---\n` +
      `diff --git a/f${n} b/f${n}\n--- a/f${n}\n+++ b/f${n}\n@@ -1 +1 @@\n-old\n+new\n\n`
    )
  })
  return Buffer.from(mails.join(''))
}

function archivedBlobs(world: DemoWorld): readonly string[] {
  const gitDir = path.join(world.directory, 'state/archive/git/0.git')
  if (!existsSync(path.join(gitDir, 'refs/heads/master'))) {
    return []
  }
  const args = ['-C', gitDir, 'log', '--reverse', '--format=', '--raw', '--no-abbrev', 'master']
  return execFileSync('git', args, { maxBuffer: 1024 ** 3 })
    .toString()
    .split('\n')
    .flatMap((line) => line.split(' ')[3] ?? [])
}

/** What the store holds of mails, but for times, commits of the archive and its own numbers, which differ from run to run. */
function stored(world: DemoWorld): unknown {
  const store = new Sqlite(path.join(world.directory, 'state/store.sqlite'), { readonly: true })
  try {
    return [
      store.prepare('select source, blob, location, is_silent from delivery order by id').all(),
      store.prepare('select blob, is_silent, facts from message order by blob').all(),
      store
        .prepare(
          `select one.name as one, other.name as other from message_link
           join message_id one on one.id = a join message_id other on other.id = b
           order by one.name, other.name`,
        )
        .all(),
      store.prepare('select kind, key, state from job order by key').all(),
      store.prepare('select topic, project, routing, facts from series order by topic').all(),
      store.prepare('select topic, version, state, name from topic order by topic').all(),
    ]
  } finally {
    store.close()
  }
}

/** Jobs that are left to a worker. */
function whatWaits(world: DemoWorld): readonly unknown[] {
  const store = new Sqlite(path.join(world.directory, 'state/store.sqlite'), { readonly: true })
  try {
    return store.prepare('select kind, key from job').all()
  } finally {
    store.close()
  }
}

/** Resolves when more is archived than `before`: in the middle of an import. */
async function archivedMoreThan(before: number, world: DemoWorld): Promise<void> {
  await expect
    .poll(() => archivedBlobs(world).length, { interval: 5, timeout: 20_000 })
    .toBeGreaterThan(before)
}

describe('import of an archive', () => {
  it('ends after kills as an undisturbed one, with nothing twice', async () => {
    const whole = await worlds.fresh()
    const killed = await worlds.fresh()
    const file = path.join(whole.directory, 'list.mbox.gz')
    // Of large mails several batches are made, between which it can be killed.
    const count = 1200
    writeFileSync(file, gzipSync(mbox(count, 3600), { level: 1 }))
    function args(world: DemoWorld): readonly string[] {
      return ['import', file, '--config', world.config]
    }

    const undisturbed = await runPatchferry(args(whole))
    expect(undisturbed).toMatchObject({
      exitCode: 0,
      stdout: `${count} mails taken, 0 known before, 0 quarantined\n`,
    })
    for (let life = 0; life < 2; life += 1) {
      const before = archivedBlobs(killed).length
      const running = startPatchferry(args(killed))
      await archivedMoreThan(before, killed)
      running.kill('SIGKILL')
      expect(await running.ended).toMatchObject({ signal: 'SIGKILL' })
    }
    const last = await runPatchferry(args(killed))

    expect(last).toMatchObject({ exitCode: 0 })
    expect(archivedBlobs(killed)).toEqual(archivedBlobs(whole))
    expect(new Set(archivedBlobs(killed)).size).toBe(count)
    expect(stored(killed)).toEqual(stored(whole))
    expect(whatWaits(whole)).toEqual([])
  }, 120_000)

  it('stores what a killed one had archived, and does not archive it again', async () => {
    const world = await worlds.fresh()
    const file = path.join(world.directory, 'list.mbox')
    writeFileSync(file, mbox().subarray(0, 200_000))
    const args = ['import', file, '--config', world.config]
    await runHere(args)
    const blobs = archivedBlobs(world)
    const store = new Sqlite(path.join(world.directory, 'state/store.sqlite'))
    store.exec("delete from store_fact where name = 'archive-tip'; delete from job")
    store.exec('delete from message_link; delete from message; delete from delivery')
    store.close()

    expect(await runHere(args)).toMatchObject({
      exitCode: 0,
      stdout: `0 mails taken, ${blobs.length} known before, 0 quarantined\n`,
    })
    expect(archivedBlobs(world)).toEqual(blobs)
  }, 20_000)

  it('takes what a damaged file holds before its damage, and the files after it', async () => {
    const world = await worlds.fresh()
    const damaged = path.join(world.directory, 'a.mbox.gz')
    const packed = gzipSync(mbox().subarray(0, 1_000_000), { level: 0 })
    writeFileSync(damaged, packed.subarray(0, -1000))
    const whole = path.join(world.directory, 'b.eml')
    writeFileSync(whole, 'From: Bea <b@example.org>\nMessage-ID: <b@example.org>\n\nText.\n')

    const end = await runHere(['import', damaged, whole, '--config', world.config])

    expect(end).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(/^patchferry: left out \S+a\.mbox\.gz: .*unexpected end/),
    })
    const taken = archivedBlobs(world)
    expect(taken.length).toBeGreaterThan(300)
    expect(end.stdout).toBe(`${taken.length} mails taken, 0 known before, 0 quarantined\n`)
    const bea = execFileSync('git', ['hash-object', whole]).toString().trim()
    expect(taken.at(-1)).toBe(bea)
  }, 20_000)

  it('takes what it has read when it is stopped', async () => {
    const world = await worlds.fresh()
    const file = path.join(world.directory, 'list.mbox')
    writeFileSync(file, mbox().subarray(0, 100_000))
    const endless = path.join(world.directory, 'endless')
    execFileSync('mkfifo', [endless])
    const draining = new AbortController()

    const running = runHere(['import', file, endless, '--config', world.config], {
      draining: draining.signal,
    })
    // It can be opened once the import reads from it, with all of the first file in its hands.
    const writer = await open(endless, 'w')
    draining.abort()
    await writer.close()

    const end = await running
    expect(end).toMatchObject({ exitCode: 75, stderr: 'patchferry: stopped\n' })
    const taken = archivedBlobs(world)
    expect(taken.length).toBeGreaterThan(30)
    expect(end.stdout).toBe(`${taken.length} mails taken, 0 known before, 0 quarantined\n`)
  }, 20_000)
})
