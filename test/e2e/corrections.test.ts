import { execFileSync } from 'node:child_process'
import { rm } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'
import { readOutgoing, readRefs } from '../../src/app/demo/verify.ts'
import { toMessageId, toTopicId } from '../../src/core/ids.ts'
import { demoWorlds } from '../support/demo-world.ts'
import { type Ended, jsonLines, runHere } from '../support/run-patchferry.ts'
import { liveAsService } from '../support/service-lives.ts'

interface NewFile {
  readonly id: string
  readonly subject: string
  readonly word: string
  readonly answers?: string
  readonly day?: number
}

function idOf(local: string): string {
  return `${local}@contributor.example`
}

function topicOf(local: string): string {
  return toTopicId(toMessageId(idOf(local)))
}

/** A mail whose patch adds one word to the demo's repository. */
function mailOf({ id, subject, word, answers, day = 3 }: NewFile): string {
  return `From: Olga Older <olga@contributor.example>
To: hello-devel@lists.example.org
List-Id: <hello-devel.lists.example.org>
Date: ${new Date(Date.UTC(2026, 2, day, 9)).toUTCString()}
Message-ID: <${idOf(id)}>
${answers === undefined ? '' : `In-Reply-To: <${idOf(answers)}>\n`}Subject: ${subject}

---
 words/${id}.txt | 1 +
 1 file changed, 1 insertion(+)
 create mode 100644 words/${id}.txt

diff --git a/words/${id}.txt b/words/${id}.txt
new file mode 100644
index 0000000..2fa992c
--- /dev/null
+++ b/words/${id}.txt
@@ -0,0 +1 @@
+${word}
--
2.39.5
`
}

const first = { id: 'pl', subject: '[PATCH] words: add Polish', word: 'Witaj' }
const renamed = {
  id: 'pl2',
  subject: '[PATCH v2] tests: greet in Polish',
  word: 'Witajcie',
  day: 9,
}

async function command(world: DemoWorld, ...args: readonly string[]): Promise<Ended> {
  return runHere([...args, '--config', world.config], { env: { USER: 'mina' } })
}

async function done(world: DemoWorld, ...args: readonly string[]): Promise<string> {
  const end = await command(world, ...args)
  if (end.exitCode !== 0) {
    throw new Error(`${args.join(' ')}: ${end.stderr}`)
  }
  return end.stdout
}

async function arrive(world: DemoWorld, ...files: readonly NewFile[]): Promise<void> {
  for (const file of files) {
    await deliver(world.inbox, `1700000000.${file.id}.test`, mailOf(file))
  }
  await done(world, 'sync')
}

/** Each topic as `id vN state head`, the head as it is on the mirror. */
async function topics(world: DemoWorld): Promise<readonly string[]> {
  const [status] = jsonLines(await done(world, 'status', '--json'))
  const refs = await readRefs(world.mirror)
  const found = status?.['topics'] as readonly Record<string, string | null>[]
  return found
    .map(({ topic, version, state, branch }) => {
      const [, sha] = [...refs].find(([ref]) => ref.endsWith(`-${topic}`)) ?? []
      expect(branch === null).toBe(sha === undefined)
      return `${topic} v${version} ${state} ${sha ?? '-'}`
    })
    .toSorted()
}

async function rules(world: DemoWorld, id: string, step: string): Promise<readonly unknown[]> {
  const lines = jsonLines(await done(world, 'explain', '--json', id))
  return lines.filter((line) => line['step'] === step).map(({ rule }) => rule)
}

async function headOf(world: DemoWorld, id: string): Promise<string | undefined> {
  return (await readRefs(world.mirror)).get(`refs/mail/${idOf(id)}`)
}

/** Deletes the database and makes it again; what `look` sees must be the same. */
async function survivesRebuild(world: DemoWorld): Promise<void> {
  const before = [
    await topics(world),
    await readRefs(world.mirror),
    await readOutgoing(world.outgoing),
  ]
  await rm(path.join(world.directory, 'state/store.sqlite'))
  await done(world, 'rebuild')
  await done(world, 'sync')
  const after = [
    await topics(world),
    await readRefs(world.mirror),
    await readOutgoing(world.outgoing),
  ]
  expect(after).toEqual(before)
}

const worlds = demoWorlds(async (world) => {
  await arrive(world, first, renamed)
})

