import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { seriesMails } from '../../src/app/demo/mails.ts'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'
import { openWorkshop, type Workshop } from '../../src/app/demo/upstream.ts'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { arrive, changeConfig, demoWorlds, mailOf } from '../support/demo-world.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'

const worlds = demoWorlds()
const ada = { name: 'Ada Author', address: 'ada@contributor.example' }

interface Sent {
  readonly kind: string
  readonly inReplyTo: string | null
  /** Blanks and line ends made one. */
  readonly text: string
}

/** One pass of the service; gives the reports that are out then. */
async function sync(world: DemoWorld): Promise<readonly Sent[]> {
  expect(await runHere(['sync', '--config', world.config])).toMatchObject({ exitCode: 0 })
  const sent: Sent[] = []
  for (const { kind, inReplyTo, file } of await readOutgoing(world.outgoing)) {
    const text = (await readFile(file, 'utf8')).replace(/=\r?\n/g, '').replace(/\s+/g, ' ')
    sent.push({ kind, inReplyTo, text })
  }
  return sent
}

async function workshopOf(world: DemoWorld): Promise<Workshop> {
  const workshop = await openWorkshop(path.join(world.directory, 'workshop'))
  await workshop.checkout('main')
  return workshop
}

/** Four patches and a cover, of which patch `broken` brings a test that fails. */
async function breakAt(world: DemoWorld, broken: number): Promise<void> {
  const workshop = await workshopOf(world)
  for (const n of [1, 2, 3, 4]) {
    const file = n === broken ? 'tests/broken.sh' : `words/x${n}.txt`
    await workshop.commit({ [file]: n === broken ? 'exit 1\n' : 'Hi\n' }, `add ${n}`, ada, n)
  }
  const cover = { subject: 'four more', text: 'One of them is wrong.' }
  const range = 'main..HEAD'
  const options = { name: 'four', range, author: ada, day: 5, cover }
  for (const [index, mail] of (await seriesMails(workshop, options)).entries()) {
    await deliver(world.inbox, `1700000000.four-${index}.test`, mail.raw)
  }
}

describe('the patch that breaks a series', () => {
  it('is found and answered, where that is asked for', async () => {
    const world = await worlds.fresh()
    await changeConfig(world, 'timeout: 1m', 'timeout: 1m\n      bisect: 10m')
    await breakAt(world, 2)

    const sent = await sync(world)
    expect(sent).toMatchObject([{ kind: 'failure', inReplyTo: 'four-2@contributor.example' }])
    expect(sent[0]?.text).toContain('Subject: Re: [PATCH 2/4] add 2')
    expect(sent[0]?.text).toContain(
      'Patch 2 of 4 breaks this series: test fails with it, and passes without it.',
    )
    expect(sent[0]?.text).toContain('# broken-by: 2')
  }, 20_000)

  it('is not looked for where nobody asks, and the series is answered', async () => {
    const world = await worlds.fresh()
    await breakAt(world, 2)

    const sent = await sync(world)
    expect(sent).toMatchObject([{ kind: 'failure', inReplyTo: 'four-0@contributor.example' }])
    expect(sent[0]?.text).not.toContain('broken-by')
  }, 20_000)
})

describe('tabs that became spaces', () => {
  async function tabbed(world: DemoWorld): Promise<string> {
    const workshop = await workshopOf(world)
    const hello = await readFile(path.join(workshop.directory, 'hello'), 'utf8')
    const change = { hello: hello.replace('such language: $1', 'such tongue: $1') }
    await workshop.commit(change, 'hello: say it in other words', ada, 4)
    const [mail] = await seriesMails(workshop, {
      name: 'tongue',
      range: 'main..HEAD',
      author: ada,
      day: 5,
    })
    expect(mail?.raw).toContain('\n-\techo')
    return mail?.raw ?? ''
  }

  it.each([
    ['with the blob that it was made from', (raw: string) => raw],
    ['without', (raw: string) => raw.replace(/^index .*\n/m, '')],
  ])('are named in the report, %s', async (_what, change) => {
    const world = await worlds.fresh()
    const raw = change(await tabbed(world)).replaceAll('\t', '        ')
    await deliver(world.inbox, '1700000000.tabs.test', raw)

    const sent = await sync(world)
    expect(sent).toMatchObject([{ kind: 'damaged' }])
    expect(sent[0]?.text).toContain('was damaged on its way (tabs became spaces)')
    expect(sent[0]?.text).toContain('# damage: tabs-to-spaces')
  })

  it('are not blamed for a base that has moved', async () => {
    const world = await worlds.fresh()
    const raw = (await tabbed(world)).replaceAll('such language', 'such a language')
    await deliver(world.inbox, '1700000000.moved.test', raw)

    expect(await sync(world)).toMatchObject([{ kind: 'conflict' }])
  })

  it('are told from a patch that names no state of the file that it was made from', async () => {
    const world = await worlds.fresh()
    const raw = (await tabbed(world))
      .replaceAll('such language', 'such a language')
      .replace(/^index .*\n/m, '')
    await deliver(world.inbox, '1700000000.unnamed.test', raw)

    const sent = await sync(world)
    expect(sent).toMatchObject([{ kind: 'conflict' }])
    expect(sent[0]?.text).toContain(
      'does not say which state of hello it was made from (it has no index line)',
    )
    expect(sent[0]?.text).not.toContain('in no repository known here')
  })
})

