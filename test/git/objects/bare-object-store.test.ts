import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ObjectStore } from '../../../src/git/object-store.ts'
import {
  type ObjectStoreOptions,
  openObjectStore,
} from '../../../src/git/objects/bare-object-store.ts'
import { commitOf } from '../../support/commit-of.ts'
import { noMountReason, runInSmallMount } from '../../support/in-small-mount.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { testGitEnvironment } from '../../support/test-repo.ts'

const { signal } = new AbortController()

function newRepository(): string {
  return path.join(temporaryFolder(), 'store.git')
}

async function open(
  repository: string,
  options: Partial<ObjectStoreOptions> = {},
): Promise<ObjectStore> {
  const store = await openObjectStore(repository, options)
  onTestFinished(() => store.close())
  return store
}

function git(repository: string, ...args: readonly string[]): string {
  return execFileSync('git', ['--git-dir', repository, ...args], {
    env: testGitEnvironment(),
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim()
}

async function appendEach(store: ObjectStore, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await store.append('master', [commitOf(text)], signal)
  }
}

/** By /proc, because only the environment of the process names the repository. */
function catFileProcesses(repository: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8')
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
      return command.includes('cat-file\0--batch') && environment.includes(repository)
    } catch {
      return false
    }
  })
}

function packs(repository: string): readonly string[] {
  return readdirSync(path.join(repository, 'objects', 'pack')).filter((name) =>
    name.endsWith('.pack'),
  )
}

