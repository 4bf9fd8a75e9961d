import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { readOutgoing } from '../../src/app/demo/verify.ts'
import { type MessageId, toTopicId } from '../../src/core/ids.ts'
import { arrive, changeConfig, demoWorlds } from '../support/demo-world.ts'
import { jsonLines, runHere, type Started, startPatchferry } from '../support/run-patchferry.ts'

const worlds = demoWorlds()

function serve(world: DemoWorld): Started {
  const service = startPatchferry(['serve', '--config', world.config])
  onTestFinished(() => service.kill('SIGKILL'))
  return service
}

async function urlsOf(
  service: Started,
): Promise<{ readonly open: string; readonly operator: string }> {
  const [line = {}] = jsonLines(await service.said(/"msg":"listening"/)).filter(
    ({ msg }) => msg === 'listening',
  )
  return { open: String(line['public']), operator: String(line['operator']) }
}

const handedOver = /"trace":null[^\n]*"rule":"handed-over"/

async function operatorMails(world: DemoWorld): Promise<readonly string[]> {
  const mails = await readOutgoing(world.outgoing)
  const told = mails.filter(({ kind }) => kind === 'operator')
  return told.map(({ subject }) => subject).toSorted((a, b) => b.localeCompare(a))
}

describe('a running service', () => {
  it('says once that something is wrong, through a kill, and takes over what is mended in its configuration', async () => {
    const world = await worlds.fresh()
    const calm = await readFile(world.config, 'utf8')
    const operator = 'operator: { address: ops@example.org, badFor: 1s, goodFor: 1s }\n'
    await appendFile(world.config, operator.replace(' }', ', limits: { freeDisk: 900000GB } }'))
    const first = serve(world)
    const { open, operator: desk } = await urlsOf(first)
    const answer = await fetch(`${open}/health`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({
      status: 'bad',
      problems: [{ condition: 'free-disk', unit: 'bytes', limit: 9e5 * 1024 ** 3 }],
    })
    expect((await fetch(`${open}/health/live`)).status).toBe(200)
    expect(await (await fetch(`${desk}/metrics`)).text()).toContain(
      'patchferry_condition_bad{condition="free-disk",subject=""} 1',
    )
    expect(await (await fetch(desk)).text()).toContain('Something needs you.')
    await first.said(handedOver)
    first.kill('SIGKILL')
    await first.ended

    const { stdout } = await runHere(['status', '--config', world.config])
    expect(stdout).toMatch(/health: 1 of \d+ conditions bad; the service last looked at 20/)
    expect(stdout).toMatch(/bad since .*: free-disk: \d+ MB are free/)

    const second = serve(world)
    // Asked for while it starts: nothing is different, and it lives.
    await second.said(/"msg":"worker started"/)
    second.kill('SIGHUP')
    const again = await urlsOf(second)
    await second.said(/configuration read again/)
    await writeFile(world.config, `${calm}${operator.replace('1s', '1 parsec')}`)
    second.kill('SIGHUP')
    const refused = await second.said(/the new configuration is not used/)
    expect(refused).toContain('operator.badFor')
    expect((await fetch(`${again.open}/health`)).status).toBe(503)

    await writeFile(world.config, `${calm}${operator}`)
    await changeConfig(world, 'state: ./state', 'state: ./elsewhere')
    await changeConfig(world, 'level: info', 'level: debug')
    second.kill('SIGHUP')
    const said = await second.said(handedOver)
    const lines = jsonLines(said)
    expect(lines.findLast(({ msg }) => String(msg).startsWith('configuration read'))).toMatchObject(
      {
        taken: ['operator', 'log'],
      },
    )
    expect(lines.find(({ needsRestart }) => needsRestart !== undefined)).toMatchObject({
      level: 'warn',
      needsRestart: ['state'],
    })
    expect(lines.some(({ level }) => level === 'debug')).toBe(true)
    // One look serves those who ask within two seconds.
    await expect
      .poll(async () => (await fetch(`${again.open}/health`)).status, { timeout: 10_000 })
      .toBe(200)
    expect(await operatorMails(world)).toEqual([
      expect.stringMatching(/^Patchferry on .+ \(.+\) needs you: free-disk$/),
      expect.stringMatching(/^Patchferry on .+ \(.+\) is well again$/),
    ])
    second.kill('SIGTERM')
    expect(await second.ended).toMatchObject({ exitCode: 0, signal: null })
  }, 90_000)

  it('tells the whole way of a mail by one id in its log', async () => {
    const world = await worlds.fresh()
    const mails = world.scenario.acts.flatMap((act) => act.mails.map(({ messageId }) => messageId))
    await arrive(world, ...mails.filter((one) => one.startsWith('languages-')))
    const id = toTopicId('languages-0@contributor.example' as MessageId)
    const { stderr } = await runHere(['sync', '--config', world.config])

    const grepped = stderr.split('\n').filter((line) => line.includes(id))
    const lines = jsonLines(grepped.join('\n'))
    // In the order of the folder, which is none.
    const kept = lines
      .slice(0, 4)
      .map(({ msg, messageId }) => `${String(msg)}: ${String(messageId)}`)
    expect(kept.toSorted((a, b) => a.localeCompare(b))).toEqual(
      [0, 1, 2, 3].map((number) => `mail kept: languages-${number}@contributor.example`),
    )
    const decided = lines.slice(4).map(({ step, rule }) => `${String(step)}: ${String(rule)}`)
    expect(decided).toEqual([
      'assemble: complete',
      'route: list',
      'link: first-of-topic',
      'assemble: cover',
      ...[1, 2, 3].map(() => 'assemble: nearest-ancestor'),
      'base: trial',
      'apply: applied',
      'publish: pushed',
      'verdict: waiting',
      'test: head',
      'verdict: success',
      'report: author-and-list',
      'send: handed-over',
    ])
  }, 90_000)
})
