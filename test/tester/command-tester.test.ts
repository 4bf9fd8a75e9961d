import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Isolation } from '../../src/core/trust/isolation.ts'
import { commandTester } from '../../src/tester/command-tester.ts'
import { killLeftovers } from '../../src/tester/run-folder.ts'
import type { TestResult } from '../../src/tester/tester.ts'
import { describeTesterContract } from '../contract/tester-contract.ts'
import { compiledProgram } from '../support/compiled-program.ts'
import { processesWith, uniqueSleep } from '../support/processes.ts'
import { reasonToSkip } from '../support/programs.ts'

const none: Isolation = { kind: 'none' }
const bubblewrap: Isolation = { kind: 'bubblewrap', readable: [] }
const outputBytes = 64 * 1024
const withoutBubblewrap = reasonToSkip('bwrap', ['--unshare-all', '--ro-bind', '/', '/', 'true'])

const options = { graceMs: 500, outputBytes }

describeTesterContract('isolation none', () => ({
  tester: commandTester(none, options),
  outputBytes,
  addedVariables: [],
  keepsOrder: true,
}))

describeTesterContract(
  'isolation bubblewrap',
  () => ({
    tester: commandTester(bubblewrap, options),
    outputBytes,
    addedVariables: ['PWD'],
    keepsOrder: true,
  }),
  withoutBubblewrap,
)

/** An image with sh and coreutils, for whoever has podman or docker: `podman localhost/tests:latest`. */
const [engine = '', image = ''] = (process.env['PATCHFERRY_TEST_IMAGE'] ?? '').split(' ')

describeTesterContract(
  'isolation container',
  () => ({
    tester: commandTester(
      {
        kind: 'container',
        engine: engine === 'docker' ? 'docker' : 'podman',
        image,
        memoryBytes: null,
        processes: null,
      },
      options,
    ),
    outputBytes,
    addedVariables: ['container', 'HOSTNAME', 'TERM', 'PWD'],
    keepsOrder: false,
  }),
  image === '' ? 'skipped: PATCHFERRY_TEST_IMAGE names no engine and image' : null,
)

let parent: string
let directory: string

beforeEach(async () => {
  parent = await mkdtemp(path.join(tmpdir(), 'patchferry-tester-'))
  directory = path.join(parent, 'checkout')
  await mkdir(directory)
})

afterEach(async () => {
  await rm(parent, { recursive: true, force: true })
})

function run(isolation: Isolation, argv: readonly string[]): Promise<TestResult> {
  const request = { directory, argv, environment: {}, timeoutMs: 60_000 }
  return commandTester(isolation).run(request, new AbortController().signal)
}

function outputOf(result: TestResult): string {
  return result.outcome === 'not-started' ? result.reason : result.output
}

describe.skipIf(withoutBubblewrap !== null)('bubblewrap', () => {
  function sh(script: string, readable: readonly string[] = []): Promise<TestResult> {
    return run({ kind: 'bubblewrap', readable }, ['sh', '-c', script])
  }

  it('lets a test read no file of ours', async () => {
    const secret = path.join(parent, 'secret')
    await writeFile(secret, 'the-secret-itself')

    const result = await sh(
      `cat ${secret} /proc/1/root${secret} /etc/shadow ../secret; ls ${parent}`,
    )

    expect(result.outcome).toBe('failed')
    expect(outputOf(result)).not.toContain('the-secret-itself')
    expect(outputOf(result).match(/No such file/g)).toHaveLength(5)
  })

  it('lets a test write nowhere but into its checkout and its temporary folder', async () => {
    const script = `for at in / /usr /usr/bin /etc /var /run /home /root ${parent} ${tmpdir()}/.. /checkout /tmp /dev/shm; do
      if (echo > $at/mark) 2>/dev/null; then echo $at; fi; done`

    expect(
      outputOf(await sh(script))
        .trim()
        .split('\n'),
    ).toEqual(['/checkout', '/tmp', '/dev/shm'])
    expect(await readdir(directory)).toEqual(['mark'])
    expect(await readdir(parent)).toEqual(['checkout'])
  })

  it('has no network but a loopback of its own', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const port = typeof address === 'object' ? address?.port : null

    const script = `exec 3<>/dev/tcp/127.0.0.1/${port} && echo connected; tail -n +3 /proc/net/dev`
    const outside = await run(none, ['bash', '-c', script])
    const inside = await run(bubblewrap, ['bash', '-c', script])
    server.close()

    expect(outputOf(outside)).toContain('connected')
    expect(outputOf(inside)).not.toContain('connected')
    const interfaces = [...outputOf(inside).matchAll(/^\s*(\w+):\s+\d/gm)]
    expect(interfaces.map(([, device]) => device)).toEqual(['lo'])
  })

  it('shows a test no process but its own, and lets it signal no other', async () => {
    const result = await sh(
      `ls /proc | grep -c '^[0-9]*$'; kill -0 ${process.pid} && echo reached; ls /proc/${process.pid}`,
    )

    expect(Number(outputOf(result).split('\n')[0])).toBeLessThan(8)
    expect(outputOf(result)).not.toContain('reached')
  })

  it('makes a test somebody without rights', async () => {
    const result = await sh('id -u; whoami; grep CapEff /proc/self/status; mount -t tmpfs x /tmp')

    expect(outputOf(result)).toMatch(/^1000\ntester\nCapEff:\s+0{16}\n/)
    expect(result.outcome).toBe('failed')
  })

  it('shows what it was told to show, for reading only', async () => {
    const toolchain = path.join(parent, 'toolchain')
    await mkdir(toolchain)
    await writeFile(path.join(toolchain, 'version'), '7\n')

    const result = await sh(`cat ${toolchain}/version; echo > ${toolchain}/mark`, [toolchain])

    expect(outputOf(result)).toMatch(/^7\n.*Read-only file system/)
  })

  it('says what is wrong with a path that should be readable', async () => {
    expect(await sh('true', ['/no/such/path'])).toMatchObject({
      outcome: 'not-started',
      reason: expect.stringMatching(/^bubblewrap could not start: .*\/no\/such\/path/),
    })
  })
})

