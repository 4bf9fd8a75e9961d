import { parseAuthenticationResults } from './authentication-results.ts'

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase()
}

/** Whether who signs for `signer` speaks for `domain`: the same, or one above it, whose owner gave it away. */
function isAligned(signer: string, domain: string): boolean {
  return signer.includes('.') && (domain === signer || domain.endsWith(`.${signer}`))
}

/**
 * Whether a mail is from the address in its From: the topmost `Authentication-Results` (RFC 8601) of a server that we trust
 * reports a good DKIM signature of its domain. `fields` are the values of a mail with exactly one From, topmost first. A field
 * further down may have come with the mail; a trusted server takes those away that bear its name (RFC 8601, section 5).
 */
export function isSenderProven(
  fields: readonly string[],
  address: string,
  authservIds: readonly string[],
): boolean {
  const trusted = new Set(authservIds.map((id) => id.toLowerCase()))
  // One that cannot be read may be the trusted one: nothing below it counts.
  const ours = fields
    .map(parseAuthenticationResults)
    .find((one) => one === null || trusted.has(one.authservId))
  const domain = domainOf(address)
  return (
    ours?.results.some(({ method, result, properties }) => {
      const signer = properties.get('header.d') ?? domainOf(properties.get('header.i') ?? '')
      return method === 'dkim' && result === 'pass' && isAligned(signer.toLowerCase(), domain)
    }) === true
  )
}

/** Whether an address is listed: as it is, or by its domain as `@example.org`. */
export function isListed(address: string, listed: readonly string[]): boolean {
  const lower = address.toLowerCase()
  return listed.some((one) => {
    const wanted = one.toLowerCase()
    return wanted.startsWith('@') ? `@${domainOf(lower)}` === wanted : lower === wanted
  })
}
