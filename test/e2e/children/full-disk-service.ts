import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { PassThrough } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { setUpDemo } from '../../../src/app/demo/set-up.ts'
import { readOutgoing } from '../../../src/app/demo/verify.ts'
import { run } from '../../../src/cli/run.ts'
import { arrive, changeConfig } from '../../support/demo-world.ts'
import { runHere, silentTerminal } from '../../support/run-patchferry.ts'

const first = 'usage-1@contributor.example'
const second = 'workflow-1@contributor.example'
const patienceMs = 45_000

const small = process.argv[2] ?? ''
// Mail arrives, and leaves, on another disk.
const directory = mkdtempSync(path.join(tmpdir(), 'patchferry-full-'))
const world = await setUpDemo(directory, { settle: '0s', token: 'a token for the tests only' })
await changeConfig(world, 'state: ./state', `state: ${small}/state`)
await changeConfig(world, 'projects:', 'operator: { limits: { freeDisk: 2MB } }\n\nprojects:')

let said = ''
const stderr = new PassThrough()
stderr.on('data', (chunk: Buffer) => {
  said += chunk.toString()
})
const draining = new AbortController()
const service = run(['serve', '--config', world.config], {
  ...silentTerminal(),
  cwd: directory,
  stderr,
  draining: draining.signal,
})

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const end = Date.now() + patienceMs
  while (!(await isSo())) {
    if (Date.now() > end) {
      throw new Error(`never: ${what}\n${said.slice(-4_000)}`)
    }
    await sleep(50)
  }
}

async function reports(): Promise<readonly string[]> {
  return (await readOutgoing(world.outgoing)).map(({ inReplyTo }) => inReplyTo).toSorted()
}

async function conditions(): Promise<string> {
  return (await runHere(['status', '--config', world.config])).stdout
}

await arrive(world, first)
await until('the first report', async () => (await reports()).length === 1)
const before = await conditions()

const filler = path.join(small, 'filler')
for (let bytes = 8_000_000; bytes >= 1_000; ) {
  try {
    writeFileSync(filler, Buffer.alloc(bytes), { flag: 'a' })
  } catch {
    bytes = Math.floor(bytes / 2)
  }
}
await arrive(world, second)
await until('it says that the disk is full', () => /(?:STORE|GIT_DISK|CLI_DISK)_FULL/.test(said))
const during = await conditions()
const reportsDuring = await reports()

rmSync(filler)
await until('the second report', async () => (await reports()).length === 2)
const unread = readdirSync(path.join(world.inbox, 'new'))
draining.abort()
const exitCode = await service
process.stdout.write(
  JSON.stringify({
    wasSeen: [before, during].map((shown) => shown.includes('free-disk')),
    reportsDuring,
    reports: await reports(),
    unread,
    exitCode,
    faults: said.split('\n').filter((line) => line.includes('INTERNAL')),
  }),
)
rmSync(directory, { recursive: true, force: true })