describe('a service that is killed', () => {
  const script = path.resolve(import.meta.dirname, '../support/run-test-in-service.ts')
  let service: ChildProcess

  async function start(kind: string, sleep: string): Promise<void> {
    const test = `setsid sleep ${sleep} & sleep ${sleep} & wait`
    const args = [compiledProgram(script), kind, directory, 'sh', '-c', test]
    service = spawn(process.execPath, args, { stdio: 'inherit' })
    await vi.waitFor(() => expect(processesWith(`sleep\0${sleep}`)).toHaveLength(2), {
      timeout: 20_000,
      interval: 50,
    })
  }

  afterEach(() => {
    service.kill('SIGKILL')
  })

  async function kill(): Promise<void> {
    const exited = once(service, 'exit')
    service.kill('SIGKILL')
    await exited
  }

  const kinds = [
    ['none', null],
    ['bubblewrap', withoutBubblewrap],
  ] as const

  describe.each(kinds)('with isolation %s', (kind, reason) => {
    it.skipIf(reason !== null)('takes its tests with it', { timeout: 60_000 }, async () => {
      const sleep = uniqueSleep()
      await start(kind, sleep)

      await kill()

      await vi.waitFor(() => expect(processesWith(`sleep\0${sleep}`)).toEqual([]), 10_000)
      expect((await readdir(parent)).sort()).toEqual(['checkout', 'checkout.run'])
      expect(await killLeftovers(parent)).toBe(1)
      expect(await readdir(parent)).toEqual(['checkout'])
    })
  })

  it('leaves tests that the next start finds, where its watcher is killed too', {
    timeout: 60_000,
  }, async () => {
    const sleep = uniqueSleep()
    await start('none', sleep)
    const record = await readFile(path.join(`${directory}.run`, 'run.json'), 'utf8')
    const { marker } = JSON.parse(record) as { readonly marker: string }
    const watchers = processesWith(`PATCHFERRY_RUN=${marker}`)
    expect(watchers).toHaveLength(1)
    for (const pid of watchers) {
      process.kill(pid, 'SIGKILL')
    }
    await kill()
    expect(processesWith(`sleep\0${sleep}`)).toHaveLength(2)

    const count = await killLeftovers(parent)

    expect(count).toBe(1)
    expect(processesWith(`sleep\0${sleep}`)).toEqual([])
  })
})

describe('killLeftovers', () => {
  it('finds nothing where there is nothing, or no folder', async () => {
    expect(await killLeftovers(parent)).toBe(0)
    expect(await killLeftovers(path.join(parent, 'nowhere'))).toBe(0)
    expect(await readdir(parent)).toEqual(['checkout'])
  })

  it('removes the files of a run that was not begun', async () => {
    await mkdir(path.join(parent, 'checkout.run', 'tmp', 'home'), { recursive: true })

    expect(await killLeftovers(parent)).toBe(0)
    expect(await readdir(parent)).toEqual(['checkout'])
  })
})
