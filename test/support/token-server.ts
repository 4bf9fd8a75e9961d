import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** Says of access tokens whether they are good, and whose they are (RFC 7662). */
export interface TokenServer {
  readonly url: string
  /** Good tokens with their users. */
  readonly owners: Map<string, string>
  /** Told of every token that is not good, before the answer. */
  onRefusal: (token: string) => void
  close(): Promise<void>
}

export async function startTokenServer(): Promise<TokenServer> {
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const token = new URLSearchParams(body).get('token') ?? ''
      const username = tokens.owners.get(token)
      if (username === undefined) {
        tokens.onRefusal(token)
      }
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify({ active: username !== undefined, username }))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const tokens: TokenServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/introspect`,
    owners: new Map(),
    onRefusal: () => {},
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return tokens
}
