import { cp, readFile, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'
import { readRefs } from '../../src/app/demo/verify.ts'
import { changeConfig, demoWorlds } from '../support/demo-world.ts'
import { type Ended, jsonLines, runHere } from '../support/run-patchferry.ts'

interface Sketch {
  readonly id: string
  /** What stands in the brackets. */
  readonly brackets: string
  readonly files: readonly string[]
  readonly to?: string
}

const list = 'hello-devel@lists.example.org'

function diffOf(file: string): string {
  return `diff --git a/${file} b/${file}
new file mode 100644
index 0000000..2fa992c
--- /dev/null
+++ b/${file}
@@ -0,0 +1 @@
+${file}
`
}

function mailOf({ id, brackets, files, to = list }: Sketch): string {
  return `From: Olga Older <olga@contributor.example>
To: ${to}
Date: Mon, 02 Mar 2026 09:00:00 +0000
Message-ID: <${id}@contributor.example>
Subject: [${brackets}] ${id}: change something

---
${files.map(diffOf).join('')}--
2.39.5
`
}

/** `hello` takes what is left; `net` is known by prefix or files, `docs` by files, `bpf` by prefixes. */
async function addProjects(world: DemoWorld): Promise<void> {
  const others = [
    ['net', "prefixes: [net]\n    paths: ['net/', 'drivers/net/']"],
    ['docs', "paths: ['docs/', '**/*.rst', '!net/']"],
    ['bpf', 'prefixes: [bpf, bpf-next]'],
  ] as const
  let text = await readFile(world.config, 'utf8')
  text = text.replace('    sources:\n', '    ignorePrefixes: [RFC, iproute2]\n    sources:\n')
  for (const [name, claim] of others) {
    await cp(path.join(world.directory, 'mirror.git'), path.join(world.directory, `${name}.git`), {
      recursive: true,
    })
    const project = `  - name: ${name}
    lists: [hello-devel]
    ${claim}
    upstream:
      url: ./upstream.git
    mirror:
      forge: plain
      url: ./${name}.git
    settle: 0s
`
    text = text.replace('delivery:\n', () => `${project}delivery:\n`)
  }
  await writeFile(world.config, text)
}

const series: readonly (readonly [Sketch, string, string])[] = [
  [{ id: 'a', brackets: 'PATCH net', files: ['docs/a'] }, 'net', 'prefix'],
  [{ id: 'b', brackets: 'PATCH bpf-next', files: ['net/b'] }, 'bpf', 'prefix'],
  [{ id: 'c', brackets: 'PATCH bpf-next/net', files: ['net/c'] }, 'hello', 'paths'],
  [{ id: 'd', brackets: 'PATCH', files: ['drivers/net/d.c', 'README'] }, 'net', 'paths'],
  [{ id: 'e', brackets: 'PATCH', files: ['docs/e', 'words/e.rst', 'net/e.c'] }, 'docs', 'paths'],
  [{ id: 'f', brackets: 'PATCH', files: ['net/f.rst'] }, 'net', 'paths'],
  [{ id: 'g', brackets: 'PATCH', files: ['docs/g', 'net/g.c'] }, 'net', 'paths'],
  [{ id: 'h', brackets: 'PATCH', files: ['words/h.txt'] }, 'hello', 'paths'],
  [{ id: 'i', brackets: 'RFC PATCH net', files: ['net/i'] }, '', 'ignored-prefix'],
  [{ id: 'j', brackets: 'PATCH iproute2', files: ['net/j'] }, '', 'ignored-prefix'],
]

const worlds = demoWorlds(async (world) => {
  await addProjects(world)
  for (const [sketch] of series) {
    await deliver(world.inbox, `1700000000.${sketch.id}.test`, mailOf(sketch))
  }
  await command(world, 'sync')
})

async function command(world: DemoWorld, ...args: readonly string[]): Promise<Ended> {
  const end = await runHere([...args, '--config', world.config])
  if (end.exitCode !== 0) {
    throw new Error(end.stderr)
  }
  return end
}

async function routeOf(world: DemoWorld, id: string): Promise<Record<string, unknown>> {
  const mail = `${id}@contributor.example`
  const { stdout } = await command(world, 'explain', '--json', mail)
  const steps = jsonLines(stdout).filter(({ messageId }) => messageId === mail)
  return steps.findLast(({ step }) => step === 'route') ?? {}
}

/** The mails whose refs are on the mirror of a project. */
async function published(world: DemoWorld, mirror: string): Promise<readonly string[]> {
  const refs = [...(await readRefs(path.join(world.directory, mirror))).keys()]
  return refs.flatMap((ref) => /^refs\/mail\/(?<id>\w+)@/.exec(ref)?.groups?.['id'] ?? []).sort()
}

describe('one list that feeds four projects', () => {
  it.each(series)('gives %j to %s, by the rule %s', async ({ id }, project, rule) => {
    const route = await routeOf(worlds.shared(), id)
    expect(route).toMatchObject({ rule, inputs: { project: project === '' ? null : project } })
    const words = project === '' ? /^no project: list hello-devel ignores/ : `project ${project}: `
    expect(route['result']).toMatch(words)
  })

  it.each([
    ['mirror.git', 'hello'],
    ['net.git', 'net'],
    ['docs.git', 'docs'],
    ['bpf.git', 'bpf'],
  ])('pushes to %s what %s takes, and nothing else', async (mirror, project) => {
    const taken = series.filter(([, name]) => name === project).map(([{ id }]) => id)
    expect(await published(worlds.shared(), mirror)).toEqual(taken)
  })

  it('counts what is ignored, and says why', async () => {
    const world = worlds.shared()
    const [status] = jsonLines((await command(world, 'status', '--json')).stdout)
    expect(status?.['ignored']).toMatchObject({
      count: 2,
      reasons: {
        'list hello-devel ignores the subject prefix RFC': 1,
        'list hello-devel ignores the subject prefix iproute2': 1,
      },
      series: expect.arrayContaining([
        expect.objectContaining({ messageId: 'i@contributor.example', version: '1' }),
      ]),
    })
    expect((await command(world, 'status')).stdout).toContain(
      'ignored: 1 series: list hello-devel ignores the subject prefix RFC\n',
    )
  })

  it('keeps a later version where the first was published, unless its prefix says otherwise', async () => {
    const world = await worlds.fresh()
    const next = { id: 'h2', brackets: 'PATCH v2', files: ['net/x.c'] }
    const raw = mailOf(next).replace('h2: change', 'h: change')
    await deliver(world.inbox, '1700000001.h2.test', raw)
    await command(world, 'sync')
    expect(await routeOf(world, 'h2')).toMatchObject({
      rule: 'topic',
      inputs: { project: 'hello' },
    })
  })

  it('leaves a version that was ignored where it is, whatever comes of a later one, and after a rebuild', async () => {
    const world = await worlds.fresh()
    await changeConfig(
      world,
      '  - name: hello\n',
      '  - name: hello\n    paths: [net/c, words/h.txt]\n',
    )
    async function take(sketch: Sketch): Promise<void> {
      const raw = mailOf(sketch).replace(`${sketch.id}: change`, 'k: change')
      await deliver(world.inbox, `1700000001.${sketch.id}.test`, raw)
      await command(world, 'sync')
    }
    async function expectAsBefore(): Promise<void> {
      expect(await routeOf(world, 'k1')).toMatchObject({ rule: 'no-project' })
      expect(await routeOf(world, 'k2')).toMatchObject({ rule: 'prefix' })
      expect(await routeOf(world, 'k3')).toMatchObject({
        rule: 'topic',
        inputs: { project: 'bpf' },
      })
      expect(await published(world, 'bpf.git')).toEqual(['b', 'k2', 'k3'])
    }
    await take({ id: 'k1', brackets: 'PATCH bpf-next/net', files: ['words/k'] })
    await take({ id: 'k2', brackets: 'PATCH bpf v2', files: ['words/k'] })
    await take({ id: 'k3', brackets: 'PATCH v3', files: ['words/k'] })
    await take({ id: 'k4', brackets: 'RFC PATCH v4', files: ['words/k'] })
    await expectAsBefore()

    const reply = `From: Rita <rita@contributor.example>
To: ${list}
Message-ID: <reply@contributor.example>
In-Reply-To: <k1@contributor.example>
Subject: Re: [PATCH bpf-next/net] k: change something

Why?
`
    await deliver(world.inbox, '1700000002.reply.test', reply)
    await command(world, 'sync')
    await expectAsBefore()

    async function names(): Promise<readonly string[]> {
      const [status] = jsonLines((await command(world, 'status', '--json')).stdout)
      const topics = status?.['topics'] as readonly Record<string, unknown>[]
      expect(topics.filter(({ state }) => state === 'moved')).toEqual([])
      return topics
        .map(({ topic, version, name }) => JSON.stringify([topic, version, name]))
        .toSorted()
    }
    const before = await names()
    await command(world, 'rebuild')
    expect(await names()).toEqual(before)
    await command(world, 'sync')
    await expectAsBefore()

    await rm(path.join(world.directory, 'state', 'store.sqlite'))
    for (const args of [['status'], ['migrate'], ['status']]) {
      const { exitCode, stderr } = await runHere([...args, '--config', world.config])
      expect([args, exitCode]).toEqual([args, args[0] === 'migrate' ? 0 : 2])
      expect(stderr).toMatch(args[0] === 'migrate' ? /^/ : /FLOW_STORE_LOST.*patchferry rebuild/s)
    }
  }, 60_000)
})
