import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { maildirMailer } from '../../../src/mail/send/maildir-mailer.ts'
import { compiledProgram } from '../../support/compiled-program.ts'
import { numberedMail } from './sample-mail.ts'

const { signal } = new AbortController()

const child = path.join(import.meta.dirname, 'maildir-child.ts')

interface Run {
  readonly process: ChildProcess
  /** Resolves with all lines once it ended. */
  readonly lines: Promise<readonly string[]>
}

function start(values: readonly (string | number)[], onLine?: (line: string) => void): Run {
  const started = spawn(process.execPath, [compiledProgram(child), ...values.map(String)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines: string[] = []
  const reader = createInterface({ input: started.stdout })
  reader.on('line', (line) => {
    lines.push(line)
    onLine?.(line)
  })
  return {
    process: started,
    lines: Promise.all([once(started, 'close'), once(reader, 'close')]).then(() => lines),
  }
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

describe('a Maildir that is written by a process that is killed', () => {
  let directory: string

  beforeEach(async () => {
    directory = path.join(await mkdtemp(path.join(tmpdir(), 'patchferry-kill-')), 'out')
  })

  afterEach(async () => {
    await rm(path.dirname(directory), { recursive: true })
  })

  async function list(folder: string): Promise<readonly string[]> {
    return readdir(path.join(directory, folder)).catch(() => [])
  }

  /** Moves what is new to cur, as a mail reader does. */
  async function readMail(flags: string): Promise<void> {
    for (const name of await list('new')) {
      await rename(
        path.join(directory, 'new', name),
        path.join(directory, 'cur', `${name}${flags}`),
      )
    }
  }

  /** The `Mail N` lines of every mail that can be seen, sorted by N. */
  async function mailNumbers(): Promise<readonly number[]> {
    const numbers: number[] = []
    for (const folder of ['new', 'cur']) {
      for (const name of await list(folder)) {
        const text = await readFile(path.join(directory, folder, name), 'utf8')
        expect(text).toMatch(/\n\nMail \d+\nend\n$/)
        numbers.push(Number(/^Mail (?<n>\d+)$/m.exec(text)?.groups?.['n']))
      }
    }
    return numbers.sort((a, b) => a - b)
  }

  it('has the mail once after a kill before each file operation, read or unread', async () => {
    const whole = await start([directory, 0, 1]).lines
    const operations = Number(whole.at(-1)?.split(' ')[1])
    await rm(directory, { recursive: true })
    let delivered = 0

    for (let step = 1; step <= operations; step += 1) {
      const killed = start([directory, 0, 1, step])
      expect(await killed.lines).toEqual(['ready'])
      expect(killed.process.signalCode).toBe('SIGKILL')
      delivered += (await list('new')).length
      if (step % 2 === 0) {
        await readMail(':2,S')
      }

      const again = await maildirMailer(directory).send(numberedMail(0), signal)

      expect(again.outcome).toBe('accepted')
      expect(await mailNumbers()).toEqual([0])
      expect(await list('tmp')).toEqual([])
      await rm(directory, { recursive: true })
    }

    // Some kills came after the rename, with nobody told that it was done.
    expect(operations).toBeGreaterThan(12)
    expect(delivered).toBeGreaterThan(1)
  }, 60_000)

  it('has every mail once after kills at any time', async () => {
    const seed = Number(process.env['PATCHFERRY_KILL_SEED'] ?? 20_261_121)
    const next = random(seed)
    const mails = 400
    let recorded = 0
    let kills = 0

    while (recorded < mails) {
      const target = recorded + Math.ceil(next() * 40)
      const waitMs = next() * 4
      const run = start([directory, recorded, mails], (line) => {
        if (line.startsWith('sent ')) {
          recorded = Number(line.slice(5)) + 1
        }
        if (line === `sent ${target}`) {
          void delay(waitMs).then(() => run.process.kill('SIGKILL'))
        }
      })
      await run.lines
      expect([run.process.exitCode, run.process.signalCode]).not.toContain(1)
      kills += run.process.signalCode === 'SIGKILL' ? 1 : 0
      await readMail([':2,', ':2,S', ',S=99:2,FS'][kills % 3] ?? '')
    }

    expect(await mailNumbers(), `seed ${seed}`).toEqual(Array.from({ length: mails }, (_, n) => n))
    expect(await list('tmp')).toEqual([])
    expect(kills, `seed ${seed}`).toBeGreaterThan(8)
  }, 60_000)
})

const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0

describe.runIf(canMount)('a Maildir on a small disk (needs user namespaces)', () => {
  let directory: string

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'patchferry-disk-'))
  })

  afterEach(async () => {
    await rm(directory, { recursive: true })
  })

  function onDisk(script: string): string {
    const found = spawnSync('unshare', ['-rm', 'sh', '-ec', script, 'sh', directory], {
      encoding: 'utf8',
      env: {
        ...process.env,
        SEND: `${process.execPath} ${compiledProgram(child)} ${directory}/out`,
      },
    })
    expect(found.stderr).toBe('')
    return found.stdout
  }

  it('keeps nothing of a mail that does not fit, and delivers it once there is room', () => {
    const said = onDisk(`
      mount -t tmpfs -o size=40k none "$1"
      $SEND 0 1 0 100000
      ls "$1/out/new" "$1/out/tmp" | grep -c '^patchferry-' || true
      mount -o remount,size=4m "$1"
      $SEND 0 1 0 100000
      ls "$1/out/new" "$1/out/tmp" | grep -c '^patchferry-'`)

    expect(said.split('\n').filter((line) => !/^(ready|operations)/.test(line))).toEqual([
      'failed 0 MAIL_MAILDIR_FULL',
      '0',
      'sent 0',
      '1',
      '',
    ])
  })

  it('says that a disk is read-only', () => {
    const said = onDisk(`
      mount -t tmpfs -o size=4m none "$1"
      $SEND 0 1
      mount -o remount,ro "$1"
      $SEND 1 2`)

    expect(said).toContain('sent 0')
    expect(said).toContain('failed 1 MAIL_MAILDIR_READ_ONLY')
  })
})
