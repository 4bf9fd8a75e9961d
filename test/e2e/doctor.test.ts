import { expect, it, onTestFinished } from 'vitest'
import { changeConfig, demoWorlds } from '../support/demo-world.ts'
import { openDnsServer } from '../support/dns-server.ts'
import { jsonLines, runHere } from '../support/run-patchferry.ts'
import { openSink } from '../support/smtp-sink.ts'

const worlds = demoWorlds()

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
    'ok owner',
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
})

it('refuses a DNS server that is no address', async () => {
  const end = await runHere(['doctor', '--dns', 'not an address'])
  expect(end).toMatchObject({ exitCode: 2, stdout: '' })
  expect(end.stderr).toContain('Write an address such as 192.0.2.1')
})
