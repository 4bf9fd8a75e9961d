import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { onTestFinished } from 'vitest'

/** Stands between a client and a server of this machine, and writes down what the client says. */
export interface TcpProxy {
  readonly port: number
  /** Lines of all connections, as they came. */
  readonly said: readonly string[]
}

/** Closed when the test has ended. */
export async function tcpProxy(toPort: number): Promise<TcpProxy> {
  const said: string[] = []
  const server = createServer((client) => {
    const upstream = connect(toPort, '127.0.0.1')
    let rest = ''
    client.on('data', (chunk: Buffer) => {
      const lines = (rest + chunk.toString('latin1')).split('\r\n')
      rest = lines.pop() ?? ''
      said.push(...lines)
    })
    client.pipe(upstream).pipe(client)
    client.on('error', () => upstream.destroy())
    upstream.on('error', () => client.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { port: (server.address() as AddressInfo).port, said }
}
