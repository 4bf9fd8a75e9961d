import { readFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { reportKinds } from '../../src/core/project.ts'
import { arrive, changeConfig, demoWorlds } from '../support/demo-world.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'

const usage = 'usage-1@contributor.example'
const cheerful = 'cheerful-v1-1@contributor.example'
const polite = 'polite-1@contributor.example'
const workflow = 'workflow-1@contributor.example'

describe('patchferry mail preview KIND', () => {
  it.each(reportKinds)('prints a %s as it would be sent', async (kind) => {
    const { exitCode, stdout, stderr } = await runHere(['mail', 'preview', kind])

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(stdout).toMatch(/^Subject: Re: \[PATCH v2 [02]\/3\] frob: count the widgets$/m)
    expect(stdout).toContain(`X-Patchferry-Report: ${kind}\n`)
    expect(stdout).toContain(`# kind: ${kind}\n`)
  })

  it('prints a digest, which is about no topic', async () => {
    const { exitCode, stdout } = await runHere(['mail', 'preview', 'digest'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^Subject: Patchferry digest of frob-devel, 2026-11-23: 3 reports$/m)

    const end = await runHere(['mail', 'preview', 'digest', '1a2b3c4d5e6f'])
    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
    expect(end.stderr).toContain('about no topic')
  })

  it('prints it as a document', async () => {
    const { stdout } = await runHere(['mail', 'preview', 'held', '--json'])
    expect(jsonLines(stdout)).toMatchObject([
      { headers: { 'X-Patchferry-Report': 'held' }, quiet: null },
    ])
  })

  it('names the kinds where it is given another', async () => {
    const end = await runHere(['mail', 'preview', 'praise'])
    expect(end).toMatchObject({ exitCode: 2, stdout: '' })
    expect(end.stderr).toContain('base-missing')
  })

  it('wants the configuration that it is told to use', async () => {
    const end = await runHere(['mail', 'preview', 'held', '--config', '/nowhere/patchferry.yml'])
    expect(end.exitCode).not.toBe(0)
    expect(end.stderr).toContain('/nowhere/patchferry.yml')
  })
})

describe('patchferry mail preview KIND TOPIC', () => {
  const worlds = demoWorlds(async (world) => {
    await arrive(world, usage, cheerful, polite, workflow)
    await runHere(['sync', '--config', world.config])
  })

  async function preview(...args: readonly string[]): ReturnType<typeof runHere> {
    return runHere(['mail', 'preview', ...args, '--config', worlds.shared().config])
  }

  it.each([
    ['success', usage],
    ['failure', cheerful],
    ['conflict', polite],
    ['held', workflow],
  ])('prints the very %s that was sent, but for its date', async (kind, id) => {
    const sent = (await readOutgoing(worlds.shared().outgoing)).find((one) => one.kind === kind)
    const raw = (await readFile(sent?.file ?? '', 'utf8')).replaceAll('\r\n', '\n')
    function dateless(text: string): string {
      return text.replace(/^Date: .*\n/m, '')
    }

    const { exitCode, stdout, stderr } = await preview(kind, id)

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(dateless(stdout)).toBe(dateless(raw))
  })

  it('says of which kind the report is, where it is another', async () => {
    const end = await preview('failure', usage)
    expect(end).toMatchObject({ exitCode: 1, stdout: '' })
    expect(end.stderr).toMatch(
      /^patchferry: the report on version 1 of topic \w{12} is of kind success: `patchferry mail preview success \w{12}`\n$/,
    )
  })

  it('knows no topic and no version that is not there', async () => {
    for (const [args, said] of [
      [['failure', 'nobody@example.org'], 'there is no topic nobody@example.org'],
      [['success', usage, 'v7'], 'there is no version 7 of topic'],
    ] as const) {
      const end = await preview(...args)
      expect(end).toMatchObject({ exitCode: 1, stdout: '' })
      expect(end.stderr).toContain(said)
    }
  })

  it('says of a version that a newer one has overtaken that nobody is told any more', async () => {
    const world = await worlds.fresh()
    await arrive(world, 'cheerful-v2-1@contributor.example')
    await runHere(['sync', '--config', world.config])

    const end = await runHere([
      'mail',
      'preview',
      'failure',
      cheerful,
      'v1',
      '--config',
      world.config,
    ])

    expect(end.stdout).toContain('This patch fails: test.')
    expect(end.stderr).toBe(
      'patchferry: not sent to anybody: nobody is told of version 1: version 2 is here, and complete\n',
    )
  }, 20_000)

  it('prints what the submitter would get where nobody is told, and says so', async () => {
    const world = await worlds.fresh()
    await changeConfig(world, 'success: author-and-list', 'success: nobody')

    const end = await runHere(['mail', 'preview', 'success', usage, '--config', world.config])

    expect(end.exitCode).toBe(0)
    expect(end.stdout).toMatch(/^To: .*ada@contributor\.example>?$/m)
    expect(end.stdout).not.toMatch(/^Cc:/m)
    expect(end.stderr).toBe('patchferry: not sent to anybody: the policy tells nobody of success\n')
  })
})
