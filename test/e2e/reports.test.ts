import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { seriesMails } from '../../src/app/demo/mails.ts'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'
import { openWorkshop } from '../../src/app/demo/upstream.ts'
import type { SentMail } from '../../src/app/demo/verify.ts'
import { arrive, changeConfig, demoWorlds, explained, mailOf, sync } from '../support/demo-world.ts'
import { runHere } from '../support/run-patchferry.ts'

const worlds = demoWorlds()
const usage = 'usage-1@contributor.example'

async function textOf(mail: SentMail | undefined): Promise<string> {
  const text = mail === undefined ? '' : await readFile(mail.file, 'utf8')
  return text.replace(/=\r?\n/g, '').replace(/\s+/g, ' ')
}

function wrapped(raw: string): string {
  return raw.replace(
    '\n+\n',
    '\n+It knows every language that has a file in the folder\nnamed words, and no other.\n',
  )
}

function truncated(raw: string): string {
  return raw.slice(0, raw.indexOf('\n+Usage') + 1)
}

function insideGit(raw: string): string {
  return raw.replaceAll('README.md', '.git/config')
}

describe('a patch that can be applied nowhere', () => {
  it.each([
    ['whose lines were wrapped', wrapped, 'wrapped', 'damage: wrapped-lines'],
    ['whose end is missing', truncated, 'end is missing', 'damage: truncated'],
    ['that writes into .git', insideGit, '.git/config', 'refusal: path-git'],
  ])('is reported for what it is: one %s', async (_what, damage, says, tail) => {
    const world = await worlds.fresh()
    const raw = damage(mailOf(world, usage))
    expect(raw).not.toBe(mailOf(world, usage))
    await deliver(world.inbox, '1700000000.damaged.test', raw)

    const sent = await sync(world)
    expect(sent).toMatchObject([{ kind: 'damaged', inReplyTo: usage }])
    expect(sent[0]?.firstLine).not.toMatch(/does not apply/)
    const text = await textOf(sent[0])
    expect(text).toContain(says)
    expect(text).toContain(`# ${tail}`)
  })

  it('is not one that was only made on another base', async () => {
    const world = await worlds.fresh()
    await arrive(world, 'polite-1@contributor.example')

    const sent = await sync(world)
    expect(sent).toMatchObject([{ kind: 'conflict' }])
    expect(await textOf(sent[0])).not.toContain('# damage')
  })
})

describe('a series that the base has already', () => {
  async function italian(world: DemoWorld): Promise<string> {
    const workshop = await openWorkshop(path.join(world.directory, 'workshop'))
    const author = { name: 'Mina Maintainer', address: 'mina@example.org' }
    const [mail] = await seriesMails(workshop, {
      name: 'italian',
      range: 'main~1..main',
      author,
      day: 3,
    })
    await deliver(world.inbox, '1700000000.italian.test', mail?.raw ?? '')
    return mail?.messageId ?? ''
  }

  it('is told nobody, and explain says that it is so by policy', async () => {
    const world = await worlds.fresh()
    const id = await italian(world)

    expect(await sync(world)).toEqual([])
    expect(await explained(world, id)).toEqual([
      'nobody: not reported because the policy tells nobody of merged',
    ])
  })

  it('is told those who are to hear of it', async () => {
    const world = await worlds.fresh()
    await changeConfig(world, 'held: author-and-list', 'merged: author')
    const id = await italian(world)

    expect(await sync(world)).toMatchObject([{ kind: 'merged', inReplyTo: id }])
  })
})

