import { chmodSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { SMTPServerOptions } from 'smtp-server'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { changeConfig, demoWorlds } from '../support/demo-world.ts'
import { type Ended, jsonLines, runHere } from '../support/run-patchferry.ts'
import { openSink } from '../support/smtp-sink.ts'

const worlds = demoWorlds()
const address = 'ada@example.org'

async function mailTest(world: DemoWorld, ...args: readonly string[]): Promise<Ended> {
  return runHere(['mail', 'test', ...args, '--config', world.config])
}

async function throughServer(
  world: DemoWorld,
  change: Parameters<typeof openSink>[0],
  security: string,
): Promise<Awaited<ReturnType<typeof openSink>>> {
  const sink = await openSink(change)
  onTestFinished(sink.close)
  const smtp = `smtp: { host: 127.0.0.1, port: ${sink.options.port}, security: ${security} }`
  await changeConfig(world, 'maildir: ./outgoing', smtp)
  return sink
}

function refusal(responseCode: number): Error {
  return Object.assign(new Error('we know nobody of that name'), { responseCode })
}

describe('patchferry mail test', () => {
  it('tells each step, and sends one mail that no outbox knows', async () => {
    const world = await worlds.fresh()
    const sink = await throughServer(world, { disabledCommands: ['AUTH'] }, 'opportunistic')

    const end = await mailTest(world, address)

    expect(end).toMatchObject({ exitCode: 0, stderr: '' })
    expect(end.stdout).toMatch(
      /^connected to 127.0.0.1:\d+\nencrypted by TLSv1.\d, certificate not vouched .*\ntakes 8BITMIME\naccepted: 250 .*\nMessage-ID: patchferry\.test\.[0-9a-f]{32}@.*\n$/,
    )
    expect(sink.mails).toHaveLength(1)
    expect(String(sink.mails[0])).toMatch(/^To: ada@example.org\r\n/m)
    await runHere(['migrate', '--config', world.config])
    const outbox = await runHere(['outbox', '--all', '--json', '--config', world.config])
    expect(outbox).toMatchObject({ exitCode: 0, stdout: '' })
  })

  it.each<[string, number, number, RegExp]>([
    ['refused', 550, 1, /refused for good: refused at RCPT TO: 550 .*nobody of that name/],
    ['put off', 450, 75, /not now: refused at RCPT TO: 450 .*nobody of that name/],
  ])('gives the words of the server when it is %s', async (_, code, exitCode, says) => {
    const world = await worlds.fresh()
    await throughServer(world, { onRcptTo: (_a, _s, done) => done(refusal(code)) }, 'none')

    const end = await mailTest(world, address)

    expect(end).toMatchObject({ exitCode })
    expect(end.stdout).toMatch(says)
  })

  it('shows the certificate that nobody vouches for, which then can be pinned, as doctor does', async () => {
    const world = await worlds.fresh()
    const sink = await throughServer(world, { disabledCommands: ['AUTH'] }, 'starttls')

    const end = await mailTest(world, address, '--json')
    const doctor = await runHere(['doctor', '--config', world.config])

    expect(end).toMatchObject({ exitCode: 75 })
    const told = jsonLines(end.stdout)[0]
    const remedy = expect.stringMatching(/delivery\.smtp\.fingerprint.*authoritiesFile/)
    expect(told).toMatchObject({ outcome: 'deferred', remedy, messageId: null })
    const [, printed] = /its SHA-256 fingerprint is (\S+)$/.exec(String(told?.['reply'])) ?? []
    expect(doctor.stdout).toMatch(/WRONG +delivery: .*\n +.*delivery\.smtp\.fingerprint/)
    expect(doctor.stdout).toContain(`its SHA-256 fingerprint is ${printed}\n`)
    expect(sink.mails).toEqual([])
    await changeConfig(world, 'smtp: {', `smtp: { fingerprint: '${printed}',`)
    expect(await mailTest(world, address)).toMatchObject({ exitCode: 0 })
  })

  it('says the words of a server once that refuses the connection', async () => {
    const world = await worlds.fresh()
    await throughServer(world, { onConnect: (_s, done) => done(refusal(554)) }, 'none')

    const end = await mailTest(world, address)

    expect(end).toMatchObject({
      exitCode: 75,
      stdout: expect.stringMatching(
        /^not now: refused when connecting: 554 (?:\S+ )*we know nobody of that name\n$/,
      ),
    })
  })

  it('has a return path as reports have, and lines of at most 72 columns', async () => {
    const world = await worlds.fresh()
    const senders: string[] = []
    const change: SMTPServerOptions = {
      onMailFrom({ address: sender }, _session, done) {
        senders.push(sender)
        done()
      },
    }
    const sink = await throughServer(world, change, 'none')
    await changeConfig(world, 'smtp: {', 'returnPath: bot+b-{token}@ci.example\n  smtp: {')

    const end = await mailTest(world, address)

    expect(end).toMatchObject({ exitCode: 0 })
    expect(senders).toEqual([expect.stringMatching(/^bot\+b-[0-9a-f]{36}@ci\.example$/)])
    const [, body = ''] = String(sink.mails[0]).split('\r\n\r\n')
    expect(Math.max(...body.split('\r\n').map(({ length }) => length))).toBeLessThanOrEqual(72)
  })

  it('runs a program beside the configuration, as doctor says it can', async () => {
    const world = await worlds.fresh()
    const program = path.join(world.directory, 'sm.sh')
    writeFileSync(program, '#!/bin/sh\ncat > /dev/null\n')
    chmodSync(program, 0o755)
    await changeConfig(world, 'maildir: ./outgoing', 'sendmail: { command: [./sm.sh] }')

    expect(await mailTest(world, address)).toMatchObject({ exitCode: 0 })
    const doctor = await runHere(['doctor', '--config', world.config])
    expect(doctor.stdout).toContain(`${program} can be run`)
  })

  it('does not speak of a mail that waits where the program is missing', async () => {
    const world = await worlds.fresh()
    await changeConfig(world, 'maildir: ./outgoing', 'sendmail: { command: [./none] }')

    const end = await mailTest(world, address)

    expect(end).toMatchObject({ exitCode: 75 })
    expect(end.stderr).toMatch(/MAIL_SENDMAIL_FAILED.*\n +.*Reports wait/)
    expect(end.stderr).not.toContain('The mail waits')
  })

  it('goes to a Maildir and to a program too', async () => {
    const world = await worlds.fresh()
    const toFolder = await mailTest(world, address)
    const program = path.join(world.directory, 'sendmail')
    writeFileSync(program, '#!/bin/sh\ncat > /dev/null\necho busy >&2\nexit 75\n')
    chmodSync(program, 0o755)
    await changeConfig(world, 'maildir: ./outgoing', `sendmail: { command: [${program}] }`)
    const toProgram = await mailTest(world, address)
    const doctor = await runHere(['doctor', '--config', world.config])

    expect(toFolder).toMatchObject({ exitCode: 0 })
    expect(await readOutgoing(world.outgoing)).toHaveLength(1)
    expect(toProgram).toMatchObject({
      exitCode: 75,
      stdout: expect.stringMatching(/exit 75: busy/),
    })
    expect(doctor.stdout).toContain(`${program} can be run`)
  })

  it('refuses what is no address', async () => {
    expect(await mailTest(worlds.shared(), 'nobody')).toMatchObject({ exitCode: 2 })
  })
})
