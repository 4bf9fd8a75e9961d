import { execFileSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { type DemoWorld, deliver } from '../../src/app/demo/set-up.ts'
import { readRefs } from '../../src/app/demo/verify.ts'
import { arriveAll, demoWorlds, mailOf } from '../support/demo-world.ts'
import { type Ended, jsonLines, runHere } from '../support/run-patchferry.ts'

const worlds = demoWorlds(async (world) => {
  await arriveAll(world)
  await runHere(['sync', '--config', world.config])
  for (const mail of world.scenario.acts[1]?.mails ?? []) {
    await deliver(world.inbox, '1700000001.second.test', mail.raw)
  }
  await runHere(['sync', '--config', world.config])
})

const sha = /^[0-9a-f]{40}$/
const topicId = /^[0-9a-f]{12}$/
const languages = [0, 1, 2, 3].map((number) => `languages-${number}@contributor.example`)
const polite = 'polite-1@contributor.example'
const usage = 'usage-1@contributor.example'

/** Documents of one command; keys in the order printed. */
async function documents(
  args: readonly string[],
  exitCode = 0,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const end = await runHere(args)
  expect({ exitCode: end.exitCode, stderr: end.stderr }).toMatchObject({ exitCode })
  return jsonLines(end.stdout)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

async function mailFile(
  world: DemoWorld,
  name: string,
  ...ids: readonly string[]
): Promise<string> {
  const file = path.join(world.directory, name)
  const from = 'From mboxrd@z Thu Jan  1 00:00:00 1970\n'
  await writeFile(file, ids.map((id) => `${from}${mailOf(world, id).trimEnd()}\n\n`).join(''))
  return file
}

describe('patchferry threads --json', () => {
  it('prints one line per series, exactly these keys, and one per other mail', async () => {
    const world = worlds.shared()
    const lines = await documents(['threads', '--json', world.inbox])

    const series = lines.filter((line) => 'topic' in line)
    const others = lines.filter((line) => !('topic' in line))
    for (const line of series) {
      expect(Object.keys(line)).toEqual(
        (
          'topic version minor total complete name submitter prefixes cover patches missing ' +
          'replies linkedBy composedFrom baseCommit changeId pull problems'
        ).split(' '),
      )
    }
    expect(series.find(({ cover }) => cover === languages[0])).toMatchObject({
      topic: expect.stringMatching(topicId),
      version: 1,
      minor: 0,
      total: 3,
      complete: true,
      name: 'three more languages',
      submitter: { name: 'Ada Author', email: 'ada@contributor.example' },
      patches: [
        {
          number: 1,
          messageId: languages[1],
          subject: expect.stringContaining('words: add German'),
          trailers: [
            {
              key: 'Reviewed-by',
              value: 'Mina Maintainer <mina@example.org>',
              messageId: 'review-1@example.org',
            },
          ],
        },
        { number: 2, messageId: languages[2], trailers: [] },
        { number: 3, messageId: languages[3], trailers: [] },
      ],
      missing: [],
      replies: 1,
      linkedBy: null,
    })
    expect(series.filter(({ name }) => name === 'hello: sound more cheerful')).toMatchObject([
      { version: 1, linkedBy: null },
      { version: 2, linkedBy: 'reply' },
    ])
    expect(others.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['reply', 'unreadable']))
    for (const line of others) {
      expect(Object.keys(line)).toEqual(['messageId', 'kind', 'reason', 'source'])
    }
    expect(others.find(({ kind }) => kind === 'unreadable')).toMatchObject({ messageId: null })
  })

  it('reads standard input', async () => {
    const world = worlds.shared()
    const stdin = mailOf(world, usage)
    const { stdout } = await runHere(['threads', '--json', '-'], { stdin })
    expect(jsonLines(stdout)).toMatchObject([{ name: 'README: say how to use it' }])
  })
})

describe('patchferry apply --json', () => {
  const keys = 'topic version minor outcome base baseRule head tree commits conflict'.split(' ')

  async function apply(
    world: DemoWorld,
    exitCode: number,
    ...args: readonly string[]
  ): Promise<readonly Readonly<Record<string, unknown>>[]> {
    return documents(
      ['apply', '--json', '--repo', `${world.directory}/upstream.git`, ...args],
      exitCode,
    )
  }

  it('applies, and changes no ref', async () => {
    const world = worlds.shared()
    const upstream = `${world.directory}/upstream.git`
    const before = await readRefs(upstream)
    const main = before.get('refs/heads/main')

    const lines = await apply(world, 0, await mailFile(world, 'a.mbox', ...languages))

    expect(lines.map((line) => Object.keys(line))).toEqual([keys])
    const commits = [1, 2, 3].map((number) => ({
      number,
      messageId: languages[number],
      sha: expect.stringMatching(sha),
      tree: expect.stringMatching(sha),
    }))
    expect(lines).toMatchObject([
      { version: 1, minor: 0, outcome: 'applied', base: main, commits, conflict: null },
    ])
    const head = textOf(lines[0]?.['head'])
    expect(
      execFileSync('git', ['-C', upstream, 'rev-parse', `${head}^{tree}`, `${head}~3`]).toString(),
    ).toBe(`${textOf(lines[0]?.['tree'])}\n${main}\n`)
    expect(await readRefs(upstream)).toEqual(before)
  })

  it('says which patch conflicts, in which files', async () => {
    const world = worlds.shared()
    const lines = await apply(world, 1, await mailFile(world, 'a.mbox', polite))

    expect(lines.map((line) => Object.keys(line))).toEqual([keys])
    expect(lines).toMatchObject([
      {
        outcome: 'conflict',
        base: expect.stringMatching(sha),
        head: null,
        tree: null,
        commits: [],
        conflict: {
          number: 1,
          messageId: polite,
          paths: ['words/en.txt'],
          hunks: [{ path: 'words/en.txt', line: 1, header: expect.stringMatching(/^@@ -1 /) }],
          olderBase: null,
        },
      },
    ])
  })

  it('says what is odd about the mails that it applies all the same', async () => {
    const world = worlds.shared()
    const file = await mailFile(world, 'a.mbox', ...languages)
    const odd = (await readFile(file, 'utf8')).replace(/^(?=---$)/m, 'base-commit: v1.2\n')
    await writeFile(file, odd)
    const { stdout } = await runHere(['apply', '--repo', `${world.directory}/upstream.git`, file])
    expect(stdout).toMatch(/^  odd: \S+: The base-commit is no full object name: v1\.2$/m)
  })

  it('says that a series is incomplete', async () => {
    const world = worlds.shared()
    const file = await mailFile(world, 'a.mbox', ...languages.slice(0, 3))
    const nothing = { base: null, baseRule: null, head: null, tree: null, commits: [] }
    expect(await apply(world, 1, file)).toMatchObject([{ outcome: 'incomplete', ...nothing }])
  })

  it('keeps the result under --ref; what the base has already is empty', async () => {
    const world = await worlds.fresh()
    const file = await mailFile(world, 'a.mbox', usage)
    const upstream = `${world.directory}/upstream.git`
    const before = await readRefs(upstream)

    const [applied] = await apply(world, 0, '--ref', 'refs/review/usage', file)
    const head = textOf(applied?.['head'])
    expect(applied).toMatchObject({ outcome: 'applied', baseRule: 'base-commit' })
    expect(await readRefs(upstream)).toEqual(new Map([...before, ['refs/review/usage', head]]))

    const [again] = await apply(world, 0, '--base', 'refs/review/usage', file)
    expect(again).toMatchObject({
      outcome: 'empty',
      base: head,
      baseRule: 'given',
      head,
      commits: [{ number: 1, messageId: usage, sha: null, how: 'already-applied' }],
    })
  })

  it('moves a --ref from another commit only by --force', async () => {
    const world = await worlds.fresh()
    const file = await mailFile(world, 'a.mbox', usage)
    const upstream = `${world.directory}/upstream.git`
    execFileSync('git', ['-C', upstream, 'update-ref', 'refs/review/usage', 'main'])
    const before = await readRefs(upstream)
    const args = ['apply', '--json', '--repo', upstream, '--ref', 'refs/review/usage', file]

    const end = await runHere(args)
    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
    expect(end.stderr).toContain('CLI_REF_EXISTS')
    expect(await readRefs(upstream)).toEqual(before)

    const [moved] = await documents([...args, '--force'])
    expect((await readRefs(upstream)).get('refs/review/usage')).toBe(moved?.['head'])
    expect(await documents(args)).toEqual([moved])
  })

  it.each([
    ['a --base that names nothing', ['--base', 'nothing'], /CLI_BASE_UNKNOWN/],
    ['a --ref that is no ref name', ['--ref', 'refs/heads/a..b'], /CLI_REF_INVALID/],
    ['a --ref outside refs/', ['--ref', 'review'], /CLI_REF_INVALID/],
    ['a --ref for two series', ['--ref', 'refs/review/x'], /CLI_REF_NEEDS_ONE_SERIES/],
  ])('exits 2 for %s', async (_what, options, says) => {
    const world = worlds.shared()
    const repository = `${world.directory}/upstream.git`
    const before = await readRefs(repository)
    const file = await mailFile(
      world,
      'a.mbox',
      usage,
      ...(says.source.includes('ONE') ? [polite] : []),
    )

    const end = await runHere(['apply', '--json', '--repo', repository, ...options, file])

    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
    expect(end.stderr).toMatch(says)
    expect(await readRefs(repository)).toEqual(before)
  })

  it('exits 1 when there is no series', async () => {
    const world = worlds.shared()
    const file = await mailFile(world, 'a.mbox', 'review-1@example.org')
    const end: Ended = await runHere(['apply', '--json', '--repo', world.mirror, file])
    expect(end).toMatchObject({ exitCode: 1, stdout: '' })
    expect(end.stderr).toContain('no patch series')
  })

  it('exits 2 where there is no repository, or no such mail', async () => {
    const world = worlds.shared()
    const missing = await runHere(['apply', '--repo', '/nowhere', world.inbox])
    expect(missing).toMatchObject({ exitCode: 2 })
    expect(missing.stderr).toContain('GIT_REPOSITORY_MISSING')
    const noMail = await runHere(['apply', '--repo', world.mirror, '/nowhere'])
    expect(noMail).toMatchObject({ exitCode: 2 })
    expect(noMail.stderr).toContain('MAIL_PATH_MISSING')
  })
})

describe('patchferry ref --json', () => {
  it('prints one line for each Message-ID, which the mirror has', async () => {
    const world = worlds.shared()
    const lines = await documents(['ref', '--json', `<${usage}>`, 'a/b@x'])

    expect(lines).toEqual([
      { messageId: usage, ref: `refs/mail/${usage}` },
      { messageId: 'a/b@x', ref: 'refs/mail/a%2fb@x' },
    ])
    const commit = (await readRefs(world.mirror)).get(textOf(lines[0]?.['ref']))
    expect(commit).toBeDefined()
    const known = await documents(['ref', '--json', usage, '--config', world.config])
    expect(known).toEqual([{ ...lines[0], commit }])
  })
})

describe('patchferry status --json', () => {
  it('is one object, exactly these keys', async () => {
    const world = worlds.shared()
    const lines = await documents(['status', '--json', '--config', world.config])

    expect(lines).toHaveLength(1)
    const [status = {}] = lines
    expect(Object.keys(status)).toEqual([
      'topics',
      'jobs',
      'outbox',
      'quarantine',
      'unreadable',
      'ignored',
      'health',
    ])
    expect(status).toMatchObject({ jobs: {}, outbox: { 'handed-over': 7 } })
    const topics = status['topics'] as readonly Readonly<Record<string, unknown>>[]
    for (const topic of topics) {
      expect(Object.keys(topic)).toEqual(
        'topic name version state verdict branch pullRequest updatedAt'.split(' '),
      )
      expect(topic['updatedAt']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/)
    }
    const states = topics.map(({ name, version, state }) =>
      [name, `v${textOf(version)}`, state].map(textOf).join(' '),
    )
    expect(states.toSorted((a, b) => a.localeCompare(b))).toEqual([
      'ci: run the tests on every push v1 held',
      'hello: sound more cheerful v2 success',
      'README: say how to use it v1 success',
      'three more languages v1 success',
      'words: add Dutch v1 success',
      'words: be polite in the evening v1 conflict',
    ])
    const quarantine = status['quarantine'] as readonly object[]
    expect(quarantine.map((one) => Object.keys(one))).toEqual([['source', 'code', 'message']])
    expect(status['unreadable']).toMatchObject([
      { object: expect.stringMatching(/^[0-9a-f]{40}:m$/) },
    ])
  })

  it('for people names topics, states and the quarantine', async () => {
    const world = worlds.shared()
    const { stdout } = await runHere(['status', '--config', world.config])
    expect(stdout).toMatch(/^[0-9a-f]{12} +v2 +success +\S+ \S+ +hello: sound more cheerful$/m)
    expect(stdout).toMatch(/^quarantined: .*MAIL_HEADERS_MISSING/m)
    const printing = /^ {2}its bytes: git (?<args>.*)$/m.exec(stdout)?.groups?.['args'] ?? ''
    const bytes = execFileSync('git', printing.split(' '))
    const inboxes = await readdir(world.inbox, { recursive: true, withFileTypes: true })
    const mails = await Promise.all(
      inboxes
        .filter((one) => one.isFile())
        .map((one) => readFile(path.join(one.parentPath, one.name))),
    )
    expect(mails.some((mail) => mail.equals(bytes))).toBe(true)
  })
})

describe('patchferry explain --json', () => {
  it('prints one line per decision, oldest first, exactly these keys', async () => {
    const world = worlds.shared()
    const lines = await documents(['explain', '--json', usage, '--config', world.config])

    const steps = new Set(lines.map(({ step }) => step))
    for (const step of ['archive', 'assemble', 'link', 'base', 'apply', 'report', 'send']) {
      expect(steps).toContain(step)
    }
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(
        'at messageId topic version step rule inputs result'.split(' '),
      )
    }
    const times = lines.map(({ at }) => textOf(at))
    expect(times).toEqual(times.toSorted((a, b) => a.localeCompare(b)))
    expect(lines.find(({ step }) => step === 'base')).toMatchObject({ rule: 'base-commit' })
  })

  it('tells the same of a topic, of a cover and of a reply', async () => {
    const world = worlds.shared()
    const config = ['--config', world.config]
    const ofCover = await documents(['explain', '--json', languages[0] ?? '', ...config])
    const topic = textOf(ofCover.findLast((line) => line['topic'] !== null)?.['topic'])
    const ofTopic = await documents(['explain', '--json', topic, ...config])
    const ofReply = await documents(['explain', '--json', 'review-1@example.org', ...config])

    function told(lines: typeof ofTopic): readonly string[] {
      return lines.filter(({ step }) => step === 'apply').map((line) => JSON.stringify(line))
    }
    expect(told(ofTopic)).toHaveLength(1)
    expect(told(ofCover)).toEqual(told(ofTopic))
    expect(told(ofReply)).toEqual(told(ofTopic))
  })

  it('exits 1 for what nobody knows, and says it', async () => {
    const world = worlds.shared()
    const end = await runHere(['explain', 'nobody@example.org', '--config', world.config])
    expect(end).toMatchObject({ exitCode: 1, stdout: '' })
    expect(end.stderr).toContain('nothing is known of nobody@example.org')
  })

  it('makes no store where there is none', async () => {
    const world = await worlds.fresh()
    const text = await readFile(world.config, 'utf8')
    await writeFile(world.config, text.replace('state: ./state', 'state: ./other'))
    for (const args of [['status'], ['explain', usage], ['approve', usage]]) {
      const end = await runHere([...args, '--config', world.config])
      expect(end).toMatchObject({ exitCode: 1, stdout: '' })
      expect(end.stderr).toMatch(/STORE_NOT_MIGRATED.*patchferry migrate/s)
    }
    await expect(readFile(path.join(world.directory, 'other'))).rejects.toThrow('ENOENT')
  })
})
