import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { connect } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readRefs } from '../../src/app/demo/verify.ts'
import { openRuntime } from '../../src/app/runtime.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { refusedLogins } from '../../src/flow/refused-login.ts'
import { runDueJobs } from '../../src/flow/run-jobs.ts'
import { arrive, changeConfig, demoWorlds, sync } from '../support/demo-world.ts'
import { serveGit } from '../support/git-http.ts'
import { memoryLog } from '../support/memory-log.ts'
import { runHere, startPatchferry } from '../support/run-patchferry.ts'
import { openSink, type Sink } from '../support/smtp-sink.ts'

const usage = 'usage-1@contributor.example'
/** A new installation looks at its mirror first. */
const worlds = demoWorlds(async (world) => {
  await sync(world)
})
const never = new AbortController().signal
const minute = 60_000

function basic(password: string): string {
  return `Basic ${Buffer.from(`bot:${password}`).toString('base64')}`
}

async function fingerprintOf({ options }: Sink): Promise<string> {
  const socket = connect({ port: options.port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const found = socket.getPeerX509Certificate()?.fingerprint256 ?? ''
  socket.destroy()
  return found.replaceAll(':', '')
}

describe('a bot account whose password was changed', () => {
  it('waits, says so, loses no mail, and goes on once the file has the new one, without a restart', async () => {
    const world = await worlds.fresh()
    const mirror = await serveGit(world.mirror, basic('new mirror word'))
    onTestFinished(() => mirror.close())
    const sink = await openSink({
      secure: true,
      disabledCommands: [],
      authOptional: false,
      onAuth: ({ password }, _session, done) =>
        password === 'new mail word' ? done(null, { user: 'bot' }) : done(new Error('no')),
    })
    onTestFinished(sink.close)
    const files = { mirror: 'mirror-password', mail: 'mail-password' }
    async function write(file: string, password: string): Promise<void> {
      await writeFile(path.join(world.directory, file), `${password}\n`)
    }
    await write(files.mirror, 'old mirror word')
    await write(files.mail, 'old mail word')
    await changeConfig(
      world,
      'url: ./mirror.git',
      `url: ${mirror.url}\n      user: bot\n      passwordFile: ./${files.mirror}`,
    )
    const { port } = sink.options
    const server = `host: 127.0.0.1, port: ${port}, security: tls, fingerprint: '${await fingerprintOf(sink)}'`
    await changeConfig(
      world,
      'maildir: ./outgoing',
      `smtp: { ${server}, user: bot, passwordFile: ./${files.mail} }`,
    )
    const service = startPatchferry(['serve', '--config', world.config])
    onTestFinished(() => service.kill('SIGKILL'))

    await arrive(world, usage)
    await service.said(/a login is refused.*|GIT_REMOTE_DENIED/)
    await write(files.mirror, 'new mirror word')
    await service.said(/MAIL_SMTP_LOGIN_REFUSED/)
    expect((await readRefs(world.mirror)).has(`refs/mail/${usage}`)).toBe(true)
    const shown = await runHere(['outbox', '--config', world.config])
    expect(shown.stdout).toContain('MAIL_SMTP_LOGIN_REFUSED')
    await write(files.mail, 'new mail word')
    await expect.poll(() => sink.mails.length, { timeout: minute, interval: 100 }).toBe(1)
    service.kill('SIGTERM')
    const { stderr } = await service.ended
    expect(stderr).not.toMatch(/(?:old|new) (?:mirror|mail) word/)
  }, 180_000)

  it('is asked rarely, and nothing that waits for it is given up', async () => {
    const world = await worlds.fresh()
    const mirror = await serveGit(world.mirror, basic('new'))
    onTestFinished(() => mirror.close())
    await changeConfig(world, 'url: ./mirror.git', `url: ${mirror.url}`)
    let now = new Date('2026-03-06T18:00:00Z')
    const { logger: log } = memoryLog()
    const config = await loadConfig(world.config, {})
    const runtime = await openRuntime(config, { clock: () => now, log })
    onTestFinished(() => runtime.close())
    const { store } = runtime.ports
    await store.transaction((tx) => tx.enqueue('refresh', 'hello', now))
    const gaps: number[] = []
    while (gaps.length < 6) {
      expect(await runDueJobs(['refresh'], 'worker', runtime.ports, never, never)).toBe(1)
      const next = await store.read((reader) => reader.nextJobAt())
      gaps.push(((next?.getTime() ?? 0) - now.getTime()) / minute)
      now = next ?? now
    }
    expect(gaps).toEqual([5, 10, 20, 40, 60, 60])
    await store.transaction((tx) =>
      tx.hastenFailed(refusedLogins, new Date(now.getTime() - minute)),
    )
    const next = await store.read((reader) => reader.nextJobAt())
    expect(next?.getTime()).toBe(now.getTime() - minute)
  }, 90_000)
})
