import { request } from 'node:http'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { RunningServer } from '../../src/web/listen.ts'
import { startPublicServer } from '../../src/web/public/public-server.ts'
import { id } from '../store/samples.ts'
import { makeDashboard } from './dashboard.ts'

const token = 'post-me-0123456789'

async function serve(): Promise<{ server: RunningServer; taken: readonly Uint8Array[] }> {
  const { options } = await makeDashboard()
  const taken: Uint8Array[] = []
  const server = await startPublicServer({
    host: '127.0.0.1',
    port: 0,
    health: options.health,
    metrics: options.metrics,
    intake: {
      async take(raw) {
        taken.push(raw)
        return { outcome: 'stored', messageId: id('a') }
      },
    },
    tokens: [{ name: 'gateway', secret: token }],
    maxMessageBytes: 100_000,
    webhooks: new Map(),
    log: options.log,
  })
  onTestFinished(() => server.close(0))
  return { server, taken }
}

/** Sends chunks without saying how many; the status of the answer. */
function postChunks(url: string, chunks: readonly Uint8Array[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const posting = request(`${url}/api/v1/messages`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'message/rfc822' },
    })
    posting.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    posting.on('error', reject)
    for (const chunk of chunks) {
      posting.write(chunk)
    }
    posting.end()
  })
}

describe('the public listener on a real socket', () => {
  it('gives every byte of a mail to the intake as it came', async () => {
    const { server, taken } = await serve()
    const raw = Uint8Array.from({ length: 70_000 }, (_, index) => index % 256)
    const response = await fetch(`${server.url}/api/v1/messages`, {
      method: 'POST',
      body: raw,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'message/rfc822' },
    })
    expect(response.status).toBe(201)
    expect(taken.map((each) => Buffer.from(each).equals(raw))).toEqual([true])
  })

  it('stops reading at the limit where no length was said', async () => {
    const { server, taken } = await serve()
    const chunk = new Uint8Array(20_000)
    expect(
      await postChunks(
        server.url,
        Array.from({ length: 5 }, () => chunk),
      ),
    ).toBe(201)
    expect(
      await postChunks(
        server.url,
        Array.from({ length: 6 }, () => chunk),
      ),
    ).toBe(413)
    expect(taken).toHaveLength(1)
  })

  it('does not wait for the body of somebody it does not know', async () => {
    const { server, taken } = await serve()
    const response = await fetch(`${server.url}/api/v1/messages`, {
      method: 'POST',
      body: new Uint8Array(5_000_000),
      headers: { 'content-type': 'message/rfc822' },
    })
    expect(response.status).toBe(401)
    expect(taken).toEqual([])
  })

  it('tells its health', async () => {
    const { server } = await serve()
    const response = await fetch(`${server.url}/health`)
    expect([response.status, await response.json()]).toMatchObject([200, { status: 'good' }])
  })
})