describe('patchferry link and unlink', () => {
  it('make one topic of two and two of one; branches follow, nothing is told again, a rebuild keeps it', async () => {
    const world = await worlds.fresh()
    const [a, b] = [topicOf('pl'), topicOf('pl2')]
    const [one, two] = [await headOf(world, 'pl'), await headOf(world, 'pl2')]
    const apart = [`${a} v1 success ${one}`, `${b} v2 success ${two}`].toSorted()
    expect(await topics(world)).toEqual(apart)
    const sent = await readOutgoing(world.outgoing)
    expect(sent).toHaveLength(2)

    const said = await done(world, 'link', idOf('pl2'), idOf('pl'), '--reason', 'renamed in v2')
    expect(said).toBe(`version 2 of topic ${b} is linked to topic ${a}: renamed in v2\n`)
    await done(world, 'sync')
    const together = [`${a} v2 success ${two}`, `${b} v2 moved -`].toSorted()
    expect(await topics(world)).toEqual(together)
    expect(await readOutgoing(world.outgoing)).toEqual(sent)
    expect([...(await readRefs(world.mirror)).keys()]).toEqual(
      expect.arrayContaining([`refs/series/${a}/v2-1`, `refs/series/${b}/v2-1`]),
    )
    expect(await rules(world, a, 'person')).toEqual(['link'])
    expect(await rules(world, a, 'link')).toContain('manual')
    expect(await rules(world, a, 'apply')).toContain('carried-over')
    expect(await rules(world, a, 'test')).toEqual(['head'])
    await survivesRebuild(world)

    const again = await done(world, 'link', idOf('pl2'), a)
    expect(again).toContain('is linked to it already')
    expect(await done(world, 'unlink', idOf('pl2'))).toBe(
      `version 2 of topic ${a} begins topic ${b}\n`,
    )
    await done(world, 'sync')
    expect(await topics(world)).toEqual(apart)
    expect(await readOutgoing(world.outgoing)).toEqual(sent)

    await done(world, 'link', idOf('pl2'), a)
    await done(world, 'link', idOf('pl2'), '--undo')
    await done(world, 'sync')
    expect(await topics(world)).toEqual(apart)
    expect(await readOutgoing(world.outgoing)).toEqual(sent)
    const journal = path.join(world.directory, 'state/journal.git')
    const kept = execFileSync('git', ['-C', journal, 'log', '--format=%s%n%b', 'decisions'])
    expect(kept.toString()).toMatch(/undo link: <pl2@/)
    expect(kept.toString()).toContain('By: command line (mina)')
  }, 60_000)

  it('unlinks what a rule linked; what follows it by rule goes along, and the older version speaks again', async () => {
    const world = await worlds.fresh()
    await arrive(world, {
      id: 'v2',
      subject: '[PATCH v2] words: add Polish',
      word: 'Czesc',
      day: 10,
    })
    const [a, own] = [topicOf('pl'), topicOf('v2')]
    const [one, two] = [await headOf(world, 'pl'), await headOf(world, 'v2')]
    expect(await topics(world)).toContain(`${a} v2 success ${two}`)
    const sent = await readOutgoing(world.outgoing)

    await done(world, 'unlink', idOf('v2'), '--reason', 'not his')
    await arrive(world, {
      id: 'v3',
      subject: '[PATCH v3] words: add Polish',
      word: 'Hej',
      answers: 'v2',
      day: 11,
    })
    const three = await headOf(world, 'v3')
    expect(await topics(world)).toEqual(
      expect.arrayContaining([`${a} v1 success ${one}`, `${own} v3 success ${three}`]),
    )
    expect(await headOf(world, 'v2')).toBe(two)
    expect((await readOutgoing(world.outgoing)).length).toBe(sent.length + 1)
    await survivesRebuild(world)
  }, 60_000)
})

describe('a service that dies while branches follow', () => {
  it('does what is left, once', async () => {
    const world = await worlds.fresh()
    const [a, b] = [topicOf('pl'), topicOf('pl2')]
    const two = await headOf(world, 'pl2')
    const sent = await readOutgoing(world.outgoing)
    await done(world, 'link', idOf('pl2'), a)
    let deaths = 0
    while ((await liveAsService(world, ['push'], null)).killedAt !== null) {
      deaths += 1
    }
    // One push moves the branch of the topic that won the version, one deletes the branch of the other.
    expect(deaths).toBe(2)
    expect(await topics(world)).toEqual([`${a} v2 success ${two}`, `${b} v2 moved -`].toSorted())
    expect(await readOutgoing(world.outgoing)).toEqual(sent)
  }, 60_000)
})

