import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { gitText } from '../../src/git/cli/run-git.ts'
import { changeConfig, demoWorlds, mailOf } from '../support/demo-world.ts'
import type { MailboxOfUser } from '../support/dovecot.ts'
import { dovecotHere } from '../support/imap-source.ts'
import { reasonToSkip } from '../support/programs.ts'
import { runHere, type Started, startPatchferry } from '../support/run-patchferry.ts'

const withoutDovecot = reasonToSkip('dovecot', ['--version'])
const waiting = { timeout: 40_000, interval: 100 }

describe.skipIf(withoutDovecot !== null)(`the service on IMAP ${withoutDovecot ?? ''}`, () => {
  const worlds = demoWorlds()
  const dovecot = dovecotHere()

  /** The demo's world, but its list comes to a mailbox whose mail moves to `done`. */
  async function worldOn(mailbox: MailboxOfUser): Promise<DemoWorld> {
    const world = await worlds.fresh()
    await writeFile(path.join(world.directory, 'imap-password'), `${dovecot().password}\n`)
    const there = `host: 127.0.0.1, port: ${dovecot().port}, security: plain`
    const login = `user: ${mailbox.user}, passwordFile: ./imap-password`
    const imap = `imap: { ${there}, ${login}, afterImport: move, moveTo: done }`
    await changeConfig(world, 'maildir: ./inbox\n        poll: 1s', `${imap}\n        poll: 10m`)
    return world
  }

  function serve(world: DemoWorld): Started {
    const service = startPatchferry(['serve', '--config', world.config])
    onTestFinished(() => service.kill('SIGKILL'))
    return service
  }

  it('waits out a password that was changed, and goes on once its file has the new one', async () => {
    const mailbox = dovecot().newUser(['done'])
    const world = await worldOn(mailbox)
    const file = path.join(world.directory, 'imap-password')
    await writeFile(file, 'of yesterday\n')
    mailbox.deliver(mailOf(world, 'polite-1@contributor.example'))
    const service = serve(world)
    await service.said(/MAIL_IMAP_LOGIN_REFUSED/)
    expect(mailbox.mails('done')).toHaveLength(0)

    await writeFile(file, `${dovecot().password}\n`)
    await expect.poll(() => readOutgoing(world.outgoing), waiting).toHaveLength(1)
  }, 120_000)

  it('connects again when the server was away, and takes what came meanwhile', async () => {
    const mailbox = dovecot().newUser(['done'])
    const world = await worldOn(mailbox)
    const service = serve(world)
    mailbox.deliver(mailOf(world, 'usage-1@contributor.example'))
    await expect.poll(() => readOutgoing(world.outgoing), waiting).toHaveLength(1)

    await dovecot().stop()
    await service.said(/MAIL_IMAP_(?:UNREACHABLE|DISCONNECTED)/)
    mailbox.deliver(mailOf(world, 'workflow-1@contributor.example'))
    await dovecot().start()

    await expect.poll(() => readOutgoing(world.outgoing), waiting).toHaveLength(2)
    await expect.poll(() => mailbox.mails('done').length, waiting).toBe(2)
    expect(mailbox.mails()).toEqual([])
  })

  it('moves no mail that it does not have, and takes none twice, when it is killed', async () => {
    const mailbox = dovecot().newUser(['done'])
    const world = await worldOn(mailbox)
    const count = 60
    for (let number = 0; number < count; number += 1) {
      const id = `Message-ID: <${number}@contributor.example>`
      mailbox.deliver(`From: a@contributor.example\n${id}\n\nText ${number}\n`)
    }
    const service = serve(world)
    // The first batch is durable, and about to be moved or moved.
    await expect.poll(() => mailbox.mails('done').length, waiting).toBeGreaterThan(0)
    service.kill('SIGKILL')
    await service.ended
    const moved = mailbox.mails('done').length
    expect(moved).toBeLessThanOrEqual(await archived(world))

    const ended = await runHere(['sync', '--config', world.config])
    expect(ended).toMatchObject({ exitCode: 0 })
    expect(await archived(world)).toBe(count)
    expect(mailbox.mails()).toEqual([])
    expect(new Set(mailbox.mails('done').map(({ text }) => text)).size).toBe(count)
    expect(mailbox.mails('done')).toHaveLength(count)
  })
})

async function archived({ directory }: DemoWorld): Promise<number> {
  const git = { gitDir: path.join(directory, 'state/archive/git/0.git') }
  return Number(await gitText(['rev-list', '--all', '--count'], git))
}