describe('the bare repository', () => {
  it('is one that git reads and finds nothing wrong with', async () => {
    const repository = newRepository()
    const store = await open(repository)
    await store.append(
      'master',
      [
        commitOf('plain'),
        commitOf('hostile', {
          author: { name: '<evil>\n<a@b> 1 +0000', address: '>\n\0' },
          authoredAt: new Date(-5000),
          message: 'NUL \0 and \ud800',
        }),
        commitOf('nobody', { author: { name: '', address: '' }, message: '' }),
        commitOf('files', { files: { b: Buffer.of(), 'a.b': Buffer.of(0), a: Buffer.from('x') } }),
      ],
      signal,
    )

    expect(git(repository, 'fsck', '--strict', '--no-dangling')).toBe('')
    expect(git(repository, 'rev-parse', 'HEAD')).toBe(await store.tip('master'))
    expect(git(repository, 'log', '--format=%an <%ae> %at %s', '--reverse')).toBe(
      [
        'Ada Author <ada@example.org> 1706933106 plain',
        'evil a@b 1 +0000 <> 0 NUL \uFFFD and \uFFFD',
        'unknown <> 1706933106 ',
        'Ada Author <ada@example.org> 1706933106 files',
      ].join('\n'),
    )
    expect(git(repository, 'ls-tree', '--name-only', 'HEAD')).toBe('a\na.b\nb')
    expect(git(repository, 'show', 'HEAD~3:m')).toBe('plain')
  })

  it('appears whole when several create it at once', async () => {
    const repository = newRepository()
    const stores = await Promise.all([1, 2, 3, 4].map(() => open(repository)))
    await Promise.all(
      stores.map((store, index) => store.append('master', [commitOf(String(index))], signal)),
    )

    expect(git(repository, 'rev-list', '--count', 'master')).toBe('4')
    expect(readdirSync(path.dirname(repository))).toEqual(['store.git'])
  })

  it('makes a repository of an empty folder', async () => {
    const folder = temporaryFolder()
    const store = await open(folder)
    await appendEach(store, ['1'])

    expect(git(folder, 'rev-list', '--count', 'master')).toBe('1')
  })

  it.each([
    ['a folder with other files', (folder: string) => writeFileSync(`${folder}/notes.txt`, 'x')],
    [
      'a repository with SHA-256 objects',
      (folder: string) =>
        execFileSync('git', ['init', '-q', '--bare', '--object-format=sha256', folder]),
    ],
  ])('refuses %s', async (_, make) => {
    const folder = temporaryFolder()
    make(folder)

    await expect(openObjectStore(folder)).rejects.toMatchObject({
      code: 'GIT_REPOSITORY_UNSUPPORTED',
      retry: 'after-human',
    })
  })

  it('finds a branch that git has moved into packed-refs, and goes on from there', async () => {
    const repository = newRepository()
    const store = await open(repository)
    await appendEach(store, ['1'])
    git(repository, 'pack-refs', '--all')

    expect(existsSync(path.join(repository, 'refs/heads/master'))).toBe(false)
    await appendEach(store, ['2'])
    expect(git(repository, 'log', '--format=%s', 'master')).toBe('2\n1')
  })

  it('names a ref that holds no commit', async () => {
    const repository = newRepository()
    const store = await open(repository)
    await appendEach(store, ['1'])
    writeFileSync(path.join(repository, 'refs/heads/master'), '')

    await expect(store.append('master', [commitOf('2')], signal)).rejects.toMatchObject({
      code: 'GIT_REF_BROKEN',
    })
  })

  it('waits for a git process that holds the ref, and appends on top of what that wrote', async () => {
    const repository = newRepository()
    const store = await open(repository)
    await appendEach(store, ['1', '2'])
    const first = git(repository, 'rev-parse', 'master~1')
    const other = spawn('git', ['--git-dir', repository, 'update-ref', '--stdin'], {
      env: testGitEnvironment(),
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const answers = createInterface({ input: other.stdout })[Symbol.asyncIterator]()
    other.stdin.write(`start\nupdate refs/heads/master ${first}\nprepare\n`)
    expect([(await answers.next()).value, (await answers.next()).value]).toEqual([
      'start: ok',
      'prepare: ok',
    ])

    const appended = store.append('master', [commitOf('3')], signal)
    const packsBefore = packs(repository).length
    await expect.poll(() => packs(repository).length).toBeGreaterThan(packsBefore)
    expect(git(repository, 'log', '-1', '--format=%s', 'master')).toBe('2')
    other.stdin.end('commit\n')
    await once(other, 'close')

    expect((await appended).before).toBe(first)
    expect(git(repository, 'log', '--format=%s', 'master')).toBe('3\n1')
  })

  it('takes away the lock of a process that died with it', async () => {
    const repository = newRepository()
    const store = await open(repository, { staleLockMs: 300 })
    await appendEach(store, ['1'])
    const lock = path.join(repository, 'refs/heads/master.lock')
    writeFileSync(lock, '')
    const startedAt = performance.now()
    await appendEach(store, ['2'])

    expect(performance.now() - startedAt).toBeGreaterThan(290)
    expect(existsSync(lock)).toBe(false)
    expect(readdirSync(path.dirname(lock))).toEqual(['master'])
    expect(git(repository, 'log', '--format=%s', 'master')).toBe('2\n1')
  })

  it('gives up waiting for a lock when told to stop, and nothing was appended', async () => {
    const repository = newRepository()
    const store = await open(repository)
    await appendEach(store, ['1'])
    const lock = path.join(repository, 'refs/heads/master.lock')
    writeFileSync(lock, '')
    const stop = new AbortController()
    const appended = store.append('master', [commitOf('2')], stop.signal)
    stop.abort(new Error('stopped'))

    await expect(appended).rejects.toThrow('stopped')
    expect(existsSync(lock)).toBe(true)
    expect(git(repository, 'log', '--format=%s', 'master')).toBe('1')
    expect(readdirSync(path.join(repository, 'incoming'))).toEqual([])
  })

  it.skipIf(process.platform !== 'linux')('starts another reader when git dies', async () => {
    const repository = newRepository()
    const store = await open(repository)
    const { commits } = await store.append('master', [commitOf('1')], signal)
    const blob = commits[0]?.files['m'] ?? store.blobOf(Buffer.of())
    await store.blobs([blob], signal)
    const ours = catFileProcesses(repository)
    expect(ours).toHaveLength(1)
    process.kill(Number(ours[0]), 'SIGKILL')

    for (let round = 0; round < 3; round += 1) {
      expect(await store.blobs([blob, blob], signal)).toHaveLength(2)
    }
  })

  it('keeps the number of packs small by itself', async () => {
    const repository = newRepository()
    const store = await open(repository, { packsBeforeRepack: 8 })
    const texts = Array.from({ length: 120 }, (_, index) => String(index))
    await appendEach(store, texts)
    await store.close()

    expect(packs(repository).length).toBeLessThanOrEqual(8 * 8 + 1)
    const again = await open(repository)
    await again.maintain(signal)
    expect(packs(repository).length).toBeLessThan(8)
    expect(git(repository, 'log', '--reverse', '--format=%s', 'master').split('\n')).toEqual(texts)
    expect(git(repository, 'fsck', '--strict')).toBe('')
  })

  it('keeps objects that no ref reaches yet when it is maintained', async () => {
    const repository = newRepository()
    const store = await open(repository)
    await appendEach(store, ['1', '2', '3'])
    const last = await store.tip('master')
    git(repository, 'update-ref', 'refs/heads/master', 'master~1')
    await store.maintain(signal)
    await store.maintain(signal)

    expect(packs(repository)).toHaveLength(1)
    expect(git(repository, 'cat-file', '-t', last ?? '')).toBe('commit')
  })

  it('leaves a pack alone that is much larger than all that came since, until they are many', async () => {
    const repository = newRepository()
    const store = await open(repository)
    await appendEach(
      store,
      Array.from({ length: 12 }, (_, index) => String(index)),
    )
    await store.maintain(signal)
    const [large = ''] = packs(repository)
    await appendEach(store, ['13', '14'])
    await store.maintain(signal)

    expect(packs(repository)).toHaveLength(2)
    expect(packs(repository)).toContain(large)

    await appendEach(store, ['15', '16', '17', '18'])
    await store.maintain(signal)
    expect(packs(repository)).toHaveLength(1)
    expect(git(repository, 'fsck', '--strict')).toBe('')
  })

  it('leaves a pack alone that somebody wants to keep', async () => {
    const repository = newRepository()
    const store = await open(repository)
    await appendEach(store, ['1'])
    const [kept = ''] = packs(repository)
    writeFileSync(path.join(repository, 'objects/pack', kept.replace(/pack$/, 'keep')), '')
    await appendEach(store, ['2', '3'])
    await store.maintain(signal)

    expect(packs(repository)).toHaveLength(2)
    expect(packs(repository)).toContain(kept)
  })

  it('does not count on packs that another git is still naming', async () => {
    const repository = newRepository()
    const store = await open(repository)
    await appendEach(store, ['1', '2', '3'])
    await store.maintain(signal)
    const folder = path.join(repository, 'objects', 'pack')
    const [pack = ''] = packs(repository)
    for (const name of [pack, pack.replace(/pack$/, 'idx')]) {
      copyFileSync(path.join(folder, name), path.join(folder, `.tmp-4711-${name}`))
    }
    await store.maintain(signal)

    expect(packs(repository)).toContain(pack)
  })

  it('names any other fault of the file system, and appends nothing', async () => {
    const repository = newRepository()
    const store = await open(repository)
    await appendEach(store, ['1'])
    const objects = path.join(repository, 'incoming')
    execFileSync('rm', ['-r', objects])
    writeFileSync(objects, 'a file where a folder should be')

    await expect(store.append('master', [commitOf('2')], signal)).rejects.toMatchObject({
      code: 'GIT_WRITE_FAILED',
      retry: 'later',
    })
    expect(git(repository, 'log', '--format=%s', 'master')).toBe('1')
  })

  it.skipIf(noMountReason !== null)(
    `says so on a full disk and on a read-only one, and writes no half things${noMountReason === null ? '' : ` (skipped: ${noMountReason})`}`,
    { timeout: 60_000 },
    () => {
      const folder = temporaryFolder()
      mkdirSync(path.join(folder, 'mnt'))
      const script = path.join(import.meta.dirname, 'children/full-disk.ts')
      const printed = runInSmallMount(script, {
        folder: path.join(folder, 'mnt'),
        sizeBytes: 1024 * 1024,
      })

      expect(JSON.parse(printed)).toEqual({
        whenFull: 'GIT_DISK_FULL later',
        whenStillFull: 'GIT_DISK_FULL later',
        whenFreed: null,
        whenReadOnly: 'GIT_NOT_WRITABLE after-human',
        fsck: '',
        isLogWhatWasAppended: true,
        appended: expect.any(Number),
      })
      expect(JSON.parse(printed).appended).toBeGreaterThan(10)
    },
  )
})
