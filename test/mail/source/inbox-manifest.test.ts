import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { parseManifest } from '../../../src/mail/source/inbox-manifest.ts'
import { type GitHttp, serveGit } from '../../support/git-http.ts'
import { cursorOf, mails, newPlace, type Place, subjects } from '../../support/inbox-place.ts'
import { inboxRepository } from '../../support/inbox-repository.ts'
import { accepts, freePort } from '../../support/ports.ts'
import { take } from '../../support/take-mail.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { testGitEnvironment } from '../../support/test-repo.ts'

// Every step starts several git processes.
vi.setConfig({ testTimeout: 120_000 })

const manifestName = '/manifest.js.gz'

function manifestOf(place: Place, epochs: readonly number[]): Buffer {
  const entries = epochs.map((number) => {
    const fingerprint = place.epoch(number).git('for-each-ref')
    return [`/repo.git/git/${number}.git`, { fingerprint, reference: null }]
  })
  return gzipSync(JSON.stringify(Object.fromEntries(entries)))
}

async function serve(place: Place): Promise<GitHttp> {
  const server = await serveGit(place.root, null)
  onTestFinished(() => server.close())
  return server
}

function askedOf(server: GitHttp, epoch: number): boolean {
  return server.asked.some((name) => name.startsWith(`/git/${epoch}.git/`))
}

describe('a public-inbox with a manifest', () => {
  it('is read epoch by epoch, those that are missing there left out', async () => {
    const place = newPlace()
    place.epoch(3).commit(mails(1))
    place.epoch(5).commit(mails(2))
    const server = await serve(place)
    server.files.set(manifestName, manifestOf(place, [3, 5]))

    expect(subjects(await take(place.open(server.url)))).toEqual(['1', '2'])
    expect([0, 4].filter((epoch) => askedOf(server, epoch))).toEqual([])
  })

  it('is asked for its manifest and its newest epoch when nothing has changed', async () => {
    const place = newPlace()
    place.epoch(0).commit(mails(1))
    place.epoch(1).commit(mails(2))
    const server = await serve(place)
    server.files.set(manifestName, manifestOf(place, [0, 1]))
    const source = place.open(server.url)
    const taken = await take(source)
    server.asked.splice(0)

    expect(await take(source, cursorOf(taken))).toEqual([])
    expect(server.asked[0]).toBe(`${manifestName} 304`)
    expect([0, 1, 2].filter((epoch) => askedOf(server, epoch))).toEqual([1])
  })

  it('gives what came into a new epoch, into the one before it, and into a rewritten one', async () => {
    const place = newPlace()
    const old = place.epoch(0)
    old.commit(mails(1, 2))
    place.epoch(1).commit(mails(3))
    const server = await serve(place)
    server.files.set(manifestName, manifestOf(place, [0, 1]))
    const source = place.open(server.url)
    const taken = await take(source)
    old.commit(mails('2 edited'), old.git('rev-parse', 'master~1'))
    place.epoch(1).commit(mails(4))
    place.epoch(2).commit(mails(5))
    server.files.set(manifestName, manifestOf(place, [0, 1, 2]))

    expect(subjects(taken)).toEqual(['1', '2', '3'])
    expect(subjects(await take(source, cursorOf(taken)))).toEqual(['2 edited', '4', '5'])
  })

  it('that is older than the inbox hides neither mail nor epochs', async () => {
    const place = newPlace()
    place.epoch(0).commit(mails(1))
    const server = await serve(place)
    server.files.set(manifestName, manifestOf(place, [0]))
    const taken = await take(place.open(server.url))
    place.epoch(0).commit(mails(2))
    place.epoch(1).commit(mails(3))

    const rest = await take(place.open(server.url), cursorOf(taken))
    expect(subjects(rest)).toEqual(['2', '3'])
    place.epoch(1).commit(mails(4))
    expect(subjects(await take(place.open(server.url), cursorOf(rest)))).toEqual(['4'])
  })

  it.each([
    ['no gzip', Buffer.from('not packed, not JSON')],
    ['a cut off gzip', gzipSync('{"/repo.git/git/0.git":{}}').subarray(0, 20)],
    ['no object', gzipSync('null')],
    ['other inboxes', gzipSync('{"/other/git/0.git":{}}')],
  ])('that is %s is left aside', async (_, body) => {
    const place = newPlace()
    place.epoch(0).commit(mails(1))
    place.epoch(1).commit(mails(2))
    const server = await serve(place)
    server.files.set(manifestName, body)

    expect(subjects(await take(place.open(server.url)))).toEqual(['1', '2'])
  })

  it('can say that there are no epochs', async () => {
    const place = newPlace()
    inboxRepository(place.root).commit(mails(1))
    const server = await serve(place)
    server.files.set(manifestName, gzipSync('{"/repo.git":{"fingerprint":"1"}}'))

    expect(subjects(await take(place.open(server.url)))).toEqual(['1'])
    expect(askedOf(server, 0)).toBe(false)
  })
})