describe('patchferry split', () => {
  const mails = [
    { id: 's0', subject: '[PATCH 1/2] words: add Saxon', word: 'Moin' },
    { id: 's1', subject: '[PATCH 2/2] words: add Swabian', word: 'Griass', answers: 's0' },
    { id: 's2', subject: 'Re: [PATCH 2/2] words: add Swabian', word: 'Gruss', answers: 's1' },
  ]

  it('puts the right patch in the place of a wrong one; a rebuild keeps it, and --undo takes it back', async () => {
    const world = await worlds.fresh()
    await arrive(world, ...mails)
    const topic = topicOf('s0')
    const before = await topics(world)
    const whole = (await readRefs(world.mirror)).get(`refs/heads/series/words-add-saxon-${topic}`)
    const sent = await readOutgoing(world.outgoing)

    const taken = await command(world, 'split', idOf('s2'), '--to', idOf('s0'))
    expect(taken).toMatchObject({ exitCode: 1, stdout: '' })
    expect(taken.stderr).toContain('FLOW_SPLIT_TAKEN')
    expect(await done(world, 'split', idOf('s1'), '--reason', 'wrong file')).toContain(
      'opens a series of its own',
    )
    await done(world, 'sync')
    expect(await topics(world)).toContain(`${topicOf('s1')} v1 incomplete -`)
    expect(await topics(world)).toContain(`${topic} v1 incomplete ${whole}`)
    expect(await done(world, 'split', idOf('s2'), '--to', idOf('s0'))).toContain('2 of 2 patches')
    await done(world, 'sync')

    const refs = await readRefs(world.mirror)
    const mended = refs.get(`refs/heads/series/words-add-saxon-${topic}`)
    expect(mended).toBe(await headOf(world, 's2'))
    expect(await topics(world)).toContain(`${topic} v1 success ${mended}`)
    expect(await readOutgoing(world.outgoing)).toHaveLength(sent.length + 1)
    expect(await rules(world, idOf('s2'), 'assemble')).toContain('manual')
    await survivesRebuild(world)

    await done(world, 'split', idOf('s2'), '--undo')
    await done(world, 'split', idOf('s1'), '--undo')
    await done(world, 'sync')
    expect(await topics(world)).toEqual(before)
    expect(await readOutgoing(world.outgoing)).toHaveLength(sent.length + 1)
    await survivesRebuild(world)
  }, 60_000)

  it.each([
    [['link', 'nobody@example.org', topicOf('pl')], 'FLOW_NO_SERIES'],
    [['link', idOf('pl2'), '000000000000'], 'there is no topic 000000000000'],
    [['unlink', idOf('pl')], 'FLOW_UNLINK_FIRST'],
    [['unlink', idOf('pl'), '--undo'], 'FLOW_NOTHING_TO_UNDO'],
    [['split', idOf('pl')], 'FLOW_SPLIT_NAMES_TOPIC'],
    [['split', idOf('nobody')], 'FLOW_NO_MAIL'],
    [['split', idOf('pl2'), '--to', idOf('pl')], 'FLOW_SPLIT_TAKEN'],
    [['split', idOf('pl'), '--undo'], 'FLOW_NOTHING_TO_UNDO'],
  ])('refuses, with the remedy: %j', async (args, says) => {
    const end = await command(worlds.shared(), ...args)
    expect(end).toMatchObject({ exitCode: 1, stdout: '' })
    expect(end.stderr).toContain(says)
    expect(end.stderr.trim()).toMatch(/[.`]$|topics$/)
  })

  it.each([
    [['link', 'a@example.org'], "missing argument 'topic'"],
    [['link', 'a@example.org', 'b', '--undo'], 'no topic goes with --undo'],
    [['split', 'a@example.org', '--to', 'b', '--undo'], '--to does not go with --undo'],
  ])('knows what makes no sense: %j', async (args, says) => {
    const end = await command(worlds.shared(), ...args)
    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
    expect(end.stderr).toContain(says)
  })
})
