import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, readdirSync, utimesSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import type { RefName } from '../../../src/core/ids.ts'
import { sweepDrafts } from '../../../src/git/engine/draft.ts'
import { openGitEngine } from '../../../src/git/engine/open-git-engine.ts'
import { createRepository } from '../../../src/git/engine/repository.ts'
import { openUpstreamStores } from '../../../src/git/engine/upstream-store.ts'
import { compiledProgram } from '../../support/compiled-program.ts'
import { seededRandom } from '../../support/seeded-random.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { makeTestRepo, type TestRepo } from '../../support/test-repo.ts'

const script = path.join(import.meta.dirname, 'children/open-stores-until-killed.ts')
const seed = Number(process.env['PATCHFERRY_KILL_SEED'] ?? Date.now() % 1_000_000)
const rounds = Number(process.env['PATCHFERRY_KILL_ROUNDS'] ?? 8)
/** Longer than it takes to make three or four. */
const longestLifeMs = 150
const { signal } = new AbortController()
const main = 'refs/heads/main' as RefName

describe('a process that is killed while it makes the store of an upstream', () => {
  let folder: string
  let served: TestRepo
  beforeEach(() => {
    folder = temporaryFolder()
    served = makeTestRepo()
    onTestFinished(() => served.remove())
    served.commit({ files: { a: 'a\n'.repeat(2000), b: 'b\n' } })
  })

  function upstreams(): readonly string[] {
    const place = path.join(folder, 'upstreams')
    return existsSync(place) ? readdirSync(place) : []
  }

  function repositories(): readonly string[] {
    return ['repositories', 'upstreams'].flatMap((name) => {
      const place = path.join(folder, name)
      return existsSync(place) ? readdirSync(place).map((each) => path.join(place, each)) : []
    })
  }

  async function liveAndDie(full: string, run: number, lifeMs: number): Promise<void> {
    const child = spawn(process.execPath, [compiledProgram(script), folder, full, String(run)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    await Promise.race([once(child.stdout, 'data'), ended])
    // The first makes one at least, however slow the machine is.
    if (run === 0) {
      await Promise.race([once(child.stdout, 'data'), ended])
    }
    await sleep(lifeMs)
    child.kill('SIGKILL')
    const [, signalName] = await ended
    expect(signalName).toBe('SIGKILL')
  }

  it('leaves whole ones and drafts, which are removed when they are old', async () => {
    process.stdout.write(`store kill test: PATCHFERRY_KILL_SEED=${seed}, ${rounds} kills\n`)
    const random = seededRandom(seed)
    const full = path.join(temporaryFolder(), 'full.git')
    await createRepository(full)
    served.git('push', '-q', full, 'HEAD:refs/heads/main')
    for (let run = 0; run < rounds; run += 1) {
      await liveAndDie(full, run, Math.floor(random() * longestLifeMs))
    }

    const drafts = repositories().filter((place) => !place.endsWith('.git'))
    const whole = repositories().filter((place) => place.endsWith('.git'))
    process.stdout.write(`${whole.length} whole, ${drafts.length} drafts\n`)
    expect(whole.length).toBeGreaterThan(0)
    for (const place of whole) {
      expect(served.git('--git-dir', place, 'config', '--get', 'patchferry.ours')).toBe('true')
      expect(served.git('--git-dir', place, 'fsck', '--strict', '--no-dangling')).toBe('')
    }

    // A project that comes afterwards works, whatever was left, and does not touch what may be in the making.
    const stores = openUpstreamStores(path.join(folder, 'upstreams'))
    const own = path.join(folder, 'repositories/own.git')
    await createRepository(own)
    const upstream = await stores.open(served.gitDir, own)
    const engine = await openGitEngine(own, { upstream })
    await engine.fetch(
      { url: served.gitDir, authorization: null },
      [{ from: main, to: main }],
      signal,
    )
    expect(await engine.resolve(main)).toBe(served.sha('HEAD'))
    await engine.close()
    await stores.close()
    expect(repositories()).toEqual(expect.arrayContaining(drafts))

    const later = new Date(Date.now() + 61 * 60_000)
    for (const name of ['repositories', 'upstreams']) {
      await sweepDrafts(path.join(folder, name), later)
    }
    expect(repositories().toSorted()).toEqual(
      [...whole, own, ...upstreams().map((name) => path.join(folder, 'upstreams', name))]
        .filter((place, index, all) => all.indexOf(place) === index)
        .toSorted(),
    )
    expect(upstreams().filter((name) => !name.endsWith('.git'))).toEqual([])
  }, 60_000)

  it('is followed by one that removes its old drafts when it opens the stores', async () => {
    const stores = openUpstreamStores(path.join(folder, 'upstreams'))
    const own = path.join(folder, 'repositories/own.git')
    await createRepository(own)
    await stores.open('https://example.org/one', own)
    const [store = ''] = upstreams()
    const [old, young] = ['0123456789ab', 'ba9876543210'].map((hex) => `${store}.${hex}`)
    for (const draft of [old, young]) {
      cpSync(path.join(folder, 'upstreams', store), path.join(folder, 'upstreams', `${draft}`), {
        recursive: true,
      })
    }
    const before = new Date(Date.now() - 2 * 3_600_000)
    for (const part of ['objects/pack', 'objects', '.']) {
      utimesSync(path.join(folder, 'upstreams', `${old}`, part), before, before)
    }
    await openUpstreamStores(path.join(folder, 'upstreams')).open('https://example.org/one', own)
    await stores.close()

    expect(upstreams().toSorted()).toEqual([store, `${young}`].toSorted())
  })
})
