import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { type DemoWorld, deliver, setUpDemo } from '../../src/app/demo/set-up.ts'
import { readOutgoing, type SentMail } from '../../src/app/demo/verify.ts'
import { jsonLines, runHere } from './run-patchferry.ts'
import { temporaryFolder } from './temporary-folder.ts'

/** The world of the demo, made once for a test file; each test takes a copy of its own. */
export interface Worlds {
  fresh(): Promise<DemoWorld>
  /** The world itself, for tests that only look. */
  shared(): DemoWorld
}

/**
 * To be called in the body of a test file; `prepare` happens once, before copies are made. Series do not rest: what
 * has arrived is due.
 */
export function demoWorlds(
  prepare: (world: DemoWorld) => Promise<void> = async () => undefined,
): Worlds {
  let made: DemoWorld | null = null
  beforeAll(async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'patchferry-world-'))
    made = await setUpDemo(directory, { settle: '0s', token: 'a token for the tests only' })
    await prepare(made)
  }, 60_000)
  afterAll(async () => {
    if (made !== null) {
      await rm(made.directory, { recursive: true, force: true })
    }
  })
  function shared(): DemoWorld {
    if (made === null) {
      throw new Error('the world is made before the first test')
    }
    return made
  }
  return {
    shared,
    async fresh() {
      const directory = temporaryFolder()
      await cp(shared().directory, directory, { recursive: true })
      return {
        ...shared(),
        directory,
        config: path.join(directory, 'patchferry.yml'),
        inbox: path.join(directory, 'inbox'),
        outgoing: path.join(directory, 'outgoing'),
        mirror: path.join(directory, 'mirror.git'),
      }
    },
  }
}

/** The mail of the scenario with this Message-ID, the first copy of it. */
export function mailOf(world: DemoWorld, messageId: string): string {
  const mails = world.scenario.acts.flatMap(({ mails }) => mails)
  const found = mails.find((mail) => mail.messageId === messageId)
  if (found === undefined) {
    throw new Error(`the scenario has no mail ${messageId}`)
  }
  return found.raw
}

/** Lets mails arrive in the inbox, by Message-ID. */
export async function arrive(world: DemoWorld, ...ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await deliver(world.inbox, `1700000000.${id}.test`, mailOf(world, id))
  }
}

/** As `arrive`, with mails that say that they were written then, in milliseconds since 1970. */
export async function arriveDated(
  world: DemoWorld,
  at: number,
  ...ids: readonly string[]
): Promise<void> {
  for (const id of ids) {
    const raw = mailOf(world, id).replace(/^Date: .*$/m, `Date: ${new Date(at).toUTCString()}`)
    await deliver(world.inbox, `1700000000.${id}.test`, raw)
  }
}

/** Lets all mails of the scenario's first act arrive. */
export async function arriveAll(world: DemoWorld): Promise<void> {
  for (const [index, mail] of (world.scenario.acts[0]?.mails ?? []).entries()) {
    await deliver(world.inbox, `1700000000.M${index}P1.test`, mail.raw)
  }
}

/** Changes the text of the configuration; throws when there is nothing to change. */
export async function changeConfig(world: DemoWorld, from: string, to: string): Promise<void> {
  const text = await readFile(world.config, 'utf8')
  if (!text.includes(from)) {
    throw new Error(`the configuration does not say ${from}`)
  }
  await writeFile(
    world.config,
    text.replace(from, () => to),
  )
}

/** One pass of the service; gives the reports that are out then. */
export async function sync(world: DemoWorld): Promise<readonly SentMail[]> {
  expect(await runHere(['sync', '--config', world.config])).toMatchObject({ exitCode: 0 })
  return readOutgoing(world.outgoing)
}

/** What `explain` says of the reports about a mail. */
export async function explained(world: DemoWorld, messageId: string): Promise<readonly unknown[]> {
  const { stdout } = await runHere(['explain', '--json', messageId, '--config', world.config])
  return jsonLines(stdout)
    .filter(({ step }) => step === 'report')
    .map(({ rule, result }) => `${String(rule)}: ${String(result)}`)
}
