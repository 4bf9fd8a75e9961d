import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { SMTPServerDataStream, SMTPServerSession } from 'smtp-server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'
import { arrive, changeConfig, demoWorlds } from '../support/demo-world.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'
import { openSink } from '../support/smtp-sink.ts'

const worlds = demoWorlds()
const patch = 'usage-1@contributor.example'

interface Taken {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

interface Scene {
  readonly world: DemoWorld
  /** What the mail server took, in order. */
  readonly taken: Taken[]
}

/** A world that sends by a mail server of its own, with an address for the bounces of each report. */
async function scene(): Promise<Scene> {
  const taken: Taken[] = []
  async function take(
    stream: SMTPServerDataStream,
    { envelope }: SMTPServerSession,
    done: () => void,
  ): Promise<void> {
    const from = envelope.mailFrom === false ? '' : envelope.mailFrom.address
    const to = envelope.rcptTo.map(({ address }) => address)
    taken.push({ from, to, text: (await buffer(stream)).toString() })
    done()
  }
  const sink = await openSink({
    onData(stream, session, done) {
      void take(stream, session, done)
    },
  })
  onTestFinished(sink.close)
  const world = await worlds.fresh()
  const smtp = `smtp: { host: 127.0.0.1, port: ${sink.options.port}, security: none }`
  const paths = "returnPath: 'patchferry+b-{token}@example.org'\n  bounces: { limit: 1 }"
  await changeConfig(world, 'maildir: ./outgoing', `${smtp}\n  ${paths}`)
  return { world, taken }
}

async function command(world: DemoWorld, ...args: readonly string[]): Promise<string> {
  const { stdout, exitCode } = await runHere([...args, '--config', world.config])
  expect(exitCode).toBe(0)
  return stdout
}

/** Postfix's bounce for this recipient, as it comes to this address. */
async function bounce(world: DemoWorld, address: string, recipient: string): Promise<void> {
  const file = new URL('../fixtures/bounce/postfix-failed.eml', import.meta.url)
  const raw = readFileSync(file, 'utf8')
    .replaceAll('bot+b-0123456789abcdef0123aaaaaaaaaaaaaaaa@ci.example', address)
    .replaceAll('gone@ada.example', recipient)
    .replace('EBF3C21A94C@mx', `${Buffer.from(address).toString('hex')}@mx`)
  await deliver(world.inbox, `1700000001.${address}.test`, raw)
}

/** Another series by the same author. */
async function secondSeries(world: DemoWorld): Promise<void> {
  const ids = world.scenario.acts
    .flatMap(({ mails }) => mails.map(({ messageId }) => messageId))
    .filter((id) => id.startsWith('languages-'))
  await arrive(world, ...new Set(ids))
}

describe('a report that bounces', () => {
  it('is told, and who bounces is spared, until a person says otherwise', async () => {
    const { world, taken } = await scene()
    await arrive(world, patch)
    await command(world, 'sync')
    const [first] = taken
    const author = first?.to.find((address) => address.endsWith('@contributor.example')) ?? ''
    expect(first?.from).toMatch(/^patchferry\+b-[0-9a-f]{36}@example\.org$/)

    await bounce(world, first?.from.replace(/.{4}@/, 'beef@') ?? '', author)
    await command(world, 'sync')
    expect(await command(world, 'status')).not.toContain('silenced')

    await bounce(world, first?.from ?? '', author)
    await command(world, 'sync')
    expect(await command(world, 'status')).toContain(author)
    const said = jsonLines(await command(world, 'explain', '--json', patch))
    expect(said).toContainEqual(
      expect.objectContaining({
        rule: 'bounced',
        result: expect.stringContaining(`did not reach ${author}: 550 5.1.1`),
      }),
    )
    const [mail] = jsonLines(await command(world, 'outbox', '--all', '--json'))
    expect(await command(world, 'outbox', 'show', String(mail?.['key']))).toMatch(
      new RegExp(`Bounced: +${author}: 550 5\\.1\\.1`),
    )

    await rm(path.join(world.directory, 'state/store.sqlite'), { force: true })
    await command(world, 'rebuild')
    await secondSeries(world)
    await command(world, 'sync')
    expect(taken).toHaveLength(2)
    expect(taken[1]?.to).toEqual(first?.to.filter((address) => address !== author))

    await command(world, 'opt-out', '--undo', author)
    expect(await command(world, 'status')).not.toContain('silenced')
  })
})
