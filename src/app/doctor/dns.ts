import { Resolver } from 'node:dns/promises'

/** What is asked of DNS. Throws as `node:dns` does: `ENODATA` and `ENOTFOUND` where there is none. */
export type Dns = Pick<Resolver, 'resolveTxt' | 'resolveMx'>

const patienceMs = 3_000

/** The resolver of this system, or that of a server such as `192.0.2.1` or `[2001:db8::1]:5353`. Throws for what is no address. */
export function openDns(server: string | null): Dns {
  const resolver = new Resolver({ timeout: patienceMs, tries: 2 })
  if (server !== null) {
    resolver.setServers([server])
  }
  return resolver
}
