import { expect, it, onTestFinished } from 'vitest'
import { openDns } from '../../../src/app/doctor/dns.ts'
import { checkSenderDomain } from '../../../src/app/doctor/sender-domain.ts'
import { openDnsServer, type Zone } from '../../support/dns-server.ts'

const domain = 'lists.hello.dev'

const good: Zone = {
  [domain]: { mx: ['mx.hello.dev'], txt: ['google-site-verification=1', 'v=spf1 mx -all'] },
  [`mail._domainkey.${domain}`]: { txt: [`v=DKIM1; k=rsa; p=${'A'.repeat(400)}`] },
  '_dmarc.hello.dev': { txt: ['v=DMARC1; p=none'] },
}

/** Level and message of each line, by what it is about. */
async function look(
  zone: Zone,
  selector: string | null = null,
  sender = `bot@${domain}`,
): Promise<Readonly<Record<string, string>>> {
  const server = await openDnsServer(zone)
  onTestFinished(server.close)
  const found = await checkSenderDomain(sender, sender, selector, openDns(server.address))
  expect(found.every(({ level, remedy }) => level !== 'ok' || remedy === null)).toBe(true)
  return Object.fromEntries(
    found.map(({ check, level, message }) => [check.split(' ')[0], `${level}: ${message}`]),
  )
}

it('finds a domain in order, its DMARC record at the domain above', async () => {
  expect(await look(good, 'mail')).toEqual({
    MX: 'ok: mx.hello.dev',
    SPF: 'ok: v=spf1 mx -all',
    DKIM: `ok: there is a key at mail._domainkey.${domain}`,
    DMARC: 'ok: _dmarc.hello.dev: v=DMARC1; p=none',
  })
})

it.each<[string, Zone, Readonly<Record<string, RegExp>>]>([
  [
    'has nothing but a server',
    { [domain]: { mx: ['mx.hello.dev'] } },
    { SPF: /^warning: there is no record/, DKIM: /^warning: .*no key below/, DMARC: /^warning/ },
  ],
  [
    'has two SPF records',
    { ...good, [domain]: { txt: ['v=spf1 mx -all', 'v=spf1 a -all'] } },
    { SPF: /^wrong: there are 2/, MX: /^warning: .*no mail server/, DKIM: /^ok: .*--selector/ },
  ],
  ['lets everybody send', { [domain]: { txt: ['v=spf1 +all'] } }, { SPF: /^warning: .*everybody/ }],
  ['takes no mail', { [domain]: { mx: ['.'] } }, { MX: /^wrong: the domain takes no mail/ }],
  ['is not there', { 'hello.dev': {} }, { MX: /^wrong: there is no such domain/ }],
  [
    'has a DMARC record without a policy',
    { ...good, [`_dmarc.${domain}`]: { txt: ['v=DMARC1; rua=mailto:x@hello.dev'] } },
    { DMARC: /^wrong: .*no policy/ },
  ],
])('says so of one that %s', async (_, zone, expected) => {
  const found = await look(zone)
  for (const [check, pattern] of Object.entries(expected)) {
    expect(found[check]).toMatch(pattern)
  }
})

it.each([
  ['mail', 'v=DKIM1; p=', /^wrong: the key .* is revoked/],
  ['mail', 'v=DKIM1', /^wrong: .*no `p=`/],
  ['other', 'v=DKIM1; p=AAAA', /^wrong: there is no key at other\./],
])('looks at the key of the selector %s where the record is %s', async (selector, txt, pattern) => {
  const zone = { ...good, [`mail._domainkey.${domain}`]: { txt: [txt] } }
  expect((await look(zone, selector))['DKIM']).toMatch(pattern)
})

it('checks nothing of names that are nobody’s, and nothing where no server answers', async () => {
  expect(await look(good, null, 'bot@example.org')).toEqual({
    sender: 'unchecked: not checked: example.org is no name of the public DNS',
  })
  const refusing = {
    resolveTxt: () =>
      Promise.reject(Object.assign(new Error('queryTxt ETIMEOUT'), { code: 'ETIMEOUT' })),
    resolveMx: () =>
      Promise.reject(Object.assign(new Error('queryMx ETIMEOUT'), { code: 'ETIMEOUT' })),
  }
  const found = await checkSenderDomain(`bot@${domain}`, `bot@${domain}`, null, refusing)
  expect(found.map(({ level }) => level)).toEqual(Array(4).fill('unchecked'))
})
