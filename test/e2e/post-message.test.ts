import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import { gitText } from '../../src/git/cli/run-git.ts'
import { changeConfig, demoWorlds, mailOf } from '../support/demo-world.ts'
import { accepts, freePort } from '../support/ports.ts'
import { jsonLines, runHere, startPatchferry } from '../support/run-patchferry.ts'

const worlds = demoWorlds()
const token = 'a-token-for-the-gateway'

/** Where mail can be posted: a real service, which can die. */
interface Gateway {
  readonly world: DemoWorld
  /** Status and body of the answer; null where there was none. */
  readonly post: (raw: string, headers?: Readonly<Record<string, string>>) => Promise<Answer | null>
  readonly start: () => Promise<void>
  /** By SIGKILL. */
  readonly kill: () => Promise<void>
}

interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
}

async function openGateway(): Promise<Gateway> {
  const world = await worlds.fresh()
  const port = await freePort()
  await writeFile(path.join(world.directory, 'gateway-token'), `${token}\n`)
  const tokens = 'tokens: [{ name: gateway, tokenFile: ./gateway-token }]'
  await changeConfig(world, 'port: 0', `port: ${port}\n    ${tokens}`)
  const url = `http://127.0.0.1:${port}/api/v1/messages`
  let service: ReturnType<typeof startPatchferry> | null = null
  async function kill(): Promise<void> {
    service?.kill('SIGKILL')
    await service?.ended
  }
  onTestFinished(kill)
  const gateway: Gateway = {
    world,
    kill,
    async start() {
      service = startPatchferry(['serve', '--config', world.config])
      await Promise.race([
        service.said(/"listening"/),
        service.ended.then((end) => Promise.reject(new Error(JSON.stringify(end)))),
      ])
      while (!(await accepts(port))) {
        await sleep(20)
      }
    },
    async post(raw, headers = {}) {
      const type = { authorization: `Bearer ${token}`, 'content-type': 'message/rfc822' }
      const request = {
        method: 'POST',
        headers: { ...type, ...headers },
        body: Buffer.from(raw, 'latin1'),
      }
      const answer = await fetch(url, request).catch(() => null)
      const body = answer === null ? null : await answer.json().catch(() => null)
      return answer === null ? null : { status: answer.status, body: body as Answer['body'] }
    },
  }
  await gateway.start()
  return gateway
}

function blobOf(raw: string): string {
  const bytes = Buffer.from(raw, 'latin1')
  return createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex')
}

/** Every archived mail, as the SHA of its bytes, sorted; one that was archived twice is there twice. */
async function archived({ directory }: DemoWorld): Promise<readonly string[]> {
  const git = { gitDir: path.join(directory, 'state/archive/git/0.git') }
  const raw = await gitText(['log', '--all', '--raw', '--no-abbrev', '--format='], git)
  return [...raw.matchAll(/^:\d+ \d+ [0-9a-f]{40} (?<blob>[0-9a-f]{40}) [AM]\tm$/gm)]
    .map((match) => match.groups?.['blob'] ?? '')
    .toSorted()
}

function sorted(mails: readonly string[]): readonly string[] {
  return mails.map(blobOf).toSorted()
}

describe('POST /api/v1/messages', () => {
  it('keeps every byte, one copy of a mail, and what cannot be read too', async () => {
    const { post, world } = await openGateway()
    const odd = [
      'From: a@example.org\nSubject: 8-bit \xe4\xff\n\n\x00\x01 NUL and \x7f\n',
      'From: a@example.org\r\nSubject: CRLF\r\n\r\nbody\r\n',
      'From: a@example.org\nSubject: no newline at the end\n\nbody',
      `From: a@example.org\nSubject: long\n\n${'x'.repeat(300_000)}\n`,
      'this was a mail once',
    ]
    const first = await Promise.all(odd.map((raw) => post(raw)))
    const again = await Promise.all([...odd, ...odd].map((raw) => post(raw)))

    expect(first.map((answer) => answer?.status)).toEqual([201, 201, 201, 201, 201])
    expect(first.map((answer) => answer?.body['outcome'])).toEqual([
      'stored',
      'stored',
      'stored',
      'stored',
      'quarantined',
    ])
    expect(again.map((answer) => answer?.status)).toEqual(again.map(() => 200))
    expect(await archived(world)).toEqual(sorted(odd))
  })

  it('says why it takes a mail not, and takes the next', async () => {
    const { post, world } = await openGateway()
    const mail = mailOf(world, 'usage-1@contributor.example')
    const refused = [
      await post(mail, { authorization: 'Bearer somebody-elses-token' }),
      await post(mail, { 'content-type': 'text/plain' }),
      await post(''),
      await post('x'.repeat(50 * 1024 ** 2 + 1)),
    ]

    expect(refused.map((answer) => [answer?.status, answer?.body['code']])).toEqual([
      [401, 'WEB_TOKEN'],
      [415, 'WEB_BODY_TYPE'],
      [400, 'WEB_BODY_EMPTY'],
      [413, 'WEB_BODY_TOO_LARGE'],
    ])
    expect(await post(mail)).toMatchObject({ status: 201, body: { outcome: 'stored' } })
    expect(await archived(world)).toEqual(sorted([mail]))
  })

  it('has what it answered for, once, when it is killed in the middle and asked again', async () => {
    const { post, kill, start, world } = await openGateway()
    const mails = Array.from(
      { length: 40 },
      (_, index) => `From: a@example.org\nMessage-ID: <${index}@example.org>\n\n${index}\n`,
    )
    const accepted: string[] = []
    const killings: Promise<void>[] = []
    await Promise.all(
      mails.map(async (raw) => {
        const answer = await post(raw)
        if (answer !== null && answer.status < 300) {
          accepted.push(raw)
          killings.push(...(accepted.length === 5 ? [kill()] : []))
        }
      }),
    )
    await Promise.all(killings)
    expect(accepted.length).toBeGreaterThanOrEqual(5)
    const durable = new Set(await archived(world))
    expect(accepted.filter((raw) => !durable.has(blobOf(raw)))).toEqual([])

    await start()
    const answers = await Promise.all(mails.map((raw) => post(raw)))
    expect(answers.filter((answer) => answer === null || answer.status >= 300)).toEqual([])
    expect(await archived(world)).toEqual(sorted(mails))
    const { stdout } = await runHere(['status', '--json', '--config', world.config])
    expect(jsonLines(stdout)[0]).toMatchObject({ quarantine: [] })
  })
})