describe('the policy of reports', () => {
  const rfcId = usage
  function asRfc(raw: string): string {
    return raw.replace('[PATCH]', '[RFC PATCH]')
  }

  it('keeps quiet of an RFC where it says so', async () => {
    const world = await worlds.fresh()
    await changeConfig(world, 'held: author-and-list', 'rfc: quiet')
    await deliver(world.inbox, '1700000000.rfc.test', asRfc(mailOf(world, usage)))

    expect(await sync(world)).toEqual([])
    expect(await explained(world, rfcId)).toEqual([
      'rfc: not reported because the policy tells nobody of an RFC',
    ])
  })

  it('sends to the list for results, and to nobody else', async () => {
    const world = await worlds.fresh()
    const results = 'hello-results@lists.example.org'
    await changeConfig(
      world,
      'success: author-and-list',
      `success: results\n      results: ${results}`,
    )
    await arrive(world, usage)

    const sent = await sync(world)
    expect(sent).toMatchObject([{ kind: 'success', inReplyTo: usage }])
    const head = (await readFile(sent[0]?.file ?? '', 'utf8')).split(/\r?\n\r?\n/)[0] ?? ''
    expect(/^To: (.*)$/m.exec(head)?.[1]?.trim()).toBe(results)
    expect(head).not.toMatch(/^Cc:/m)
  })

  it('is what the list says, where it says something else than its project', async () => {
    const world = await worlds.fresh()
    await changeConfig(
      world,
      '    sources:\n',
      '    reports:\n      success: nobody\n      conflict: author\n    sources:\n',
    )
    await arrive(world, usage, 'polite-1@contributor.example', 'cheerful-v1-1@contributor.example')

    const sent = await sync(world)
    expect(sent.map(({ kind }) => kind).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'conflict',
      'failure',
    ])
    expect(await explained(world, usage)).toEqual([
      'nobody: not reported because the policy tells nobody of success',
    ])
    const conflict = await textOf(sent.find(({ kind }) => kind === 'conflict'))
    expect(conflict).not.toContain('Cc: hello-devel@')
    const failure = await textOf(sent.find(({ kind }) => kind === 'failure'))
    expect(failure).toContain('Cc: hello-devel@')
  })
})

describe('a version that a newer one has overtaken', () => {
  const [first, second] = ['cheerful-v1-1@contributor.example', 'cheerful-v2-1@contributor.example']

  it('is told nobody, and explain says which version came', async () => {
    const world = await worlds.fresh()
    await arrive(world, first, second)

    expect(await sync(world)).toMatchObject([{ kind: 'success', inReplyTo: second }])
    expect(await explained(world, first)).toContain(
      'overtaken: nobody is told of version 1: version 2 is here, and complete',
    )

    await rm(path.join(world.directory, 'state/store.sqlite'))
    expect(await runHere(['rebuild', '--config', world.config])).toMatchObject({ exitCode: 0 })
    expect(await sync(world)).toHaveLength(1)
  })

  it('is one that is whole: half a new version changes nothing', async () => {
    const world = await worlds.fresh()
    const half = mailOf(world, second).replace('[PATCH v2]', '[PATCH v2 1/2]')
    expect(half).not.toBe(mailOf(world, second))
    await arrive(world, first)
    await deliver(world.inbox, '1700000000.half.test', half)

    expect(await sync(world)).toMatchObject([{ kind: 'failure', inReplyTo: first }])
  })
})

describe('patchferry opt-out', () => {
  it('keeps reports from an address, in a rebuilt store too, until it is undone', async () => {
    const world = await worlds.fresh()
    async function optOut(...args: readonly string[]): ReturnType<typeof runHere> {
      return runHere(['opt-out', ...args, '--config', world.config])
    }
    await changeConfig(world, 'success: author-and-list', 'success: author')
    await sync(world)
    expect(await optOut('Ada+lists@Contributor.example')).toMatchObject({
      exitCode: 0,
      stdout: 'ada@contributor.example gets no more reports\n',
    })
    expect(await optOut('ada@contributor.example')).toMatchObject({ exitCode: 1 })

    await rm(path.join(world.directory, 'state/store.sqlite'))
    expect(await runHere(['rebuild', '--config', world.config])).toMatchObject({ exitCode: 0 })
    await arrive(world, usage)
    expect(await sync(world)).toEqual([])
    expect(await explained(world, usage)).toEqual([
      'opted-out: not reported because the submitter wants no reports, or has no address to write to',
    ])

    expect(await optOut('ada@contributor.example', '--undo')).toMatchObject({
      exitCode: 0,
      stdout: 'ada@contributor.example gets reports again\n',
    })
    await arrive(world, ...['0', '1', '2', '3'].map((n) => `languages-${n}@contributor.example`))
    expect(await sync(world)).toMatchObject([{ kind: 'success' }])
  }, 20_000)

  it('refuses what is no address', async () => {
    const { config } = await worlds.fresh()
    await runHere(['sync', '--config', config])
    for (const what of ['nobody', 'Ada <ada@example.org>', 'a@b@c']) {
      const end = await runHere(['opt-out', what, '--config', config])
      expect(end).toMatchObject({ exitCode: 1, stdout: '' })
      expect(end.stderr).toContain('is no address')
    }
  })
})