it.each([
  ['/list', { '/list/git/0.git': 1, '/list/git/10.git': 2, '/list/git/2.git': 3 }, [0, 2, 10]],
  ['/list/', { '/list/git/0.git': 1 }, [0]],
  ['/mount/list', { '/list/git/0.git': 1, '/other/git/7.git': 1 }, [0]],
  ['/list', { '/mount/list/git/0.git': 1 }, null],
  ['/list', { '/list': 1 }, []],
  ['/list', { '/list/git/00.git': 1, '/list/git/x.git': 1, '/list/git/99999999.git': 1 }, null],
  ['/', { '/git/4.git': 1 }, [4]],
])('of an inbox at %j, %j names the epochs %j', (inboxPath, manifest, expected) => {
  const parsed = parseManifest(JSON.stringify(manifest), inboxPath)

  expect(parsed === null ? null : [...parsed.fingerprints.keys()]).toEqual(expected)
})

const hasHttpd =
  spawnSync('perl', ['-MPlack', '-e1']).status === 0 &&
  spawnSync('public-inbox-init', ['--help']).status === 0

describe.skipIf(!hasHttpd && process.env['CI'] !== 'true')(
  `public-inbox-httpd${hasHttpd ? '' : ' (skipped: not installed)'}`,
  () => {
    it('serves an inbox that is followed by its manifest', async () => {
      const home = temporaryFolder()
      const inbox = path.join(home, 'list')
      const env = { ...testGitEnvironment(), HOME: home, PI_CONFIG: path.join(home, 'config') }
      const port = await freePort()
      const url = `http://127.0.0.1:${port}/list`
      const address = 'list@example.org'
      execFileSync('public-inbox-init', ['-V2', 'list', inbox, url, address], {
        env,
        stdio: 'ignore',
      })
      for (const number of [0, 1]) {
        const gitDir = path.join(inbox, 'git', `${number}.git`)
        rmSync(gitDir, { recursive: true, force: true })
        mkdirSync(path.dirname(gitDir), { recursive: true })
        inboxRepository(gitDir).commit(mails(`${number}`))
      }
      const server = spawn('public-inbox-httpd', ['-W0', '-l', `127.0.0.1:${port}`], {
        env,
        stdio: 'ignore',
      })
      onTestFinished(() => void server.kill('SIGKILL'))
      while (!(await accepts(port))) {
        expect(server.exitCode).toBeNull()
        await sleep(50)
      }
      const answer = await fetch(`${url}/manifest.js.gz`)
      expect(answer.status).toBe(200)
      const source = newPlace().open(url)
      const taken = await take(source)
      expect(subjects(taken)).toEqual(['0', '1'])

      inboxRepository(path.join(inbox, 'git/2.git')).commit(mails('2'))
      // As public-inbox does when it begins an epoch.
      const objects = path.join(inbox, 'all.git/objects/info/alternates')
      writeFileSync(
        objects,
        [2, 1, 0].map((number) => `../../git/${number}.git/objects\n`).join(''),
      )
      inboxRepository(path.join(inbox, 'git/1.git')).commit(mails('1b'))
      expect(subjects(await take(source, cursorOf(taken)))).toEqual(['1b', '2'])
    })
  },
)
