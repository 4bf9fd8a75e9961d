import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { followSmee } from '../../../src/app/forge/follow-smee.ts'
import { createLogger } from '../../../src/log/logger.ts'

const log = createLogger({ level: 'error', destination: { write: () => true }, secrets: [] })

it('brings the deliveries of a channel to the listener, and ends', async () => {
  const channels: ServerResponse[] = []
  const arrived: unknown[] = []
  const server = createServer((request, response) => {
    if (request.method === 'GET') {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write('event: ready\ndata: {}\n\n')
      channels.push(response)
      return
    }
    void json(request).then((body) => {
      arrived.push([request.url, request.headers['x-github-event'], body])
      response.end()
      server.emit('arrived')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const stop = await followSmee(`${url}/channel`, `${url}/webhooks/github`, log)
    const delivery = { 'x-github-event': 'push', body: { ref: 'refs/heads/main' }, query: {} }
    const taken = once(server, 'arrived')
    channels[0]?.write(`data: ${JSON.stringify(delivery)}\n\n`)
    await taken
    expect(arrived).toEqual([['/webhooks/github', 'push', { ref: 'refs/heads/main' }]])
    const [channel] = channels
    const closed = channel === undefined ? Promise.resolve() : once(channel, 'close')
    await stop()
    await closed
  } finally {
    server.close()
    server.closeAllConnections()
  }
})
