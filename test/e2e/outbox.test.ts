import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import type { OutboxRecord } from '../../src/core/records.ts'
import { defaultLooseGapMs } from '../../src/core/series/loose-join.ts'
import { waitingNote } from '../../src/flow/report/may-leave.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite-store.ts'
import { sampleOutboxRecord } from '../store/samples.ts'
import { arrive, changeConfig, demoWorlds } from '../support/demo-world.ts'
import { type Ended, jsonLines, runHere, startPatchferry } from '../support/run-patchferry.ts'

const patch = 'usage-1@contributor.example'
const worlds = demoWorlds(async (world) => {
  await changeConfig(world, '    reports:', '    reports:\n      dryRun: true')
  await arrive(world, patch)
  await runHere(['sync', '--config', world.config])
})

async function command(world: DemoWorld, ...args: readonly string[]): Promise<Ended> {
  return runHere([...args, '--config', world.config], { env: { USER: 'mina' } })
}

async function list(world: DemoWorld): Promise<Readonly<Record<string, unknown>> | undefined> {
  return jsonLines((await command(world, 'outbox', '--all', '--json')).stdout)[0]
}

function digestThat(note: string): OutboxRecord {
  const facts = { kind: 'digest', topic: null, version: null, note } as const
  return sampleOutboxRecord('digest-of-pump-devel', facts)
}

/** Gives when its turn is: hours from now. */
async function putInOutbox(mail: OutboxRecord, world: DemoWorld): Promise<Date> {
  const turn = new Date(Date.now() + 5 * 3_600_000)
  const file = path.join(world.directory, 'state/store.sqlite')
  const store = await openSqliteStore(file, { looseGapMs: defaultLooseGapMs })
  await store.transaction(async (tx) => {
    await tx.addToOutbox(mail)
    await tx.enqueue('send', mail.key, turn)
  })
  await store.close()
  return turn
}

function decisions(world: DemoWorld): string {
  const journal = path.join(world.directory, 'state/journal.git')
  return execFileSync('git', ['-C', journal, 'log', '-p', '--text', 'decisions']).toString()
}

describe('patchferry outbox', () => {
  it('lists what waits, for people and for programs, and shows one mail', async () => {
    const world = worlds.shared()
    const mail = await list(world)
    const id = String(mail?.['key']).slice(-12)

    const people = await command(world, 'outbox')
    const shown = await command(world, 'outbox', 'show', id)
    const document = await command(world, 'outbox', 'show', id, '--json')

    expect(mail).toMatchObject({ state: 'held', note: expect.stringMatching(/dry run/) })
    expect(people.stdout).toMatch(new RegExp(`${id} +held +0m +\\S+@\\S+ +Re: .*dry run`))
    expect(shown.stdout).toContain(`Message-ID:  ${String(mail?.['messageId'])}`)
    expect(jsonLines(document.stdout)[0]).toMatchObject({ ...mail, text: expect.any(String) })
    expect(await command(world, 'outbox', '--state', 'failed')).toMatchObject({
      stdout: 'no mail\n',
    })
  })

  it.each([
    [['outbox', 'show', 'nothing-of-this'], 1, /no mail nothing-of-this/],
    [['outbox', 'drop', 'nothing-of-this', '--reason', 'x'], 1, /no mail nothing-of-this/],
    [['outbox', 'drop', 'nothing-of-this'], 2, /--reason/],
    [['outbox', 'drop', 'nothing-of-this', '--reason', ''], 2, /It is empty/],
    [['outbox', 'drop', 'nothing-of-this', '--reason', ' \t'], 2, /It is empty/],
    [['outbox', 'show', ''], 2, /It is empty/],
    [['outbox', 'release', 'nothing-of-this', ' '], 2, /It is empty/],
    [['outbox', 'release', 'one-of-this', 'two-of-this'], 1, /one-of-this[^]*two-of-this/],
    [['opt-out', ''], 2, /It is empty/],
    [['approve', ''], 2, /It is empty/],
    [['outbox', '--state', 'lost'], 2, /Allowed choices are held/],
  ])('refuses %j', async (args, exitCode, says) => {
    const end = await command(worlds.shared(), ...args)

    expect(end).toMatchObject({ exitCode, stdout: '' })
    expect(end.stderr).toMatch(says)
  })

  it('releases a held mail beside a running service, which sends it, once', async () => {
    const world = await worlds.fresh()
    const key = String((await list(world))?.['key'])
    const service = startPatchferry(['serve', '--config', world.config], { cwd: world.directory })
    onTestFinished(async () => {
      service.kill('SIGKILL')
      await service.ended
    })
    await service.said(/listening/)

    const end = await command(world, 'outbox', 'release', key, '--reason', 'reads well')
    await expect
      .poll(async () => (await list(world))?.['state'], { timeout: 10_000 })
      .toBe('handed-over')
    const again = await command(world, 'outbox', 'release', key)

    expect(end).toMatchObject({
      exitCode: 0,
      stdout: `the mail is sent by serve, or by the next sync: ${key}\n`,
    })
    expect(again).toMatchObject({ exitCode: 1, stdout: '' })
    expect(again.stderr).toContain('it was sent already')
    expect(await readOutgoing(world.outgoing)).toHaveLength(1)
    expect(decisions(world)).toContain('command line (mina)')
    expect(decisions(world)).toContain('reads well')
  }, 30_000)

  it('says of what was put off when it is tried next, and of a digest which list it is for', async () => {
    const world = await worlds.fresh()
    const mail = digestThat('451 later')
    const nextTryAt = await putInOutbox(mail, world)

    const people = await command(world, 'outbox', '--state', 'pending')
    const shown = await command(world, 'outbox', 'show', mail.key)
    const document = await command(world, 'outbox', 'show', mail.key, '--json')

    expect(people.stdout).toContain('(451 later; next try in 5h)')
    expect(shown.stdout).toMatch(/^Report: +digest of pump-devel$/m)
    expect(shown.stdout).toMatch(new RegExp(`^Next try: +${nextTryAt.toISOString()}$`, 'm'))
    expect(jsonLines(document.stdout)[0]).toMatchObject({ nextTryAt: nextTryAt.toISOString() })
    expect(await list(world)).toMatchObject({ state: 'held', nextTryAt: null })
  }, 30_000)

  it('looks at the start again at what waits for the end of quiet hours', async () => {
    const world = await worlds.fresh()
    const mail = digestThat(`${waitingNote}tomorrow: these are quiet hours`)
    await putInOutbox(mail, world)

    await command(world, 'sync')

    const document = await command(world, 'outbox', 'show', mail.key, '--json')
    expect(jsonLines(document.stdout)[0]).toMatchObject({ state: 'handed-over' })
  }, 30_000)

  it('drops a mail for ever: a rebuilt store does not send it either', async () => {
    const world = await worlds.fresh()
    const key = String((await list(world))?.['key'])

    const end = await command(world, 'outbox', 'drop', key, '--reason', 'told by hand')
    await command(world, 'rebuild')
    await changeConfig(world, 'dryRun: true', 'dryRun: false')
    await command(world, 'sync')

    expect(end).toMatchObject({ exitCode: 0, stdout: `the mail is not sent: ${key}\n` })
    expect(await readOutgoing(world.outgoing)).toEqual([])
    expect(await list(world)).toMatchObject({ key, state: 'dropped' })
  }, 30_000)
})