describe('templates of an operator', () => {
  const usage = 'usage-1@contributor.example'

  async function withTemplates(texts: Readonly<Record<string, string>>): Promise<DemoWorld> {
    const world = await worlds.fresh()
    const templates = path.join(world.directory, 'own')
    await mkdir(templates)
    for (const [name, text] of Object.entries(texts)) {
      await writeFile(path.join(templates, name), text)
    }
    await changeConfig(world, 'bot:', 'mailTemplates: ./own\nbot:')
    return world
  }

  async function doctor(world: DemoWorld): Promise<unknown> {
    const { stdout } = await runHere(['doctor', '--json', '--config', world.config])
    return jsonLines(stdout).find(({ check }) => check === 'mail templates')
  }

  it('take the place of ours, which stay for the rest', async () => {
    const world = await withTemplates({
      'closing.liquid': 'Yours, the robot of {{ project }}.\n',
      'sucess.liquid': 'Well done.\n',
      'README.txt': 'no template',
    })
    await arrive(world, usage)

    const [sent] = await sync(world)
    expect(sent?.text).toContain('This patch passes: test.')
    expect(sent?.text).toContain('Yours, the robot of hello. -- Patchferry report')
    expect(await doctor(world)).toMatchObject({
      level: 'warning',
      message: `nothing uses ${path.join(world.directory, 'own', 'sucess.liquid')}`,
    })
    const { stdout } = await runHere(['mail', 'preview', 'held', '--config', world.config])
    expect(stdout).toContain('Yours, the robot of frob.')
  }, 20_000)

  it('lose no report where they fail only then: ours are used, and the log says so', async () => {
    const world = await withTemplates({
      'success.liquid': 'well{% if project == "hello" %}{{ frob }}{% endif %}',
    })
    await arrive(world, usage)

    const end = await runHere(['sync', '--config', world.config])
    expect(end).toMatchObject({ exitCode: 0 })
    expect(end.stderr).toContain('a mail template failed; ours was used instead')
    expect(end.stderr).toContain(path.join(world.directory, 'own', 'success.liquid'))
    const [sent] = await sync(world)
    expect(sent?.text).toContain('This patch passes: test.')
  }, 20_000)

  it('keep the service from starting where they are wrong, and doctor says where', async () => {
    const world = await withTemplates({ 'held.liquid': 'wait\n\n{{ frob }}\n' })
    const file = path.join(world.directory, 'own', 'held.liquid')
    const fault = `mail template ${file}: undefined variable: frob, line:3`

    const end = await runHere(['sync', '--config', world.config])
    expect(end.exitCode).not.toBe(0)
    expect(end.stderr).toContain(fault)
    expect(await doctor(world)).toMatchObject({
      level: 'wrong',
      message: expect.stringContaining(fault),
      remedy: expect.stringContaining('docs/mail-templates.md'),
    })
    await rm(path.join(world.directory, 'own'), { recursive: true })
    expect(await doctor(world)).toMatchObject({
      level: 'wrong',
      message: expect.stringContaining('ENOENT'),
      remedy: expect.stringContaining('mailTemplates'),
    })
  }, 20_000)
})

it("welcomes somebody's first patch", async () => {
  const world = await worlds.fresh()
  const longAgo = mailOf(world, 'polite-1@contributor.example')
    .replace(/^From: .*$/m, 'From: Old Hand <old@example.org>')
    .replace(/^Date: .*$/m, 'Date: Mon, 1 Jan 2024 12:00:00 +0000')
  await deliver(world.inbox, '1600000000.old.test', longAgo)
  await sync(world)
  await arrive(world, 'usage-1@contributor.example')

  const sent = (await sync(world)).find(({ kind }) => kind === 'success')
  expect(sent?.text).toContain('This looks like your first patch for hello: welcome')
}, 20_000)
