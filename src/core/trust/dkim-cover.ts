/** Tags of a DKIM-Signature (RFC 6376, section 3.5), white space taken out of their values. */
function readTags(signature: string): ReadonlyMap<string, string> {
  return new Map(
    signature.split(';').flatMap((part) => {
      const at = part.indexOf('=')
      const name = part.slice(0, at).trim()
      return at === -1 ? [] : [[name, part.slice(at + 1).replace(/\s+/g, '')] as const]
    }),
  )
}

/**
 * The names, in lower case, of the fields that every DKIM signature by the domain of `address`, or by one above it, covers: nobody
 * knows here which of them is the good one. Null where there is none, or where one leaves the end of the text open (`l=`).
 */
export function fieldsSigned(
  signatures: readonly string[],
  address: string,
): ReadonlySet<string> | null {
  const domain = address.slice(address.lastIndexOf('@') + 1).toLowerCase()
  const own = signatures.map(readTags).filter((tags) => {
    const signer = tags.get('d')?.toLowerCase() ?? ''
    return signer !== '' && (domain === signer || domain.endsWith(`.${signer}`))
  })
  if (own.length === 0 || own.some((tags) => tags.has('l'))) {
    return null
  }
  const [first = [], ...others] = own.map((tags) => (tags.get('h') ?? '').toLowerCase().split(':'))
  return new Set(first.filter((name) => others.every((names) => names.includes(name))))
}
