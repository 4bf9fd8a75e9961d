import { existsSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import type { DemoWorld } from '../../src/app/demo/set-up.ts'
import type { Finding } from '../../src/app/doctor/finding.ts'
import { checkCur } from '../../src/app/doctor/maildir-cur.ts'
import { checkRecords } from '../../src/app/doctor/records.ts'
import { stateLayout } from '../../src/app/state-layout.ts'
import { loadConfig } from '../../src/config/load-config.ts'
import { createRepository } from '../../src/git/engine/repository.ts'
import { arrive, changeConfig, demoWorlds, mailOf, sync } from '../support/demo-world.ts'
import { openDnsServer } from '../support/dns-server.ts'
import { memoryLog } from '../support/memory-log.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'
import { openSink } from '../support/smtp-sink.ts'

const worlds = demoWorlds()
const { signal } = new AbortController()

it('looks at machine, folders, mail, DNS, mirror and trust, in this order', async () => {
  const world = await worlds.fresh()
  const sink = await openSink()
  onTestFinished(sink.close)
  const dns = await openDnsServer({
    'hello.dev': { mx: ['mx.hello.dev'], txt: ['v=spf1 mx -all'] },
    'mail._domainkey.hello.dev': { txt: ['v=DKIM1; p=AAAA'] },
    '_dmarc.hello.dev': { txt: ['v=DMARC1; p=none'] },
  })
  onTestFinished(dns.close)
  const smtp = `smtp: { host: 127.0.0.1, port: ${sink.options.port}, security: none }`
  await changeConfig(world, 'maildir: ./outgoing', smtp)
  await changeConfig(world, 'patchferry@example.org', 'patchferry@hello.dev')

  const options = ['--dns', dns.address, '--selector', 'mail']
  const end = await runHere(['doctor', '--json', ...options, '--config', world.config])

  expect(end).toMatchObject({ exitCode: 0, stderr: '' })
  const findings = jsonLines(end.stdout)
  expect(findings.map(({ check, level }) => `${String(level)} ${String(check)}`)).toEqual([
    'ok Node',
    'ok git',
    'ok SQLite',
    'ok configuration',
    'ok state folder',
    'unchecked owner',
    'ok secret file',
    'ok store',
    'unchecked clock',
    'ok source hello-devel-maildir',
    'ok delivery',
    'ok MX of hello.dev',
    'ok SPF of hello.dev',
    'ok DKIM of hello.dev',
    'ok DMARC of hello.dev',
    'ok mail templates',
    'ok project hello: base branches',
    'warning project hello: mirror',
    'ok project hello: tests',
    'ok project hello: senders',
    'warning project hello: isolation',
  ])
  expect(sink.mails).toEqual([])
  expect(existsSync(path.join(world.directory, 'state'))).toBe(false)
})

async function complaints(world: DemoWorld): Promise<readonly string[]> {
  const { stdout } = await runHere(['doctor', '--json', '--config', world.config])
  return jsonLines(stdout)
    .filter(({ check }) => !/: (?:mirror|isolation)$/.test(String(check)))
    .filter(({ level }) => level === 'warning' || level === 'wrong')
    .map(({ level, check, message }) => `${String(level)} ${String(check)}: ${String(message)}`)
}

it('sees that a part of the state, or of the mirror, is lost, and makes none anew', async () => {
  const world = await worlds.fresh()
  const state = path.join(world.directory, 'state')
  await arrive(world, 'usage-1@contributor.example')
  await sync(world)

  const mail = mailOf(world, 'cheerful-v1-1@contributor.example')
  const stray = path.join(world.inbox, 'cur', '1.stray:2,S')
  await writeFile(stray, mail)
  expect(await complaints(world)).toEqual([
    expect.stringMatching(/^warning source hello-devel-maildir: 1 mail in .*cur was not put there/),
  ])
  await runHere(['import', path.dirname(stray), '--config', world.config])
  const layout = stateLayout(state)
  for (const source of (await loadConfig(world.config, process.env)).sources) {
    expect(await checkCur(source, layout)).toBeNull()
  }

  for (const [folder, check, message] of [
    [layout.archive, 'archive', / lacks the \d+ mails of the store$/],
    [layout.journal, 'journal', / is gone/],
    [layout.store, 'store', /^the store is empty, but archive and journal/],
  ] as const) {
    await rename(folder, `${folder}.away`)
    const findings: Finding[] = []
    for await (const finding of checkRecords(layout, memoryLog().logger, signal)) {
      findings.push(finding)
    }
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([
      { check, level: 'wrong', message: expect.stringMatching(message), remedy: expect.anything() },
    ])
    expect(existsSync(folder)).toBe(false)
    await rename(`${folder}.away`, folder)
  }

  await rename(state, `${state}.away`)
  expect(await complaints(world)).toContainEqual(
    expect.stringMatching(
      /published series: .* has 1, and this state folder knows of none: it is another one, or was lost$/,
    ),
  )
  expect(existsSync(state)).toBe(false)
  await rename(`${state}.away`, state)

  await rename(world.mirror, `${world.mirror}.away`)
  await createRepository(world.mirror)
  expect(await complaints(world)).toEqual([
    expect.stringMatching(/^warning project hello: published series: .* lacks 1 of 1/),
  ])
  await rm(`${world.mirror}.away`, { recursive: true })
}, 60_000)

it('refuses a DNS server that is no address', async () => {
  const end = await runHere(['doctor', '--dns', 'not an address'])
  expect(end).toMatchObject({ exitCode: 2, stdout: '' })
  expect(end.stderr).toContain('Write an address such as 192.0.2.1')
})
