import type { NamedToken } from './ports.ts'
import { isSameSecret } from './same-secret.ts'

/** Tells whose token this is; null for a token that nobody has. */
export type TokenBook = (secret: string) => string | null

/** Compares with every token, so that the time tells neither which one was right nor how much of it. */
export function createTokenBook(tokens: readonly NamedToken[]): TokenBook {
  const usable = tokens.filter(({ secret }) => secret !== '')
  return (given) => {
    let owner: string | null = null
    for (const { name, secret } of usable) {
      owner = isSameSecret(secret, given) ? name : owner
    }
    return owner
  }
}

/** The token of an `Authorization: Bearer` header (RFC 6750); null where there is none. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +(?<token>[\w.~+/-]+=*) *$/i.exec(header ?? '')?.groups?.['token'] ?? null
}
