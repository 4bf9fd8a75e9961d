import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { SMTPServerDataStream } from 'smtp-server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'
import { compiledProgram } from '../support/compiled-program.ts'
import { arrive, changeConfig, demoWorlds } from '../support/demo-world.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'
import { openSink } from '../support/smtp-sink.ts'

const worlds = demoWorlds()
const patch = 'usage-1@contributor.example'
const root = path.resolve(import.meta.dirname, '../..')
const lookForMs = 1_000

type Moment = 'before the final dot' | 'after the final dot'

interface Scene {
  readonly world: DemoWorld
  /** Every mail that the server has whole, in the order it took them. */
  readonly accepted: Buffer[]
}

async function outbox(world: DemoWorld): Promise<unknown> {
  const { stdout } = await runHere(['status', '--json', '--config', world.config])
  return jsonLines(stdout)[0]?.['outbox']
}

async function sync(world: DemoWorld): Promise<void> {
  expect(await runHere(['sync', '--config', world.config])).toMatchObject({ exitCode: 0 })
}

function start(world: DemoWorld): ChildProcess {
  const main = path.join(root, 'src/main.ts')
  return spawn(process.execPath, [compiledProgram(main), 'serve', '--config', world.config], {
    cwd: root,
    stdio: 'ignore',
    env: { PATH: process.env['PATH'], HOME: world.directory, USER: 'tester', TZ: 'UTC' },
  })
}

/** A world whose service was killed in its first dialogue with the mail server. */
async function killIn(moment: Moment, ifUnknown: 'hold' | 'resend'): Promise<Scene> {
  const accepted: Buffer[] = []
  let service: ChildProcess | null = null
  async function take(stream: SMTPServerDataStream, done: () => void): Promise<void> {
    const bytes = await buffer(stream)
    accepted.push(bytes)
    service?.kill('SIGKILL')
    done()
  }
  const sink = await openSink({
    onData(stream, _session, done) {
      if (service !== null && moment === 'before the final dot') {
        // The answer 354, without which no mail begins, is not given yet.
        service.kill('SIGKILL')
        stream.on('error', () => undefined).resume()
        return
      }
      void take(stream, done)
    },
  })
  onTestFinished(sink.close)
  const world = await worlds.fresh()
  const smtp = `smtp: { host: 127.0.0.1, port: ${sink.options.port}, security: none }`
  const policy = `lookFor: ${lookForMs / 1_000}s\n  ifUnknown: ${ifUnknown}`
  await changeConfig(world, 'maildir: ./outgoing', `${smtp}\n  ${policy}`)
  await arrive(world, patch)
  service = start(world)
  onTestFinished(() => {
    service?.kill('SIGKILL')
  })
  expect(await once(service, 'exit')).toEqual([null, 'SIGKILL'])
  service = null
  return { world, accepted }
}

function messageIds(mails: readonly Buffer[]): readonly (string | undefined)[] {
  return mails.map((mail) => /^Message-ID: (.*)$/im.exec(mail.toString())?.[1]?.trim())
}

describe('a service killed while it speaks with a mail server', () => {
  it.each<[Moment, number]>([
    ['before the final dot', 0],
    ['after the final dot', 1],
  ])('%s, holds the mail for a person and sends it no second time', async (moment, count) => {
    const { world, accepted } = await killIn(moment, 'hold')

    await sync(world)
    expect(await outbox(world)).toEqual({ unknown: 1 })
    await sleep(lookForMs)
    await sync(world)

    expect(await outbox(world)).toEqual({ unknown: 1 })
    expect(accepted).toHaveLength(count)
  })

  it('knows the mail was taken when it comes back by the list', async () => {
    const { world, accepted } = await killIn('after the final dot', 'resend')
    await deliver(world.inbox, '1700000002.back.test', String(accepted[0]))

    await sync(world)
    await sleep(lookForMs)
    await sync(world)

    expect(await outbox(world)).toEqual({ seen: 1 })
    expect(accepted).toHaveLength(1)
  })

  it.each<[Moment, number]>([
    ['before the final dot', 1],
    ['after the final dot', 2],
  ])('%s, sends the same mail again if told to', async (moment, count) => {
    const { world, accepted } = await killIn(moment, 'resend')

    await sync(world)
    await sleep(lookForMs)
    await sync(world)
    await sync(world)

    expect(await outbox(world)).toEqual({ 'handed-over': 1 })
    expect(accepted).toHaveLength(count)
    expect(new Set(messageIds(accepted)).size).toBe(1)
  })
})

describe('patchferry doctor', () => {
  it('tries the mail server, and says what is wrong with it', async () => {
    const sink = await openSink()
    onTestFinished(sink.close)
    const world = await worlds.fresh()
    const smtp = `smtp: { host: 127.0.0.1, port: ${sink.options.port}, security: none }`
    await changeConfig(world, 'maildir: ./outgoing', smtp)

    const well = await runHere(['doctor', '--config', world.config])
    await changeConfig(world, 'security: none }', 'security: starttls }')
    const wrong = await runHere(['doctor', '--config', world.config])

    expect(well.stdout).toMatch(/delivery.*127\.0\.0\.1:\d+, not encrypted, .*no login/)
    expect(wrong.stdout).toMatch(/delivery.*127\.0\.0\.1:\d+: /)
    expect(wrong.stdout).toContain('Correct `delivery.smtp`')
    expect(sink.mails).toEqual([])
  }, 20_000)
})
