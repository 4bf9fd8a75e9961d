import type { Dns } from './dns.ts'
import { type Finding, ok, said, unchecked, warning, wrong } from './finding.ts'

type Answer<T> =
  | { readonly outcome: 'records'; readonly records: readonly T[] }
  /** The name is there, or a name below it, without such records (RFC 8020). */
  | { readonly outcome: 'no-data' }
  | { readonly outcome: 'no-name' }
  | { readonly outcome: 'unknown'; readonly why: string }

async function ask<T>(asked: Promise<readonly T[]>): Promise<Answer<T>> {
  try {
    return { outcome: 'records', records: await asked }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    switch (code) {
      case 'ENODATA':
        return { outcome: 'no-data' }
      case 'ENOTFOUND':
        return { outcome: 'no-name' }
      default:
        return { outcome: 'unknown', why: said(error) }
    }
  }
}

async function texts(name: string, dns: Dns): Promise<Answer<string>> {
  return ask(dns.resolveTxt(name).then((records) => records.map((parts) => parts.join(''))))
}

/** RFC 7208, 4.5: the one record that begins so; several are an error to who checks. */
async function checkSpf(domain: string, dns: Dns): Promise<Finding> {
  const check = `SPF of ${domain}`
  const found = await texts(domain, dns)
  if (found.outcome === 'unknown') {
    return unchecked(check, found.why)
  }
  const all = found.outcome === 'records' ? found.records : []
  const records = all.filter((text) => /^v=spf1(?: |$)/i.test(text))
  const [record] = records
  if (record === undefined) {
    return warning(
      check,
      'there is no record: who gets our mail cannot tell that this server may send it',
      `Publish a TXT record at ${domain} that names the server mail leaves by: "v=spf1 mx -all".`,
    )
  }
  if (records.length > 1) {
    return wrong(check, `there are ${records.length} records`, 'Keep one (RFC 7208, 4.5).')
  }
  return / \+?all\b/i.test(record)
    ? warning(check, `${record}: everybody may send`, 'End it in `-all` or `~all`.')
    : ok(check, record)
}

/** Where no selector is known, only whether there is any key at all (RFC 6376, 3.6.2.1). */
async function checkDkim(domain: string, selector: string | null, dns: Dns): Promise<Finding> {
  const check = `DKIM of ${domain}`
  const parent = `_domainkey.${domain}`
  const publish = 'Let the server that mail leaves by sign it, and publish its key.'
  if (selector === null) {
    const found = await texts(parent, dns)
    if (found.outcome === 'unknown') {
      return unchecked(check, found.why)
    }
    return found.outcome === 'no-name'
      ? warning(check, `there is no key below ${parent}`, publish)
      : ok(check, `there is something below ${parent}; \`--selector NAME\` looks at one key`)
  }
  const name = `${selector}.${parent}`
  const found = await texts(name, dns)
  if (found.outcome === 'unknown') {
    return unchecked(check, found.why)
  }
  const [record] = found.outcome === 'records' ? found.records : []
  if (record === undefined) {
    return wrong(check, `there is no key at ${name}`, publish)
  }
  const key = /(?:^|;)\s*p=\s*(?<key>[^;]*)/i.exec(record)?.groups?.['key']?.trim()
  if (key === undefined) {
    return wrong(check, `${name} is no key: it has no \`p=\``, publish)
  }
  return key === ''
    ? wrong(check, `the key at ${name} is revoked`, publish)
    : ok(check, `there is a key at ${name}`)
}

/** The record of the domain, or of the nearest above it that has one, as receivers look (RFC 7489, 6.6.3). */
async function checkDmarc(domain: string, dns: Dns): Promise<Finding> {
  const check = `DMARC of ${domain}`
  const labels = domain.split('.')
  for (let depth = 0; depth + 1 < labels.length; depth += 1) {
    const name = `_dmarc.${labels.slice(depth).join('.')}`
    const found = await texts(name, dns)
    if (found.outcome === 'unknown') {
      return unchecked(check, found.why)
    }
    const all = found.outcome === 'records' ? found.records : []
    const record = all.find((text) => /^v=DMARC1\s*;/i.test(text))
    if (record !== undefined) {
      return /(?:^|;)\s*p=\s*(?:none|quarantine|reject)\b/i.test(record)
        ? ok(check, `${name}: ${record}`)
        : wrong(check, `${name} has no policy: ${record}`, 'Write `p=none`, or a stricter one.')
    }
  }
  return warning(
    check,
    'there is no record',
    `Publish a TXT record at _dmarc.${domain}: "v=DMARC1; p=none". Large providers want one.`,
  )
}

/** Whether bounces and answers find a server (RFC 5321, 5.1; RFC 7505 for one that takes none). */
async function checkMx(domain: string, dns: Dns): Promise<Finding> {
  const check = `MX of ${domain}`
  const found = await ask(dns.resolveMx(domain))
  switch (found.outcome) {
    case 'unknown':
      return unchecked(check, found.why)
    case 'records': {
      const hosts = found.records.map(({ exchange }) => exchange)
      return hosts.some((host) => host !== '' && host !== '.')
        ? ok(check, hosts.join(', '))
        : wrong(check, 'the domain takes no mail', 'Give the bot an address that takes bounces.')
    }
    case 'no-name':
      return wrong(check, 'there is no such domain', 'Correct `bot.address`.')
    case 'no-data':
      return warning(
        check,
        'the domain has no mail server of its own: bounces and answers may be lost',
        `Publish an MX record at ${domain}, or give the bot another address.`,
      )
  }
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}

/** Names that are nobody's on the internet (RFC 2606, RFC 6761, RFC 6762). */
const privateName =
  /(?:^|\.)(?:example(?:\.(?:com|net|org))?|invalid|localhost|local|test|internal)$|^[^.]*$/

/**
 * What DNS says of the domains that reports come from: `sender` is what people see (DKIM, DMARC), `returnPath` is
 * the address of the envelope (SPF, and where bounces go). Without a network all is unchecked.
 */
export async function checkSenderDomain(
  sender: string,
  returnPath: string,
  selector: string | null,
  dns: Dns,
): Promise<readonly Finding[]> {
  const [from, envelope] = [domainOf(sender), domainOf(returnPath)]
  const own = [...new Set([from, envelope])].find((domain) => privateName.test(domain))
  if (own !== undefined) {
    return [unchecked('sender domain', `${own} is no name of the public DNS`)]
  }
  return [
    await checkMx(envelope, dns),
    await checkSpf(envelope, dns),
    await checkDkim(from, selector, dns),
    await checkDmarc(from, dns),
  ]
}
